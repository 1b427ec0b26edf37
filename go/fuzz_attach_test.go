package ringcall

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// piece is a part of what a hostile server sends: bytes, and descriptors of one kind.
type piece struct {
	bytes       []byte
	kind, count int
}

// hostilePieces takes an input apart: [kind] [count of pieces] [size and number of descriptors, their kind]... [bytes]. The bytes, of kind 1 laid over a
// good welcome, are cut into the pieces; what is left comes last.
func hostilePieces(input []byte) (pieces []piece) {
	at := func() (b byte) {
		if len(input) > 0 {
			b, input = input[0], input[1:]
		}
		return b
	}
	good := at() == 1
	heads := make([][2]byte, at()%16)
	for i := range heads {
		heads[i] = [2]byte{at(), at()}
	}
	stream := bytes.Clone(input)
	if good {
		stream = append(stream, make([]byte, max(0, welcomeSize-len(stream)))...)
		for i, b := range welcomeOf(nil) {
			stream[i] ^= b
		}
	}
	for _, head := range append(heads, [2]byte{}) {
		size := int(head[0] & 63)
		if size == 0 || size > len(stream) {
			size = len(stream)
		}
		pieces = append(pieces, piece{stream[:size], int(head[1]), int(head[0] >> 6)})
		stream = stream[size:]
	}
	return pieces
}

// hostileDescriptors are one of each kind that a server may send for a segment. Only the first is one.
func hostileDescriptors(tb testing.TB) (descriptors []int) {
	open := func(path string) int {
		descriptor, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
		if err != nil {
			tb.Fatal(err)
		}
		return descriptor
	}
	segment, err := fakeSegment()
	if err != nil {
		tb.Fatal(err)
	}
	file, err := os.CreateTemp(tb.TempDir(), "")
	if err != nil {
		tb.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(fakeSegmentSize); err != nil {
		tb.Fatal(err)
	}
	var pipe [2]int
	if err := syscall.Pipe2(pipe[:], syscall.O_CLOEXEC); err != nil {
		tb.Fatal(err)
	}
	descriptors = []int{segment, memfd(tb, fakeSegmentSize, 0), memfd(tb, fakeSegmentSize, allSeals), memfd(tb, pageSize, allSeals), pipe[0], open("/dev/zero"), open(file.Name())}
	tb.Cleanup(func() {
		for _, descriptor := range append(descriptors, pipe[1]) {
			syscall.Close(descriptor)
		}
	})
	return descriptors
}

func sendPieces(conn *net.UnixConn, pieces []piece, descriptors []int) {
	for _, p := range pieces {
		var control []byte
		if p.count != 0 {
			some := make([]int, p.count)
			for i := range some {
				some[i] = descriptors[(p.kind+i)%len(descriptors)]
			}
			control = syscall.UnixRights(some...)
		}
		if len(p.bytes) != 0 {
			conn.WriteMsgUnix(p.bytes, control, nil)
		}
	}
}

func FuzzAttach(f *testing.F) {
	f.Add([]byte{1, 1, 64 | 63, 0})
	f.Add([]byte{1, 0})
	f.Add([]byte{1, 2, 64 | 20, 0, 64 | 20, 0})
	f.Add([]byte{1, 15, 193, 0, 193, 1, 193, 2, 193, 3, 193, 4, 193, 5, 193, 6, 193, 0, 193, 0, 193, 0, 193, 0, 193, 0, 193, 0, 193, 0, 193, 0})
	for kind := byte(1); kind < 7; kind++ {
		f.Add([]byte{1, 1, 64 | 63, kind})
	}
	f.Add(append([]byte{1, 1, 64, 0}, append(make([]byte, 20), 1, 0, 0, 0)...))                                      // it announces a description
	f.Add(append(append([]byte{1, 1, 64, 0}, append(make([]byte, 20), 1)...), append(make([]byte, 35), 9, 0, 0)...)) // of 9 bytes
	f.Add(append([]byte{1, 1, 64, 0}, append(make([]byte, 16), 2)...))
	f.Add([]byte("\x00\x00HTTP/1.1 400 Bad Request\r\n\r\n"))
	descriptors := hostileDescriptors(f)
	f.Fuzz(func(t *testing.T, input []byte) {
		keepsDescriptors(t, func() {
			client, server := socketPairOfConns(t)
			sendPieces(server, hostilePieces(input), descriptors)
			server.CloseWrite()
			ctx, cancel := context.WithTimeout(background, 20*time.Second)
			defer cancel()
			ch, err := attach(ctx, client, makeOptions(nil))
			switch {
			case err == nil:
				c := newClient(ch)
				if _, err := c.Call(ctx, methodEcho, nil, nil); !errors.As(err, new(*GoneError)) {
					t.Errorf("a call to a server that is gone: %v", err)
				}
				c.Close()
			case errors.Is(err, ErrDeadline):
				t.Error("what was sent whole was waited for")
			case !strings.HasPrefix(err.Error(), "ringcall: "):
				t.Errorf("an error that does not say whose it is: %v", err)
			}
			io.Copy(io.Discard, server)
			server.Close()
		})
	})
}

// A header that may be anything makes a client whose every part lies in the segment, or an error.
func FuzzSegmentHeader(f *testing.F) {
	f.Add([]byte{})
	for _, at := range []int{8, 12, 16, 24, 40, 44, 48, 56, 64, 512, 516, 520, 524, 528, 532, 536, 540, 544, 548} {
		for _, b := range []byte{1, 0x40, 0xff} {
			f.Add(append(make([]byte, at), b, b, b, b))
		}
	}
	good := makeSegment(defaults())
	f.Fuzz(func(t *testing.T, change []byte) {
		words := make([]uint64, (len(good)+cacheLine)/8)
		mem := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), len(words)*8)
		mem = mem[-uintptr(unsafe.Pointer(&mem[0]))&(cacheLine-1):][:len(good):len(good)]
		copy(mem, good)
		for i, b := range change[:min(len(change), int(unsafe.Sizeof(segmentHeader{})))] {
			mem[i] ^= b
		}
		s, err := attachSegment(mem, nil)
		if err != nil {
			if !errors.Is(err, ErrBadSegment) && !errors.Is(err, ErrVersion) {
				t.Errorf("%v", err)
			}
			return
		}
		begin, size := uintptr(unsafe.Pointer(&mem[0])), uintptr(len(mem))
		inside := func(what string, at unsafe.Pointer, bytes uintptr) {
			if offset := uintptr(at) - begin; offset > size || size-offset < bytes {
				t.Errorf("%s: %d bytes at %d of %d", what, bytes, int64(offset), size)
			}
		}
		inside("slots", s.slots.base, uintptr(s.slots.count())*uintptr(s.slots.stride))
		inside("taken", unsafe.Pointer(s.taken), 8)
		inside("counters", unsafe.Pointer(s.counters), unsafe.Sizeof(*s.counters))
		inside("counters", unsafe.Pointer(s.serverCounts), unsafe.Sizeof(*s.serverCounts))
		for _, arena := range []span{s.requestArena, s.answerArena} {
			if arena.end() > uint64(size) {
				t.Errorf("%s: %d bytes at %d of %d", arena.what, arena.size, arena.offset, size)
			}
		}
	})
}

