package interop

import (
	"bytes"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	ringcall "github.com/ringcall/ringcall/go"
)

const (
	pingPongRounds = 500
	pingPongTurns  = 20 // of each, in turn: the best one counts
)

// pingPongPeerRole sends back every byte that comes on descriptor 3, by blocking system calls.
func pingPongPeerRole() {
	one := make([]byte, 1)
	for {
		if n, err := syscall.Read(3, one); n != 1 || err != nil {
			return
		}
		if _, err := syscall.Write(3, one); err != nil {
			return
		}
	}
}

func pingPong() (conn net.Conn, end func()) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	must(err)
	ours, theirs := os.NewFile(uintptr(pair[0]), ""), os.NewFile(uintptr(pair[1]), "")
	conn, err = net.FileConn(ours)
	must(err)
	ours.Close()
	self, err := os.Executable()
	must(err)
	peer := exec.Command(self)
	peer.Env = append(os.Environ(), roleVariable+"=a ping-pong peer")
	peer.ExtraFiles = []*os.File{theirs}
	must(peer.Start())
	theirs.Close()
	return conn, func() { conn.Close(); peer.Wait() }
}

// perRound is the time of one of f, the best of a turn's.
func perRound(f func()) time.Duration {
	begin := time.Now()
	for range pingPongRounds {
		f()
	}
	return time.Since(begin) / pingPongRounds
}

// oneProcessorRole compares a call with a ping-pong through a Unix socket between two processes, in turns, all on one processor.
func oneProcessorRole() {
	client, err := ringcall.Start(background, exec.Command(os.Getenv("RINGCALL_TEST_SERVER"), "co-process"),
		ringcall.WithOutput(func(string, string) {}))
	must(err)
	conn, end := pingPong()
	request, buf, one := addRequest(1, 2), make([]byte, 0, 8), make([]byte, 1)
	call := func() {
		answer, err := client.Call(background, methodAdd, request, buf)
		must(err)
		if !bytes.Equal(answer, numbers(3)) {
			must(fmt.Errorf("1 + 2 is %x", answer))
		}
	}
	bounce := func() {
		_, err := conn.Write(one)
		must(err)
		_, err = conn.Read(one)
		must(err)
	}
	calls, bounces := time.Hour, time.Hour
	for range pingPongTurns {
		calls, bounces = min(calls, perRound(call)), min(bounces, perRound(bounce))
	}
	end()
	wakes := client.Stats()
	must(client.Close())
	fmt.Printf("%d %d %d %d\n", calls.Nanoseconds(), bounces.Nanoseconds(), wakes.Client.RecoveredWakes, wakes.Server.RecoveredWakes)
}

func TestOneProcessorIsNoCollapse(t *testing.T) {
	serverBinary(t)
	limit := 2.0
	if raceEnabled {
		limit = 4 // the race detector makes a call's own code several times as long, and no system call
	}
	for _, test := range []struct {
		name        string
		environment string
		pinned      bool
	}{
		{"one processor for both", "", true},
		{"one processor for both and GOMAXPROCS=1", "GOMAXPROCS=1", true},
		{"GOMAXPROCS=1", "GOMAXPROCS=1", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			// What else runs on the machine may spoil any one attempt.
			best := math.Inf(1)
			for attempt := 0; attempt < 3 && best > limit; attempt++ {
				cmd := inRole(t, "one processor")
				cmd.Env = append(cmd.Env, test.environment)
				best = min(best, compare(t, cmd, test.pinned))
			}
			if best > limit {
				t.Errorf("a call takes %.2f times as long as a ping-pong, expected at most %v", best, limit)
			}
		})
	}
}

// compare returns how many ping-pongs a call takes.
func compare(t *testing.T, cmd *exec.Cmd, pinned bool) float64 {
	said, err := outputOn(cmd, pinned)
	var calls, bounces, ours, theirs int
	if _, scanErr := fmt.Sscan(said, &calls, &bounces, &ours, &theirs); err != nil || scanErr != nil {
		t.Fatalf("%v: %s", err, said)
	}
	ratio := float64(calls) / float64(bounces)
	t.Logf("a call takes %d ns, a ping-pong through a Unix socket %d ns: %.2f times", calls, bounces, ratio)
	if ours+theirs != 0 {
		t.Errorf("%d and %d wakes had to be recovered", ours, theirs)
	}
	return ratio
}

// outputOn runs cmd; if pinned is set on the first processor that this process may use, by way of a thread that is pinned there.
func outputOn(cmd *exec.Cmd, pinned bool) (string, error) {
	if !pinned {
		said, err := cmd.CombinedOutput()
		return string(said), err
	}
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		started <- func() error {
			if err := pinThread(); err != nil {
				return err
			}
			return cmd.Start()
		}()
	}()
	if err := <-started; err != nil {
		return "", err
	}
	err := cmd.Wait()
	return said.String(), err
}

func pinThread() error {
	var allowed, first [128]uint64
	size := unsafe.Sizeof(allowed)
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, size, uintptr(unsafe.Pointer(&allowed))); errno != 0 {
		return errno
	}
	for i, word := range allowed {
		if word != 0 {
			first[i] = word & -word
			break
		}
	}
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, size, uintptr(unsafe.Pointer(&first))); errno != 0 {
		return errno
	}
	return nil
}
