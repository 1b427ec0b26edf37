package ringcall

import (
	"net"
	"os"
	"syscall"
	"testing"
	"unsafe"

	"github.com/ringcall/ringcall/go/internal/tick"
)

// makeSegment lays out a segment of one ring in the heap.
func makeSegment(o testOptions) []byte {
	const slotsAt = pageSize
	requestsAt := slotsAt + o.slots*o.stride
	requestsAt = (requestsAt + cacheLine - 1) &^ (cacheLine - 1)
	answersAt := requestsAt + (o.requests+cacheLine-1)&^(cacheLine-1)
	timesAt := answersAt + (o.answers+cacheLine-1)&^(cacheLine-1)
	boxAt := timesAt + (o.slots*uint32(unsafe.Sizeof(times{}))+cacheLine-1)&^(cacheLine-1)
	size := boxAt + pageSize
	words := make([]uint64, (size+cacheLine)/8)
	mem := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)
	skip := -uintptr(unsafe.Pointer(&mem[0])) & (cacheLine - 1)
	mem = mem[skip:][:size:size]
	h := (*segmentHeader)(unsafe.Pointer(&mem[0]))
	*h = segmentHeader{
		magic: segmentMagic, abiVersion: abiVersion, headerSize: uint32(unsafe.Sizeof(*h)), segmentSize: uint64(size), epoch: o.epoch,
		clockBaseNs: tick.Monotonic(), tickShift: tickShift, ringCount: 1,
		clockKind: clockMonotonic, clockScale: 1 << 32, blackBoxOffset: boxAt, blackBoxSize: pageSize,
		clientCountersOffset: 3072, clientCountersSize: 120, serverCountersOffset: 3584, serverCountersSize: 120,
	}
	h.rings[0] = ringEntry{
		slotsOffset: slotsAt, slotCount: o.slots, slotStride: o.stride, controlOffset: controlOffset,
		requestArenaOffset: requestsAt, requestArenaSize: o.requests, answerArenaOffset: answersAt, answerArenaSize: o.answers,
		timesOffset: timesAt, timesStride: uint32(unsafe.Sizeof(times{})),
	}
	h.server.state = stateOpen
	control := (*ringControl)(unsafe.Pointer(&mem[controlOffset]))
	control.wantRequest, control.wantAnswer, control.clientSpin = wantNone, wantNone, spinOwn
	(*blackBox)(unsafe.Pointer(&mem[boxAt])).runningPosition = wantNone
	return mem
}

func socketPairOfConns(t testing.TB) (a, b *net.UnixConn) {
	t.Helper()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	conn := func(fd int) *net.UnixConn {
		file := os.NewFile(uintptr(fd), "socketpair")
		defer file.Close()
		c, err := net.FileConn(file)
		if err != nil {
			t.Fatal(err)
		}
		return c.(*net.UnixConn)
	}
	return conn(pair[0]), conn(pair[1])
}
