package campaigns

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// round is one part of a campaign: processes of its own, a plan of its own, a history of its own. It is what a seed replays.
type round struct {
	ctx       context.Context
	service   *Service
	seed      uint64
	lasts     time.Duration
	kinds     []faultKind
	directory string
	runtime   string // where the named server listens: a path of its own, since that of a socket must be short
	program   string // this one's path

	story   *story
	workers [workers]*minder

	mu     sync.Mutex
	server *exec.Cmd // the named one, nil between two
	held   map[int]bool
	over   bool // no process is replaced any more
	closed bool // the named server is to end
	gone   chan struct{}
}

// leftPatience is how long a co-process may outlive its client: a handler that is under way has 5 s.
const leftPatience = 10 * time.Second

// lead leads the round and returns its story.
func (r *round) lead() (*story, error) {
	r.story = &story{service: r.service, seed: r.seed, faults: plan(r.service, r.seed, r.lasts, r.kinds), begin: now()}
	r.held = map[int]bool{}
	r.gone = make(chan struct{})
	if err := os.MkdirAll(r.named(), 0o700); err != nil {
		return nil, err
	}
	var err error
	if r.runtime, err = os.MkdirTemp("", "ringcall-"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(r.runtime)
	if r.program, err = os.Executable(); err != nil {
		return nil, err
	}
	if r.service.Name == "" {
		close(r.gone)
	} else if err := r.startServer(); err != nil {
		return nil, err
	}
	for i := range r.workers {
		r.workers[i] = &minder{round: r, number: i, ended: make(chan struct{})}
		go r.workers[i].mind()
	}
	r.settle()
	r.story.begin = now()
	r.faults()
	r.finish()
	r.story.end = now()
	return r.story, r.story.read(r.directory)
}

func (r *round) named() string { return filepath.Join(r.directory, "server") }

func (r *round) interrupted() bool { return r.ctx.Err() != nil }

// rest waits, or for the campaign's end.
func (r *round) rest(lasts time.Duration) {
	select {
	case <-r.ctx.Done():
	case <-time.After(lasts):
	}
}

// settlePatience is how long the first attaches may take; what comes then comes in any case.
const settlePatience = 10 * time.Second

// settle waits until every worker has a channel: on a busy machine that takes longer than a fault.
func (r *round) settle() {
	for begin := time.Now(); time.Since(begin) < settlePatience && !r.interrupted(); time.Sleep(5 * time.Millisecond) {
		ready := 0
		for _, w := range r.workers {
			if pid := w.pid(); pid != 0 && len(segmentsOf(pid)) > 0 {
				ready++
			}
		}
		if ready == len(r.workers) {
			return
		}
	}
}

// faults does each when its time has come; those that last do not delay the next.
func (r *round) faults() {
	var lasting sync.WaitGroup
	defer lasting.Wait()
	begin := time.Now()
	for _, f := range r.story.faults {
		r.rest(time.Until(begin.Add(f.at)))
		if r.interrupted() {
			f.skipped = "the campaign was interrupted"
			continue
		}
		lasting.Add(1)
		go func() {
			defer lasting.Done()
			r.harm(f)
		}()
	}
	r.rest(time.Until(begin.Add(r.lasts)))
}

// finish has the calls end, then the workers, then the server.
func (r *round) finish() {
	r.mu.Lock()
	r.over = true
	r.mu.Unlock()
	r.tell("stop")
	for _, w := range r.workers {
		<-w.ended
	}
	r.mu.Lock()
	r.closed = true
	if r.server != nil {
		r.story.servers[len(r.story.servers)-1].told = true
		r.server.Process.Signal(syscall.SIGTERM)
	}
	r.mu.Unlock()
	select {
	case <-r.gone:
	case <-time.After(endPatience):
		r.trouble("the server did not end within %v after SIGTERM", endPatience)
		r.mu.Lock()
		r.server.Process.Kill()
		r.mu.Unlock()
		<-r.gone
	}
	r.story.left = r.leftBehind()
}

func (r *round) trouble(format string, values ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.story.trouble = append(r.story.trouble, fmt.Sprintf(format, values...))
}

// hold takes a process for a fault that lasts; false: another one has it.
func (r *round) hold(pid int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held[pid] {
		return false
	}
	r.held[pid] = true
	return true
}

func (r *round) release(pid int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.held, pid)
}

func (r *round) serverPid() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.server == nil {
		return 0
	}
	return r.server.Process.Pid
}

// startServer starts the named server, and again each time that it ends, a little later.
func (r *round) startServer() error {
	cmd := exec.Command(r.service.Server[0], r.service.Server[1:]...)
	cmd.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+r.runtime, "RINGCALL_HISTORY="+r.named(), "RINGCALL_LOG=warn")
	output, err := os.OpenFile(filepath.Join(r.named(), "output"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer output.Close()
	cmd.Stdout, cmd.Stderr = output, output
	life := &incarnation{begin: now()}
	if err := spawn(cmd); err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	life.pid = cmd.Process.Pid
	r.mu.Lock()
	r.server = cmd
	r.story.servers = append(r.story.servers, life)
	pause := time.Duration(rand.New(rand.NewPCG(r.seed, uint64(len(r.story.servers))<<8)).IntN(30)) * time.Millisecond
	r.mu.Unlock()
	go func() {
		cmd.Wait()
		r.mu.Lock()
		life.end = now()
		life.status, life.well = cmd.ProcessState.String(), cmd.ProcessState.Success()
		r.server = nil
		closed := r.closed
		r.mu.Unlock()
		if !closed {
			time.Sleep(pause)
			r.mu.Lock()
			closed = r.closed
			r.mu.Unlock()
		}
		if !closed {
			err := r.startServer()
			if err == nil {
				return
			}
			r.trouble("%v", err)
		}
		close(r.gone)
	}()
	return nil
}

// tell says a line to all workers.
func (r *round) tell(line string) {
	for _, w := range r.workers {
		w.tell(line)
	}
}

// leftBehind waits for the co-processes of workers that were killed, and returns those that stay.
func (r *round) leftBehind() []int {
	for begin := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		var left []int
		for _, w := range r.story.clients {
			for _, pid := range serversBelow(w.directory) {
				if livesFor(pid, w.directory) {
					left = append(left, pid)
				}
			}
		}
		if len(left) == 0 {
			return nil
		}
		if time.Since(begin) > leftPatience || r.interrupted() {
			for _, pid := range left {
				syscall.Kill(pid, syscall.SIGKILL)
			}
			return left
		}
	}
}
