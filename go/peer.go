package ringcall

import (
	"fmt"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// peerWatch is a pidfd of a server that another process has started. The connection's end alone would not do: a child that the server forked and
// that lives on holds the connection open. Nil is one that watches nothing.
type peerWatch struct{ file *os.File }

const (
	sysPidfdOpen  = 434 // on every architecture
	pidfdNonblock = syscall.O_NONBLOCK
)

// watchPeer is to be called before the hello is sent: a pid may be another process's by the time it is looked up, but who answers the hello afterwards
// lived all the while, so that the pid was not reused. It returns nil where the system tells nothing: older kernels, and a server in another pid namespace.
func watchPeer(conn *net.UnixConn) (*peerWatch, error) {
	peer, err := peerOf(conn)
	if err != nil || peer.Pid <= 0 {
		return nil, err
	}
	descriptor, _, errno := syscall.Syscall(sysPidfdOpen, uintptr(peer.Pid), pidfdNonblock, 0)
	switch errno {
	case 0:
		return &peerWatch{os.NewFile(descriptor, "ringcall server")}, nil
	case syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM:
		return nil, fmt.Errorf("ringcall: watching the server's process: %w", errno)
	}
	return nil, nil
}

// follow ends the connection when the process has ended. It returns then, or after close.
func (w *peerWatch) follow(conn *net.UnixConn) {
	raw, err := w.file.SyscallConn()
	if err != nil {
		return // closed already
	}
	if raw.Read(hasEnded) == nil {
		conn.CloseRead()
	}
}

func hasEnded(pidfd uintptr) bool {
	type pollfd struct {
		fd              int32
		events, revents int16
	}
	const pollIn = 1
	p := pollfd{fd: int32(pidfd), events: pollIn}
	var now syscall.Timespec
	n, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
	return errno == 0 && n == 1
}

func (w *peerWatch) close() {
	if w != nil {
		w.file.Close()
	}
}
