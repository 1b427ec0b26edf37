package ringcall

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// hostile is a server that does what an input says with a segment that its client has mapped, too. Its memory is mapped twice, as between two
// processes: what it writes is no race to the detector, which cannot see it.
type hostile struct {
	segment  *segment
	requests runReader
	answers  uint64 // position of the next
	ids      []uint16
	conn     *net.UnixConn
	input    []byte
	cancel   func()
}

// hostileClient makes a client and the hostile server at its other end.
func hostileClient(t testing.TB, spin time.Duration) (*Client, *hostile) {
	t.Helper()
	descriptor, err := fakeSegment()
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(descriptor)
	ours, theirs := socketPairOfConns(t)
	mem, unmap, err := mapSegment(descriptor, fakeSegmentSize)
	if err != nil {
		t.Fatal(err)
	}
	segment, err := attachSegment(mem, unmap)
	if err != nil {
		t.Fatal(err)
	}
	ch, err := newChannel(segment, ours, options{spin: spin})
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(ch)
	if mem, unmap, err = mapSegment(descriptor, fakeSegmentSize); err != nil {
		t.Fatal(err)
	}
	h := &hostile{conn: theirs}
	if h.segment, err = attachSegment(mem, unmap); err != nil {
		t.Fatal(err)
	}
	h.requests = runReader{ring: h.segment.slots}
	return c, h
}

func (h *hostile) byte() (b byte) {
	if len(h.input) > 0 {
		b, h.input = h.input[0], h.input[1:]
	}
	return b
}

func (h *hostile) u16() uint16 { return uint16(h.byte()) | uint16(h.byte())<<8 }

func (h *hostile) u64() (v uint64) {
	for i := 0; i < 64; i += 8 {
		v |= uint64(h.byte()) << i
	}
	return v
}

// take notes the ids of requests as an honest server would.
func (h *hostile) take() {
	for count := h.requests.look(); count != 0 && count <= runMax; count = h.requests.look() {
		for i := range count {
			head := atomic.LoadUint64(wordAt(h.segment.slots.at(h.requests.position+uint64(i)), 8))
			h.ids = append(h.ids, uint16(head>>16))
		}
		h.requests.advance(count)
	}
}

func (h *hostile) ring() { h.conn.Write([]byte{1}) }

// record writes an answer's record, and its word unless it is the run's first.
func (h *hostile) record(i int, id, status uint16, shape uint32, words [2]uint64) {
	slot := h.segment.slots.at(h.answers + uint64(i))
	atomic.StoreUint64(wordAt(slot, 8), uint64(status)|uint64(id)<<16|42<<32)
	atomic.StoreUint64(wordAt(slot, 16), words[0])
	atomic.StoreUint64(wordAt(slot, 24), words[1])
	if i != 0 {
		atomic.StoreUint64(slotWord(slot), makeWord(h.answers+uint64(i), 0, shape, stateAnswer))
	}
}

func (h *hostile) publish(count, shape uint32) {
	atomic.StoreUint64(slotWord(h.segment.slots.at(h.answers)), makeWord(h.answers, count, shape, stateAnswer))
	h.answers += uint64(count)
	h.ring()
}

// The operations of a hostile server, by the byte that stands before their arguments.
const (
	hostileWrite = iota
	hostileAnswer
	hostileAnswerWrong
	hostileRing
	hostileWords
	hostileCancel
	hostilePause
	hostileArena
	hostileEnd
)

