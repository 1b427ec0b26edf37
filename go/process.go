package ringcall

import (
	"errors"
	"fmt"
	"net"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// exitPatience is how long a launch that failed by a hang-up waits for the child's own exit before it kills the child.
const exitPatience = time.Second

// copyPatience is how long after the child's exit its output is still copied to the io.Writer of a cmd: a grandchild may hold the pipe open.
const copyPatience = exitPatience / 2

var errExitZero = errors.New("exit status 0")

// process is a co-process: the server that Start launched. Its methods are safe for any number of goroutines.
type process struct {
	cmd    *exec.Cmd
	grace  time.Duration
	output *output       // nil if cmd leads both streams elsewhere
	ended  chan struct{} // closed when the child was reaped
	result error         // of cmd.Wait, once ended is closed

	stopping sync.Once
	stopped  error
}

// startProcess starts cmd and sees to its output and its end. conn, this process's end of the connection, stays the caller's.
func startProcess(cmd *exec.Cmd, o options, conn *net.UnixConn) (*process, error) {
	p := &process{cmd: cmd, grace: o.grace, ended: make(chan struct{})}
	if cmd.Stdout == nil || cmd.Stderr == nil {
		p.output = newOutput(o.output)
		defer p.output.start()
	}
	if cmd.Stdout == nil {
		theirs, err := p.output.open(streamStdout)
		if err != nil {
			return nil, err
		}
		defer func() { cmd.Stdout = nil; theirs.Close() }()
		cmd.Stdout = theirs
	}
	if cmd.Stderr == nil {
		theirs, err := p.output.open(streamStderr)
		if err != nil {
			return nil, err
		}
		defer func() { cmd.Stderr = nil; theirs.Close() }()
		cmd.Stderr = theirs
	}
	if cmd.WaitDelay == 0 {
		cmd.WaitDelay = copyPatience
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		if err := cmd.Wait(); !errors.Is(err, exec.ErrWaitDelay) { // which is said of exits with status 0
			p.result = err
		}
		close(p.ended)
		// The client learns of the end by the connection's, which a grandchild could delay by holding it open.
		conn.CloseRead()
	}()
	return p, nil
}

// exit tells how the process ended, waiting up to patience for that; nil while it lives.
func (p *process) exit(patience time.Duration) error {
	if !waitFor(p.ended, patience) {
		return nil
	}
	if p.result == nil {
		return errExitZero
	}
	return p.result
}

// stop sees to it that the process ends, the connection having been closed: by itself within the grace, or by SIGTERM within another,
// or by SIGKILL. Then it waits for the output. Any further call waits for the first and returns the same.
func (p *process) stop() error {
	p.stopping.Do(func() {
		p.stopped = p.end()
		if p.output != nil {
			p.output.finish(max(p.grace, exitPatience))
		}
	})
	return p.stopped
}

func (p *process) end() error {
	if waitFor(p.ended, p.grace) {
		if p.result != nil {
			return fmt.Errorf("ringcall: the co-process %s ended with %w", p.cmd.Path, p.result)
		}
		return nil
	}
	sent := "SIGTERM"
	p.cmd.Process.Signal(syscall.SIGTERM)
	if !waitFor(p.ended, p.grace) {
		sent = "SIGTERM, then SIGKILL"
		p.kill()
	}
	return fmt.Errorf("ringcall: the co-process %s did not exit within %v after its channel was closed, and was sent %s", p.cmd.Path, p.grace, sent)
}

// kill ends the process at once. Only a cmd that copies output itself may still wait, for grandchildren that hold it: not for ever.
func (p *process) kill() {
	p.cmd.Process.Kill()
	waitFor(p.ended, max(p.grace, exitPatience))
}

// giveUp ends a process that did not attach, because of cause, and says all that is known of it.
func (p *process) giveUp(cause error) error {
	failure := &StartError{Path: p.cmd.Path}
	if errors.Is(cause, errHungUp) {
		failure.Exit = p.exit(exitPatience)
	}
	if failure.Exit == nil {
		failure.Cause = cause
		p.kill()
	}
	if p.output != nil {
		p.output.finish(exitPatience)
		failure.Stderr = p.output.lastLines()
	}
	return failure
}
