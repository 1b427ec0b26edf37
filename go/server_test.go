package ringcall

import (
	"encoding/binary"
	"math"
	"net"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"
)

// testServer is the consumer's role on a segment in the heap, so that the race detector sees all of it. Its fields belong to its goroutine;
// tests reach them through do.
type testServer struct {
	t       testing.TB
	segment *segment
	ring    consumer
	conn    *net.UnixConn
	answers *arena
	regions []answerRegion
	ticket  uint64
	held    []record
	spins   int
	dead    bool // has ended, as far as its client can tell
	deaf    bool // does not ring

	slow      time.Duration // of each handler
	late      time.Duration // between the last handler of a run and its publication
	lies      uint16        // what is wrong in the ids of its answers
	clockBack uint64        // by so much its clock is behind the client's
	taking    []record
	sum       []byte // an answer's: tests count allocations, and this process is theirs

	mu      sync.Mutex
	orders  []func()
	ordered atomic.Bool
	ended   chan struct{}

	unmapped chan struct{} // closed when the client has let go of the segment
}

type answerRegion struct {
	region *region
	ref    arenaRef
}

func (a answerRegion) header(s *testServer) unsafe.Pointer {
	return unsafe.Pointer(&s.segment.mem[a.ref.offset-uint32(unsafe.Sizeof(regionHeader{}))])
}

// The methods of a testServer.
const (
	methodEcho   = 1 // answers the request
	methodAdd    = 2 // two int32 to an int64; dense too
	methodFail   = 3 // fails with code 42 and the request as its message
	methodHold   = 4 // is answered when the test says so
	methodGrow   = 5 // a uint32 n to n bytes
	methodNoRoom = 6
	methodLarge  = 7
	methodShort  = 8 // bad request
	methodLate   = 9 // expired
	methodNone   = 99
)

type testOptions struct {
	slots, stride uint32
	requests      uint32
	answers       uint32
	position      uint64
	epoch         uint64
	spin          time.Duration
	spins         int // of the server
}

func defaults() testOptions {
	return testOptions{slots: 64, stride: strideSmall, requests: 4096, answers: 4096, epoch: 7, spin: 50 * time.Microsecond, spins: 20000}
}

// serve starts a server and its client, which end with the test.
func serve(t testing.TB, o testOptions) (*Client, *testServer) {
	t.Helper()
	ch, s := newTestServer(t, o, options{spin: o.spin})
	c := newClient(ch)
	t.Cleanup(func() {
		s.end(c)
		if n := c.Stats().Client.RecoveredWakes; n != 0 {
			t.Errorf("%d wakes were recovered, expected none", n)
		}
	})
	return c, s
}

// newTestServer starts a server and returns it with its channel.
func newTestServer(t testing.TB, o testOptions, client options) (*channel, *testServer) {
	t.Helper()
	mem := makeSegment(o)
	ours, theirs := socketPairOfConns(t)
	s := &testServer{t: t, conn: theirs, spins: o.spins, ended: make(chan struct{}), unmapped: make(chan struct{})}
	var err error
	if s.segment, err = attachSegment(mem, nil); err != nil {
		t.Fatal(err)
	}
	s.ring = makeConsumer(s.segment.slots, o.position)
	s.answers = newArena(s.segment.answerArena)
	mine, err := attachSegment(mem, func() { close(s.unmapped) })
	if err != nil {
		t.Fatal(err)
	}
	ch, err := newChannelAt(mine, ours, client, o.position)
	if err != nil {
		t.Fatal(err)
	}
	go s.run()
	return ch, s
}

// end closes the client and waits for the server's end.
func (s *testServer) end(c *Client) {
	s.do(func() { s.spins = 0 })
	c.Close()
	<-s.ended
	select {
	case <-s.unmapped:
	case <-time.After(10 * time.Second):
		s.t.Error("the segment was not unmapped after Close")
	}
}

// do runs f on the server's goroutine and waits for it.
func (s *testServer) do(f func()) {
	s.t.Helper()
	ran := make(chan struct{})
	s.mu.Lock()
	s.orders = append(s.orders, func() { f(); close(ran) })
	s.ordered.Store(true)
	s.mu.Unlock()
	s.conn.SetReadDeadline(time.Unix(1, 0))
	select {
	case <-ran:
	case <-s.ended:
	}
}

func (s *testServer) obey() {
	if !s.ordered.Load() {
		return
	}
	s.mu.Lock()
	orders := s.orders
	s.orders = nil
	s.ordered.Store(false)
	s.mu.Unlock()
	for _, order := range orders {
		order()
	}
}

func (s *testServer) run() {
	defer close(s.ended)
	defer s.conn.Close()
	var bytes [64]byte
	for idle := 0; ; idle++ {
		s.obey()
		if s.dead {
			return
		}
		if count := s.ring.taken.look(); count != 0 {
			if count > s.ring.limit() {
				s.t.Errorf("the client published %d records, at most %d may be outstanding", count, s.ring.limit())
				return
			}
			s.take(count)
			idle = 0
			continue
		}
		if idle < s.spins {
			if idle%16 == 15 {
				runtime.Gosched()
			}
			continue
		}
		idle = 0
		atomic.StoreUint64(s.segment.wantRequest, s.ring.taken.position)
		if s.ring.taken.look() == 0 && !s.ordered.Load() {
			_, err := s.conn.Read(bytes[:])
			if os.IsTimeout(err) {
				s.conn.SetReadDeadline(time.Time{})
			} else if err != nil {
				return
			}
		}
		atomic.StoreUint64(s.segment.wantRequest, wantNone)
	}
}

