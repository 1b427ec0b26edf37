package ringcall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// attachTimeout bounds an attach whose context has no deadline.
const attachTimeout = 5 * time.Second

// errHungUp is wrapped by what greet returns when the server's end of the connection was closed.
var errHungUp = errors.New("the server hung up")

func boundAttach(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, attachTimeout)
}

// attachError says that ctx ended while the client was busy with what doing says.
func attachError(ctx context.Context, doing error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return fmt.Errorf("%w: %w", doing, context.Canceled)
	}
	return fmt.Errorf("%w: %w", doing, ErrDeadline)
}

// attach greets the server on conn, which it takes over, and makes the client of the segment that comes back.
func attach(ctx context.Context, conn *net.UnixConn, o options) (*channel, error) {
	mem, unmap, serves, err := receiveSegment(ctx, conn, fingerprintOf(o.interfaces))
	if err != nil {
		conn.Close()
		return nil, err
	}
	ch, err := makeChannel(mem, unmap, conn, serves, o)
	if err != nil {
		unmap()
		conn.Close()
		return nil, err
	}
	return ch, nil
}

func makeChannel(mem []byte, unmap func(), conn *net.UnixConn, serves served, o options) (*channel, error) {
	if err := serves.check(o.interfaces); err != nil {
		return nil, err
	}
	s, err := attachSegment(mem, unmap)
	if err != nil {
		return nil, err
	}
	if s.epoch != serves.epoch {
		return nil, fmt.Errorf("%w: it is of the server's epoch %#x, the welcome is of epoch %#x", ErrBadSegment, s.epoch, serves.epoch)
	}
	ch, err := newChannel(s, conn, o)
	if err != nil {
		return nil, err
	}
	ch.serves = serves
	return ch, nil
}

func receiveSegment(ctx context.Context, conn *net.UnixConn, fingerprint uint64) (mem []byte, unmap func(), serves served, err error) {
	if err := checkPeer(conn); err != nil {
		return nil, nil, served{}, err
	}
	// The context reaches a blocked read or write through the connection's deadline alone.
	interrupted := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	mem, unmap, serves, err = greet(conn, fingerprint)
	if !interrupted() {
		if err == nil {
			unmap()
		}
		return nil, nil, served{}, attachError(ctx, errors.New("ringcall: the server did not answer the attach in time; is it a ringcall server that has called run()?"))
	}
	return mem, unmap, serves, err
}

// checkPeer refuses a server that runs as another user, before anything is sent to it.
func checkPeer(conn *net.UnixConn) error {
	peer, err := peerOf(conn)
	if err != nil {
		return err
	}
	if self := uint32(os.Geteuid()); peer.Uid != self {
		return fmt.Errorf("%w: the server runs as user %d, this process as user %d; start both as the same user", ErrUntrusted, peer.Uid, self)
	}
	return nil
}