func (h *hostile) operate() {
	switch h.byte() % hostileEnd {
	case hostileWrite:
		at := uintptr(h.u16()) % uintptr(len(h.segment.mem)/8) * 8
		atomic.StoreUint64((*uint64)(unsafe.Pointer(&h.segment.mem[at])), h.u64())
	case hostileAnswer: // requests that wait, with what an honest server might say
		h.take()
		count := min(1+int(h.byte()%4), len(h.ids))
		first := uint32(0)
		for i := range count {
			status, shape, words := uint16(h.byte()%10), uint32(h.byte()%20), [2]uint64{uint64(h.byte()), 0}
			if shape > 16 {
				ref := arenaRef{offset: h.segment.answerArena.offset + 16 + uint32(h.byte())%128*16, size: uint32(h.u16()) % 3000}
				shape, words = shapeArena, *(*[2]uint64)(unsafe.Pointer(&ref))
			}
			if i == 0 {
				first = shape
			}
			at := int(h.byte()) % len(h.ids)
			h.record(i, h.ids[at], status, shape, words)
			h.ids = append(h.ids[:at], h.ids[at+1:]...)
		}
		if count != 0 {
			h.publish(uint32(count), first)
		}
	case hostileAnswerWrong:
		count, shape := uint32(h.u16())%(countMask+1), uint32(h.byte()&63)
		for i := range min(int(count), 3) {
			h.record(i, uint16(h.byte()), uint16(h.byte()), uint32(h.byte()&63), [2]uint64{h.u64(), h.u64()})
		}
		h.publish(count, shape)
	case hostileRing:
		h.conn.SetWriteDeadline(time.Now().Add(time.Millisecond))
		h.conn.Write(make([]byte, h.byte()))
	case hostileWords:
		words := []*uint64{h.segment.wantRequest, h.segment.wantAck, h.segment.wantAnswer, h.segment.taken, wordAt(unsafe.Pointer(h.segment.server), 0),
			wordAt(unsafe.Pointer(h.segment.wantRequest), 16)} // sample_every and client_spin
		atomic.StoreUint64(words[int(h.byte())%len(words)], h.u64())
	case hostileCancel:
		h.cancel()
	case hostilePause:
		for range h.byte() {
			runtime.Gosched()
		}
	case hostileArena:
		at := h.segment.answerArena.offset + uint32(h.byte())*16
		copy(h.segment.bytes(at, 16), binary.LittleEndian.AppendUint64(nil, h.u64()))
	}
}

// isKnown says whether a call may end so.
func isKnown(err error) bool {
	for _, known := range []error{ErrDeadline, context.Canceled, ErrNoRoom, ErrTooLarge, ErrBadRequest, ErrUnknownMethod, ErrBadAnswer, ErrClosed, errShortBatch} {
		if errors.Is(err, known) {
			return true
		}
	}
	return errors.As(err, new(*HandlerError)) || errors.As(err, new(*GoneError)) || errors.As(err, new(*CorruptError))
}

// outstandingCalls starts a call of every form and returns what waits for each of them.
func outstandingCalls(t testing.TB, ctx context.Context, c *Client) (waits map[string]func() error) {
	m := &Method{ID: methodHold, Name: "Fuzz.Hold"}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	large := make([]byte, 200)
	waits = map[string]func() error{
		"Call":  func() error { _, err := c.Call(ctx, methodHold, large[:8], nil); return err },
		"large": func() error { _, err := c.Call(ctx, methodHold, large, nil); return err },
		"View": func() error {
			v, err := c.View(ctx, methodHold, nil)
			for _, b := range v.Bytes() {
				large[0] ^= b & 0 // every byte is read, and large stays as it is
			}
			v.Release()
			return err
		},
		"Frame": func() error {
			frame, err := c.NewFrame(ctx, m, 100)
			if err != nil {
				return err
			}
			answer, err := frame.Call(ctx)
			if len(answer) > fakeSegmentSize {
				return fmt.Errorf("an answer of %d bytes", len(answer))
			}
			return err
		},
	}
	// What cannot be posted, since the server has broken a rule by then, has its end already.
	posted := func(name string, err error, wait func() error) {
		if err != nil {
			wait = func() error { return err }
		}
		waits[name] = wait
	}
	for _, name := range []string{"Post", "another Post"} {
		p, err := c.Post(ctx, methodHold, large[:50])
		posted(name, err, func() error { _, err := p.Await(ctx, nil); return err })
	}
	posted("Send", c.Send(ctx, methodHold, nil), func() error { return nil })
	run := c.NewRun(4)
	for i := range 3 {
		must(run.Add(methodHold, large[:30*i]))
	}
	posted("Run", run.Post(ctx), func() error {
		err := run.Await(ctx)
		for i := range 3 {
			if _, answerErr := run.Answer(i); err == nil && answerErr != nil && !isKnown(answerErr) {
				return answerErr
			}
		}
		run.Reset()
		return err
	})
	records := NewRecordRun[addRequest, addAnswer](c, m, 8)
	for range 8 {
		must(records.Add(&addRequest{1, 2}))
	}
	posted("RecordRun", records.Post(ctx), func() error { return records.Await(ctx) })
	framed := NewFrameRun(c, m, 4)
	for i := range 4 {
		room, err := framed.Reserve(20 * i)
		must(err)
		copy(room, large)
	}
	posted("FrameRun", framed.Post(ctx), func() error {
		err := framed.Await(ctx)
		for i := range 4 {
			answer, answerErr := framed.Answer(i)
			if len(answer) > fakeSegmentSize || err == nil && answerErr != nil && !isKnown(answerErr) {
				return fmt.Errorf("an answer of %d bytes (%w)", len(answer), answerErr)
			}
		}
		framed.Reset()
		return err
	})
	batch := c.NewBatch(methodHold, 8, 8)
	_, err := batch.Reserve(ctx, 10)
	if err == nil {
		err = batch.Post(ctx)
	}
	posted("Batch", err, func() error {
		defer batch.Release()
		err := batch.Await(ctx)
		if len(batch.Answers()) > 80 {
			return fmt.Errorf("%d bytes of answers to 10 records", len(batch.Answers()))
		}
		return err
	})
	return waits
}

