package ringcall

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// descriptorVariable tells a co-process which inherited descriptor is its end of the connection.
const descriptorVariable = "RINGCALL_FD"

// Start launches cmd, which must be a ringcall server and not be started yet, as a co-process and attaches to it.
//
// ctx bounds the launch only, to 5 s if it has no deadline: a co-process that has not attached by then is killed. Its life is the
// client's: Close ends it, and should this process end in whatever way, kill -9 included, the co-process sees its connection end and
// exits. Start reaps it: do not call cmd.Wait.
//
// Where cmd.Stdout or cmd.Stderr is nil the co-process's lines come to WithOutput's sink; where they are set they are left alone. An *os.File
// becomes the co-process's own; to any other io.Writer package exec copies, until the co-process has exited and, should a grandchild hold the
// pipe open, for cmd.WaitDelay more, which Start sets to 0.5 s if it is 0. Do not use cmd.StdoutPipe or cmd.StderrPipe: the pipe is closed when the
// co-process has exited, and what was not read by then is lost.
func Start(ctx context.Context, cmd *exec.Cmd, opts ...Option) (*Client, error) {
	o := makeOptions(opts)
	o.server = cmd.Path
	if o.restart == nil {
		return openClient(ctx, o, func(ctx context.Context, o options) (*channel, error) { return start(ctx, cmd, o) })
	}
	template, first := cloneOf(cmd), cmd
	return openClient(ctx, o, func(ctx context.Context, o options) (*channel, error) {
		cmd := first
		if first = nil; cmd == nil {
			cmd = cloneOf(template)
		}
		return start(ctx, cmd, o)
	})
}

// cloneOf is a cmd that starts the same as cmd, which was not started.
func cloneOf(cmd *exec.Cmd) *exec.Cmd {
	return &exec.Cmd{
		Path: cmd.Path, Args: cmd.Args, Env: cmd.Env, Dir: cmd.Dir, Stdin: cmd.Stdin, Stdout: cmd.Stdout, Stderr: cmd.Stderr,
		ExtraFiles: cmd.ExtraFiles, SysProcAttr: cmd.SysProcAttr, WaitDelay: cmd.WaitDelay, Err: cmd.Err,
	}
}

// start launches cmd and attaches to it.
func start(ctx context.Context, cmd *exec.Cmd, o options) (*channel, error) {
	ctx, cancel := boundAttach(ctx)
	defer cancel()
	if ctx.Err() != nil {
		return nil, attachError(ctx, fmt.Errorf("ringcall: launching %s", cmd.Path))
	}
	p, conn, err := launch(cmd, o)
	if err != nil {
		return nil, &StartError{Path: cmd.Path, Cause: err}
	}
	o.process, o.pid = p, cmd.Process.Pid
	ch, err := attach(ctx, conn, o)
	if err != nil {
		return nil, p.giveUp(err)
	}
	return ch, nil
}

// launch starts cmd with one end of a connection and returns the other.
func launch(cmd *exec.Cmd, o options) (*process, *net.UnixConn, error) {
	conn, theirs, err := socketPair()
	if err != nil {
		return nil, nil, err
	}
	defer theirs.Close()

	files, environment := cmd.ExtraFiles, cmd.Env
	defer func() { cmd.ExtraFiles, cmd.Env = files, environment }()
	cmd.Env = append(cmd.Environ(), descriptorVariable+"="+strconv.Itoa(3+len(files)))
	cmd.ExtraFiles = append(files[:len(files):len(files)], theirs)

	p, err := startProcess(cmd, o, conn)
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return p, conn, nil
}

// socketPair returns this process's end and, as a blocking descriptor, the child's.
func socketPair() (*net.UnixConn, *os.File, error) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("making a pair of sockets: %w", err)
	}
	ours := os.NewFile(uintptr(pair[0]), "ringcall")
	defer ours.Close() // FileConn duplicates it
	theirs := os.NewFile(uintptr(pair[1]), "ringcall co-process")
	conn, err := net.FileConn(ours)
	if err != nil {
		theirs.Close()
		return nil, nil, fmt.Errorf("waiting on the pair of sockets: %w", err)
	}
	return conn.(*net.UnixConn), theirs, nil
}