func (s *testServer) take(count uint32) {
	atomic.StoreUint64(s.segment.taken, s.ring.taken.position+uint64(count))
	s.taking = slices.Grow(s.taking[:0], int(count))[:count]
	records := s.taking
	for i := range records {
		if v := s.ring.taken.copy(uint32(i), &records[i]); v != violationNone {
			s.t.Errorf("the client's record %d: %v", i, v)
			return
		}
	}
	s.ring.taken.advance(count)
	for i := range records {
		r := &records[i]
		if r.id&idSampled != 0 {
			atomic.StoreUint64(&s.segment.timesOf(r.id&^idSampled).taken, s.segment.clock.Now()-s.clockBack)
		}
		if s.slow != 0 {
			for begin := time.Now(); time.Since(begin) < s.slow; {
			}
		}
		s.handle(r)
	}
	if s.late != 0 {
		for begin := time.Now(); time.Since(begin) < s.late; {
		}
	}
	s.publish()
}

func (s *testServer) request(r *record) []byte {
	if r.shape == shapeArena {
		ref := r.ref()
		if !s.segment.requestArena.contains(ref.offset, ref.size) {
			s.t.Errorf("the client's request at %d leaves its arena", ref.offset)
			return nil
		}
		return s.segment.bytes(ref.offset, ref.size)
	}
	return r.bytes()
}

func (s *testServer) handle(r *record) {
	if r.shape == shapeBatch {
		s.handleBatch(r)
		return
	}
	if r.shape == shapeFrames {
		s.held = append(s.held, *r)
		return
	}
	request := s.request(r)
	switch r.code {
	case methodEcho:
		s.answer(r.id, statusOK, 0, request)
	case methodAdd:
		a, b := int32(binary.LittleEndian.Uint32(request)), int32(binary.LittleEndian.Uint32(request[4:]))
		s.sum = binary.LittleEndian.AppendUint64(s.sum[:0], uint64(int64(a)+int64(b)))
		s.answer(r.id, statusOK, 0, s.sum)
	case methodFail:
		s.answer(r.id, statusFailed, 42, request)
	case methodHold:
		s.held = append(s.held, *r)
	case methodGrow:
		s.answer(r.id, statusOK, 0, make([]byte, binary.LittleEndian.Uint32(request)))
	case methodNoRoom:
		s.answer(r.id, statusNoRoom, 0, nil)
	case methodLarge:
		s.answer(r.id, statusTooLarge, 0, []byte("an answer of 70000 bytes exceeds the answer arena's 65536"))
	case methodShort:
		s.answer(r.id, statusBadRequest, 0, []byte("8, not 9 bytes"))
	case methodLate:
		s.answer(r.id, statusExpired, 0, nil)
	default:
		s.answer(r.id, statusUnknownMethod, 0, nil)
	}
}

// refusedA is a summand for which methodAdd fails, in batches.
const refusedA = math.MinInt32

type addRequest struct{ A, B int32 }
type addAnswer struct{ Sum int64 }

func (s *testServer) handleBatch(r *record) {
	ref := *(*batchRef)(unsafe.Pointer(&r.words))
	if r.code == methodHold {
		s.held = append(s.held, *r)
		return
	}
	if r.code != methodAdd {
		s.answer(r.id, statusUnknownMethod, 0, nil)
		return
	}
	requests := Records[addRequest](s.segment.bytes(ref.requestOffset, ref.count*uint32(ref.requestSize)))
	answers := Records[addAnswer](s.segment.bytes(ref.answerOffset, ref.count*uint32(ref.answerSize)))
	for i, q := range requests {
		if q.A == refusedA {
			payload := binary.LittleEndian.AppendUint64(nil, uint64(i))
			s.answer(r.id, statusBatchFailed, 42, append(payload, "refused"...))
			return
		}
		answers[i].Sum = int64(q.A) + int64(q.B)
	}
	var done [4]byte
	binary.LittleEndian.PutUint32(done[:], ref.count)
	s.answer(r.id, statusOK, 0, done[:])
}

// awaitHeld waits until n requests are held.
func (s *testServer) awaitHeld(n int) {
	s.t.Helper()
	s.until("requests are held", func() bool { return len(s.held) >= n })
}

// until waits for something that the server's goroutine can see.
func (s *testServer) until(what string, condition func() bool) {
	s.t.Helper()
	eventually(s.t, what, func() (ok bool) {
		s.do(func() { ok = condition() })
		return ok
	})
}

// eventually polls for what another goroutine is about to do, where nothing announces it.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for begin := time.Now(); !condition(); runtime.Gosched() {
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func add(a, b int32) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, uint32(a)), uint32(b))
}
