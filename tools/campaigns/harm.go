package campaigns

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// harm does what a fault says, to whoever is its target now.
func (r *round) harm(f *fault) {
	process, pid := r.find(f.who)
	if process == nil {
		f.skipped = "it was not there"
		return
	}
	defer process.Release()
	f.pid = pid
	if f.kind.ends() {
		f.time = now()
		if !f.who.server {
			r.workers[f.who.worker].markKilled(pid)
		}
		if err := process.Signal(f.kind.signal()); err != nil {
			f.skipped = err.Error()
		}
		return
	}
	if !r.hold(pid) {
		f.skipped = "it is stopped or slow already"
		return
	}
	defer r.release(pid)
	f.time = now()
	switch f.kind {
	case faultStop:
		process.Signal(syscall.SIGSTOP)
		r.rest(f.lasts)
		process.Signal(syscall.SIGCONT)
	case faultSlow:
		r.slow(f, pid)
	case faultCorrupt:
		r.corrupt(f, process, pid)
	}
}

// find returns a handle on a target that does not pass to another process when this one ends.
func (r *round) find(t target) (*os.Process, int) {
	var pid, parent int
	switch w := r.workers[max(t.worker, 0)]; {
	case !t.server:
		pid, parent = w.pid(), os.Getpid()
	case t.worker < 0:
		pid, parent = r.serverPid(), os.Getpid()
	default:
		parent = w.pid()
		for _, candidate := range serversBelow(w.directory()) {
			if parentOf(candidate) == parent {
				pid = candidate
			}
		}
	}
	if pid == 0 {
		return nil, 0
	}
	process, err := os.FindProcess(pid)
	if err != nil {
		return nil, 0
	}
	if parentOf(pid) != parent { // it has ended, and the pid may be anybody's
		process.Release()
		return nil, 0
	}
	return process, pid
}

func (r *round) slow(f *fault, pid int) {
	slow(pid, 19)
	for range 2 {
		burner := exec.Command(r.program, burnArgument, f.lasts.String())
		if spawn(burner) == nil {
			defer burner.Wait()
		}
	}
	r.rest(f.lasts)
	slow(pid, 0)
}

// corrupt writes random bytes into one of the segments that the process has mapped. The process is stopped meanwhile, so that the mapping cannot become another
// one's under the writer; the process at the other end runs, and sees the bytes change.
func (r *round) corrupt(f *fault, process *os.Process, pid int) {
	random := rand.New(rand.NewPCG(r.seed, uint64(f.at)))
	process.Signal(syscall.SIGSTOP)
	defer process.Signal(syscall.SIGCONT)
	if !isStopped(pid) {
		f.skipped = "it did not stop"
		return
	}
	segments := segmentsOf(pid)
	if len(segments) == 0 {
		f.skipped = "it has no channel"
		return
	}
	m := segments[random.IntN(len(segments))]
	mem, err := os.OpenFile("/proc/"+strconv.Itoa(pid)+"/mem", os.O_RDWR, 0)
	if err != nil {
		f.skipped = err.Error()
		return
	}
	defer mem.Close()
	f.inode = m.inode
	touch := func() {
		f.clients = append(f.clients, r.owners(m.inode)...)
		r.tell(fmt.Sprintf("touched %d", m.inode))
	}
	touch()
	defer touch() // some may have mapped it only meanwhile
	for end := time.Now().Add(f.lasts); time.Now().Before(end) && !r.interrupted(); f.count++ {
		at, bytes := scribble(random, m.end-m.begin)
		if _, err := mem.WriteAt(bytes, int64(m.begin+at)); err != nil {
			return // it was killed
		}
		if random.IntN(8) == 0 {
			time.Sleep(time.Duration(random.IntN(200)) * time.Microsecond)
		}
	}
}

// owners are the clients that have a segment mapped.
func (r *round) owners(inode uint64) (pids []int) {
	for _, w := range r.workers {
		if pid := w.pid(); pid != 0 && slices.ContainsFunc(segmentsOf(pid), func(m mapping) bool { return m.inode == inode }) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// scribble makes up bytes for a place in a segment: mostly in its pages of control words and the ring, which come first.
func scribble(r *rand.Rand, size uint64) (at uint64, bytes []byte) {
	const front = 8 << 10
	at = r.Uint64N(size - 64)
	if r.IntN(3) != 0 {
		at = r.Uint64N(front)
	}
	bytes = make([]byte, 1+r.IntN(64))
	if r.IntN(2) == 0 { // whole words
		at &^= 7
		bytes = make([]byte, 8*(1+r.IntN(2)))
	}
	switch r.IntN(4) {
	case 0: // zeros
	case 1:
		for i := range bytes {
			bytes[i] = 0xff
		}
	default:
		for i := range bytes {
			bytes[i] = byte(r.Uint32())
		}
	}
	return at, bytes
}