// Whatever a server says of its services, comparing it takes no longer than it is long.
func FuzzDescription(f *testing.F) {
	const ours = "service quotes: name quotes\nquotes 1: name best, request 8, answer 24\nquotes 1.a: type quote, offset 0\nquote: size 24\nquote.price: type f64, offset 0\nside: size 1\nside.buy: value 1\n"
	i := &Interface{Name: "quotes", Fingerprint: 1, Description: ours}
	f.Add(ours)
	f.Add("")
	f.Add("service quotes: \nquotes 1: a")
	f.Add(strings.Replace(ours, "offset 0", "offset 16", 1))
	f.Add("service other: name x\n" + ours + "quote.price: type g[]?\ng: type quote\n")
	f.Add("quotes 1: name best")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > interfaceSizeMax {
			t.Skip("no server can send as much")
		}
		s := served{described: true, description: text}
		err := s.implements(i)
		var wrong *InterfaceError
		if err != nil && !errors.As(err, &wrong) {
			t.Errorf("%v", err)
		}
		if text == ours && err != nil {
			t.Errorf("the same does not fit: %v", err)
		}
		if wrong != nil && len(wrong.Differences) > strings.Count(text, "\n")+strings.Count(text, ", ")+16 {
			t.Errorf("%d differences of a text of %d bytes", len(wrong.Differences), len(text))
		}
	})
}
