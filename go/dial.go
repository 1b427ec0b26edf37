package ringcall

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"
)

// Dial attaches to the server that listens under name: a word of letters, digits, dots, underscores and dashes that begins with
// neither dot nor dash, found in the user's runtime directory, or, if it has a slash, the path of a socket. ctx bounds the attach only, to
// 5 s if it has no deadline.
//
// The client is closed with Close. It is not to be used after a fork without exec, which Go programs do not do.
func Dial(ctx context.Context, name string, opts ...Option) (*Client, error) {
	o := makeOptions(opts)
	o.server = name
	return openClient(ctx, o, func(ctx context.Context, o options) (*channel, error) { return dial(ctx, name, o) })
}

func dial(ctx context.Context, name string, o options) (*channel, error) {
	path, directory, err := socketPath(name)
	if err != nil {
		return nil, err
	}
	if directory != "" {
		err := checkDirectory(directory)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, &NoServerError{Name: name, Path: path, Cause: err}
		}
		if err != nil {
			return nil, err
		}
	}
	ctx, cancel := boundAttach(ctx)
	defer cancel()
	conn, err := connect(ctx, name, path)
	if err != nil {
		return nil, err
	}
	if o.peer, err = watchPeer(conn); err != nil {
		conn.Close()
		return nil, err
	}
	if peer, err := peerOf(conn); err == nil {
		o.pid = int(peer.Pid)
	}
	ch, err := attach(ctx, conn, o)
	if err != nil {
		o.peer.close()
		return nil, err
	}
	return ch, nil
}

// connect retries while the server's queue of connections is full, which the system reports as EAGAIN rather than waiting.
func connect(ctx context.Context, name, path string) (*net.UnixConn, error) {
	var dialer net.Dialer
	return connectBy(ctx, name, path, func() (net.Conn, error) { return dialer.DialContext(ctx, "unix", path) })
}

func connectBy(ctx context.Context, name, path string, dial func() (net.Conn, error)) (*net.UnixConn, error) {
	full := false
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		conn, err := dial()
		if err == nil {
			return conn.(*net.UnixConn), nil
		}
		if !errors.Is(err, syscall.EAGAIN) {
			if t, ok := err.(net.Error); ok && t.Timeout() {
				<-ctx.Done() // of the same time, but told by a timer of its own
			}
			if full && ctx.Err() != nil && !errors.As(err, new(syscall.Errno)) {
				return nil, attachError(ctx, fmt.Errorf("ringcall: the server at %s accepts no connection, its queue is full", path))
			}
			return nil, connectError(ctx, name, path, err)
		}
		full = true
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

func connectError(ctx context.Context, name, path string, err error) error {
	var errno syscall.Errno
	if !errors.As(err, &errno) && ctx.Err() != nil {
		return attachError(ctx, fmt.Errorf("ringcall: connecting to %s", path))
	}
	switch errno {
	case syscall.ENOENT:
		return &NoServerError{Name: name, Path: path, Cause: errno}
	case syscall.ECONNREFUSED:
		if info, statErr := os.Stat(path); statErr == nil && info.Mode().Type() != fs.ModeSocket {
			return fmt.Errorf("%w %q: %s is no socket but %s", ErrBadName, name, path, fileKind(info.Mode()))
		}
		return &NoServerError{Name: name, Path: path, Stale: true, Cause: errno}
	case syscall.EACCES:
		return fmt.Errorf("ringcall: user %d may not use the socket %s; only the user who started the server may: %w", os.Geteuid(), path, errno)
	case syscall.ENOTDIR:
		return fmt.Errorf("%w %q: a part of the path %s is no directory: %w", ErrBadName, name, path, errno)
	case syscall.EPROTOTYPE:
		return fmt.Errorf("%w %q: %s is the socket of another kind of server: %w", ErrBadName, name, path, errno)
	}
	return fmt.Errorf("ringcall: connecting to server %q: %w", name, err)
}
