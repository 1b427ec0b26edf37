package ringcall

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// A server as far as the attach goes: it makes a segment, seals it and says welcome. It answers no call.

const allSeals = sealSeal | sealShrink | sealGrow

const fakeSegmentSize = 8 * pageSize

// memfd makes a memfd of size bytes with exactly these seals.
func memfd(t testing.TB, size int64, seals int) int {
	t.Helper()
	descriptor, err := makeMemfd(size, seals)
	if err != nil {
		t.Fatal(err)
	}
	return descriptor
}

func makeMemfd(size int64, seals int) (int, error) {
	number := map[string]uintptr{"amd64": 319, "arm64": 279}[runtime.GOARCH]
	name := []byte("ringcall-test\x00")
	const cloexecAllowSealing = 3
	descriptor, _, errno := syscall.Syscall(number, uintptr(unsafe.Pointer(&name[0])), cloexecAllowSealing, 0)
	if errno != 0 {
		return -1, errno
	}
	if err := syscall.Fallocate(int(descriptor), 0, 0, size); err != nil {
		return -1, err
	}
	const fcntlAddSeals = 1033
	if _, _, errno := syscall.Syscall(syscall.SYS_FCNTL, descriptor, fcntlAddSeals, uintptr(seals)); errno != 0 {
		return -1, errno
	}
	return int(descriptor), nil
}

// fakeSegment makes a segment that newChannel accepts: one small ring, two pages of counters, two arenas.
func fakeSegment() (descriptor int, err error) {
	descriptor, err = makeMemfd(fakeSegmentSize, allSeals)
	if err != nil {
		return -1, err
	}
	header := segmentHeader{
		magic: segmentMagic, abiVersion: abiVersion, headerSize: uint32(unsafe.Sizeof(segmentHeader{})),
		segmentSize: fakeSegmentSize, epoch: 7, clockBaseNs: 1, tickShift: tickShift, ringCount: 1,
		clientCountersOffset: pageSize, clientCountersSize: pageSize,
		serverCountersOffset: 2 * pageSize, serverCountersSize: pageSize,
		clockKind: clockMonotonic, clockScale: 1 << 32, blackBoxOffset: 7 * pageSize, blackBoxSize: pageSize,
	}
	header.server.state = stateOpen
	header.rings[0] = ringEntry{
		slotsOffset: 3 * pageSize, slotCount: 16, slotStride: strideSmall, controlOffset: controlOffset,
		requestArenaOffset: 4 * pageSize, requestArenaSize: pageSize, answerArenaOffset: 5 * pageSize, answerArenaSize: pageSize,
		timesOffset: 6 * pageSize, timesStride: uint32(unsafe.Sizeof(times{})),
	}
	control := ringControl{wantRequest: wantNone, wantAnswer: wantNone, clientSpin: spinOwn}
	for _, part := range []struct {
		bytes []byte
		at    int64
	}{
		{(*[unsafe.Sizeof(header)]byte)(unsafe.Pointer(&header))[:], 0},
		{(*[unsafe.Sizeof(control)]byte)(unsafe.Pointer(&control))[:], controlOffset},
	} {
		if _, err := syscall.Pwrite(descriptor, part.bytes, part.at); err != nil {
			return -1, err
		}
	}
	return descriptor, nil
}

// welcomeOf is an honest welcome for a fakeSegment, after change.
func welcomeOf(change func(*welcome)) []byte {
	w := welcome{magic: welcomeMagic, abiVersion: abiVersion, size: uint32(welcomeSize), epoch: 7, segmentSize: fakeSegmentSize}
	if change != nil {
		change(&w)
	}
	return bytes.Clone((*[welcomeSize]byte)(unsafe.Pointer(&w))[:])
}

// fakeWelcome reads a hello from conn and answers it honestly.
func fakeWelcome(conn *net.UnixConn) error {
	message := make([]byte, helloSize)
	if _, err := io.ReadFull(conn, message); err != nil {
		return err
	}
	if !bytes.Equal(message, helloOf(abiVersion, interfaceSend)) {
		return fmt.Errorf("the hello is %x", message)
	}
	descriptor, err := fakeSegment()
	if err != nil {
		return err
	}
	defer syscall.Close(descriptor)
	_, _, err = conn.WriteMsgUnix(welcomeOf(nil), syscall.UnixRights(descriptor), nil)
	return err
}

// connectionPair returns two connected ends; both are closed with the test.
func connectionPair(t *testing.T) (client, server *net.UnixConn) {
	t.Helper()
	client, file, err := socketPair()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		t.Fatal(err)
	}
	server = conn.(*net.UnixConn)
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// keepsDescriptors fails the test if f leaves a descriptor open.
func keepsDescriptors(t *testing.T, f func()) {
	t.Helper()
	keepsDescriptorsBut(t, 0, f)
}

// keepsDescriptorsBut fails the test if f leaves more descriptors open than so many.
func keepsDescriptorsBut(t *testing.T, so int, f func()) {
	t.Helper()
	before := openDescriptors(t)
	if left := descriptorsLeft(t, before+so, f) - before; left > so {
		t.Errorf("%d descriptors more are open than the %d before it, where up to %d are possible", left, before, so)
	}
}

// descriptorsLeft are those that are open when f has returned, once they are no more than wanted, or for good. Some are closed by goroutines that end soon
// after f.
func descriptorsLeft(t *testing.T, wanted int, f func()) int {
	t.Helper()
	f()
	left := openDescriptors(t)
	for deadline := time.Now().Add(2 * time.Second); left > wanted && time.Now().Before(deadline); left = openDescriptors(t) {
		time.Sleep(time.Millisecond)
	}
	return left
}