// startAll waits for each call on a goroutine of its own, and returns what checks how they ended.
func startAll(waits map[string]func() error) (ended func(testing.TB)) {
	type end struct {
		name string
		err  error
	}
	ends := make(chan end, len(waits))
	var ready sync.WaitGroup
	for name, wait := range waits {
		ready.Add(1)
		go func() {
			ready.Done()
			ends <- end{name, wait()}
		}()
	}
	ready.Wait()
	return func(t testing.TB) {
		limit := time.After(30 * time.Second)
		for range waits {
			select {
			case e := <-ends:
				if e.err != nil && !isKnown(e.err) {
					t.Errorf("%s: %v", e.name, e.err)
				}
			case <-limit:
				t.Fatal("calls hang though they should have ended")
			}
		}
	}
}

// FuzzAnswers has calls of every form out while a hostile server does what the input says: [kind] [operation...]. Each call ends, once, with an answer or a
// known error; what breaks a rule ends the channel with its name.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte{0, 1, 3, 0, 8, 5, 0, 0, 8, 5, 0, 0, 8, 5, 0, 0, 8, 5, 0, 6, 100})
	f.Add([]byte{1, 1, 3, 0, 17, 5, 9, 100, 0, 0, 0, 17, 5, 9, 200, 1, 0, 0, 8, 5, 0, 6, 100, 1, 3, 7, 4, 8, 0, 3, 4, 8, 0})
	f.Add([]byte{0, 2, 1, 0, 8, 3, 0, 8, 6, 50})
	f.Add([]byte{1, 2, 255, 0, 8, 6, 50})
	f.Add([]byte{1, 4, 3, 255, 255, 255, 255, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 17, 0, 9, 9, 9, 0})
	f.Add([]byte{0, 5, 6, 20, 1, 3, 0, 8, 5, 0, 0, 8, 5, 0})
	f.Add([]byte{1, 3, 200, 3, 200, 6, 200, 4, 4, 3, 0, 0, 0, 5, 0, 0, 0})
	f.Add([]byte{0, 4, 5, 1, 0, 0, 0, 255, 255, 255, 255, 6, 100, 1, 3, 0, 8, 5, 0, 0, 8, 5, 0, 6, 100, 0, 0, 12, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 0, 8, 5, 0}) // all are sampled
	f.Add([]byte{1, 1, 0, 7, 4, 8, 0, 1, 0, 0, 4, 3, 9, 6, 9, 1, 0, 7, 17, 1, 1, 100, 0, 0, 1, 3, 0, 4, 10, 1, 0, 4, 10, 2})
	f.Fuzz(func(t *testing.T, input []byte) {
		spin := time.Duration(0)
		if len(input) != 0 && input[0]&1 != 0 {
			spin = 50 * time.Microsecond
		}
		c, h := hostileClient(t, spin)
		defer h.segment.unmap()
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		h.cancel = cancel
		waits := outstandingCalls(t, ctx, c)
		ended := startAll(waits)
		h.take()
		h.input = input
		for h.byte(); len(h.input) > 0; {
			h.operate()
		}
		h.conn.Close()
		ended(t)
		<-c.Done()
		var corrupt *CorruptError
		if err := c.Err(); errors.As(err, &corrupt) && !corrupt.Server && strings.HasPrefix(corrupt.Violation, "rule ") {
			t.Errorf("a violation without a name: %v", err)
		}
		c.Close()
	})
}