// peerOf tells which process listened, or made the pair of sockets.
func peerOf(conn *net.UnixConn) (*syscall.Ucred, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("ringcall: asking who serves: %w", err)
	}
	var peer *syscall.Ucred
	var peerErr error
	err = raw.Control(func(fd uintptr) {
		peer, peerErr = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err = errors.Join(err, peerErr); err != nil {
		return nil, fmt.Errorf("ringcall: asking who serves: %w", err)
	}
	return peer, nil
}

// greet sends the hello, reads the welcome and maps what came with it. No descriptor outlives it.
func greet(conn *net.UnixConn, fingerprint uint64) (mem []byte, unmap func(), serves served, err error) {
	// A server that refuses may hang up before it read the hello: what it said is worth more than this error.
	_, sendErr := conn.Write(helloOf(abiVersion, fingerprint))
	if sendErr != nil && !errors.Is(sendErr, syscall.EPIPE) && !errors.Is(sendErr, syscall.ECONNRESET) {
		return nil, nil, served{}, fmt.Errorf("ringcall: sending the hello: %w", sendErr)
	}
	var in receiver
	defer in.close()
	size, err := in.receive(conn)
	if sendErr != nil && errors.Is(err, errHungUp) {
		return nil, nil, served{}, fmt.Errorf("ringcall: sending the hello: %w: %w", errHungUp, sendErr)
	}
	if err != nil {
		return nil, nil, served{}, err
	}
	if len(in.descriptors) != 1 {
		return nil, nil, served{}, in.wrongCount()
	}
	serves, err = in.receiveInterface(conn, fingerprint)
	if err != nil {
		return nil, nil, served{}, err
	}
	mem, unmap, err = mapSegment(in.descriptors[0], size)
	if err != nil {
		return nil, nil, served{}, err
	}
	return mem, unmap, serves, nil
}

const (
	helloSize        = int(unsafe.Sizeof(hello{}))
	welcomeSize      = int(unsafe.Sizeof(welcome{}))
	attachPrefixSize = 16 // magic, version and size, which no version changes
)

func helloOf(version uint32, fingerprint uint64) []byte {
	h := hello{magic: helloMagic, abiVersion: version, size: uint32(helloSize), kind: helloAttach, interfaceFingerprint: fingerprint}
	return bytes.Clone((*[helloSize]byte)(unsafe.Pointer(&h))[:])
}

// receiver collects the welcome and the descriptors that come with any of its bytes.
type receiver struct {
	welcome     welcome
	have        int // bytes of welcome
	descriptors []int
	truncated   bool // more descriptors came than were looked for
}

// receive returns the size of the segment. It reads no byte more than the welcome has: bells may follow.
func (in *receiver) receive(conn *net.UnixConn) (segmentSize uint64, err error) {
	if err := in.fill(conn, attachPrefixSize); err != nil {
		return 0, err
	}
	w := &in.welcome
	if w.magic != welcomeMagic {
		return 0, fmt.Errorf("ringcall: what listens there is no ringcall server: its first word is %#x, expected %#x", w.magic, uint64(welcomeMagic))
	}
	if w.abiVersion != abiVersion {
		return 0, &VersionError{Client: abiVersion, Server: w.abiVersion}
	}
	if w.size != uint32(welcomeSize) {
		return 0, fmt.Errorf("ringcall: the server's welcome states a size of %d bytes, expected %d", w.size, welcomeSize)
	}
	if err := in.fill(conn, welcomeSize); err != nil {
		return 0, err
	}
	if w.status != welcomeOK {
		message, _, _ := bytes.Cut(w.message[:], []byte{0})
		return 0, &RefusedError{Status: w.status, Message: strings.ToValidUTF8(string(message), "?")}
	}
	return w.segmentSize, nil
}

// receiveInterface reads the description of the server's services, if it sends one. It comes before any bell.
func (in *receiver) receiveInterface(conn *net.UnixConn, asked uint64) (served, error) {
	s := served{epoch: in.welcome.epoch}
	if asked != interfaceSend && in.welcome.interfaceFingerprint == asked {
		s.fingerprint = asked
	}
	if in.welcome.flags&welcomeFlagInterface == 0 {
		return s, nil
	}
	size := in.welcome.interfaceSize
	if size > interfaceSizeMax {
		return served{}, fmt.Errorf("ringcall: the server announces %d bytes of description of its services, expected %d at most", size, interfaceSizeMax)
	}
	text := make([]byte, size)
	if n, err := io.ReadFull(conn, text); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) {
			err = errHungUp
		}
		return served{}, fmt.Errorf("ringcall: reading the description of the server's services, %d of %d bytes: %w", n, size, err)
	}
	s.described = true
	s.description = string(text)
	return s, nil
}

// fill reads until want bytes of the message are there.
func (in *receiver) fill(conn *net.UnixConn, want int) error {
	message := (*[welcomeSize]byte)(unsafe.Pointer(&in.welcome))
	for in.have < want {
		// Room for one descriptor, which alignment makes room for two: so a surplus one is seen, and closed.
		control := make([]byte, syscall.CmsgSpace(4))
		n, controlSize, flags, _, err := conn.ReadMsgUnix(message[in.have:want], control)
		in.truncated = in.truncated || flags&syscall.MSG_CTRUNC != 0
		in.collect(control[:controlSize])
		in.have += n
		switch {
		case len(in.descriptors) > 1 || in.truncated:
			// At once: with each byte of the welcome more could come.
			return in.wrongCount()
		case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
			return fmt.Errorf("ringcall: %w after %d of the welcome's %d bytes; its log or exit status says more (a memory cgroup too small for a segment kills it)", errHungUp, in.have, welcomeSize)
		case err != nil:
			return fmt.Errorf("ringcall: reading the welcome: %w", err)
		}
	}
	return nil
}

func (in *receiver) collect(control []byte) {
	messages, err := syscall.ParseSocketControlMessage(control)
	if err != nil {
		in.truncated = true
		return
	}
	for i := range messages {
		if descriptors, err := syscall.ParseUnixRights(&messages[i]); err == nil {
			in.descriptors = append(in.descriptors, descriptors...)
		}
	}
}

func (in *receiver) wrongCount() error {
	if in.truncated && len(in.descriptors) == 0 {
		// Where a process may have no more descriptors the kernel leaves them out, and says so by no error.
		spare, err := syscall.Open("/dev/null", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
		if err != nil {
			return fmt.Errorf("ringcall: receiving the segment's descriptor: %w", err)
		}
		syscall.Close(spare)
	}
	more := ""
	if in.truncated {
		more = "more than "
	}
	return fmt.Errorf("%w: the welcome came with %s%d descriptors, expected exactly one", ErrBadSegment, more, len(in.descriptors))
}

func (in *receiver) close() {
	for _, descriptor := range in.descriptors {
		syscall.Close(descriptor)
	}
}
