package ringcall

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"
)

// The states of a call, from its post to its end.
const (
	callPosted    uint32 = iota // in flight; nobody waits for it yet, or who waits for it leads
	callYielding                // in flight; its goroutine has met a leader, gives way and will look again
	callWaiting                 // in flight; its goroutine sleeps on wake
	callDone                    // answered, or failed
	callAbandoned               // in flight; nobody wants the answer any more
)

// call is what waits for an answer: of one request, of a batch, or as a part of a run for all of its answers.
//
// It belongs to its poster until it is posted, then to whoever leads, until callDone (an atomic store, or the wake) hands it back.
type call struct {
	state uint32 // callPosted and so on; atomic
	gen   uint32 // how often the call was used; guarded by mu

	// Guarded by mu.
	next, prev *call // in a list of sleepers; next also in a list of unused calls
	listed     bool
	rested     bool                // listed among the sleepers: it has polled in vain, or followed one who has
	starved    bool                // not a call: a goroutine that waits for room in the ring or the arena
	ready      func(*channel) bool // whether there is room now, for one that is starved
	leads      bool                // the leader left and named this call's goroutine

	wake chan struct{} // room for one; its receiver looks again at everything

	method  uint16
	owned   bool     // belongs to a Run or Batch rather than to the client's lists of unused calls
	region  *region  // of the request, freed with the answer
	batch   uint32   // of a batch: its count
	run     *runBody // of a run
	failure error    // why there is no answer
	answer  record
	spilled bool   // the answer came in the arena and was moved to payload
	payload []byte // keeps its room for the call's next use

	// Of a client with restart.
	content uint64 // what the request is known by; 0: nothing is to be known of it
	turn    bool   // it has the turn of the suspects
	kept    *kept  // guarded by mu once the call was posted

	observed uint64 // count of the clock when the answer of a sampled call was reaped for a goroutine that sleeps; 0: none

	sent  bool          // nobody wanted the answer from the first
	until time.Duration // the method's deadline, of a call that is awaited later; 0: none. Guarded by mu
}

func newCall() *call { return &call{wake: make(chan struct{}, 1)} }

func (k *call) reset(method uint16) {
	k.state = callPosted
	k.method = method
	k.region = nil
	k.batch = 0
	k.failure = nil
	k.spilled = false
	k.sent = false
	k.until = 0
	if cap(k.payload) > payloadKept {
		k.payload = nil
	}
}

// methodAt is the method of the call, or of a run's with that number.
func (k *call) methodAt(index uint32) uint16 {
	if k.run != nil {
		return k.run.requests[index].method
	}
	return k.method
}

// payloadKept is the size beyond which the memory of a spilled answer is not kept for the next.
const payloadKept = 256 << 10

// inArena says whether the answer holds room in the answer arena.
func (k *call) inArena() bool { return k.answer.shape == shapeArena && !k.spilled }

// plain are the bytes of an answer that is not in the arena; valid as long as k is not reused.
func (k *call) plain() []byte {
	if k.spilled {
		return k.payload
	}
	return k.answer.bytes()
}

// signal wakes the goroutine that sleeps on the call.
func (k *call) signal() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// moveWords copies the words that the record needs. Word by word, since wider loads would stall on the narrow stores that have just put them there.
func (r *record) moveWords(to *[recordSizeMax / 8]uint64) {
	to[0], to[1] = r.words[0], r.words[1]
	if r.shape > strideSmall-slotRecord && r.shape <= recordSizeMax {
		to[2], to[3], to[4], to[5] = r.words[2], r.words[3], r.words[4], r.words[5]
	}
}

// ref is where the answer lies if its shape is shapeArena.
func (r *record) ref() arenaRef { return *(*arenaRef)(unsafe.Pointer(&r.words)) }

// outstanding is what an id stands for; a nil call: for nothing.
type outstanding struct {
	call     *call
	index    uint32 // of the record in its run
	position uint32 // of the request, modulo 2^32
}

// enter notes what id stands for, before its request is published. The call comes last: who finds it without mu, which only an answer to a request
// that is not published yet makes possible, finds the position that gives it away. mu is held.
func (c *channel) enter(id uint16, k *call, index, position uint32) {
	entry := &c.pending[id]
	entry.index = index
	entry.position = position
	entry.call = k
}

// isFrom says whether the request lies at position or beyond. That it lies less than the ring's slots beyond is what decides: it may have
// been in flight while any number of others came and went.
func (o *outstanding) isFrom(position uint64, slots uint32) bool {
	return atomic.LoadUint32(&o.position)-uint32(position) < slots
}

// expects says whether the call and the index, each read from the entry once, are of a published request and of a record that exists. The
// caller leads.
func (c *channel) expects(entry *outstanding, k *call, index uint32) bool {
	return k != nil && !entry.isFrom(c.known, c.ring.reaped.ring.count()) && (k.run == nil || int(index) < len(k.run.answers))
}

// callList is a doubly linked list of sleeping calls, in order of arrival.
type callList struct{ first, last *call }

func (l *callList) push(k *call) {
	k.next, k.prev = nil, l.last
	if l.last == nil {
		l.first = k
	} else {
		l.last.next = k
	}
	l.last = k
}

func (l *callList) remove(k *call) {
	if k.prev == nil {
		l.first = k.next
	} else {
		k.prev.next = k.next
	}
	if k.next == nil {
		l.last = k.prev
	} else {
		k.next.prev = k.prev
	}
	k.next, k.prev = nil, nil
}

// take returns an unused call. mu is held, so that spares are nobody else's while nobody polls.
func (c *channel) take() *call {
	if lead := c.leadNow(); lead == leadNone || lead == leadBell {
		if k := c.spares; k != nil {
			c.spares = k.next
			return k
		}
	}
	if k := c.unused; k != nil {
		c.unused = k.next
		return k
	}
	return newCall()
}

// recycle ends the use of a call. mu is held.
func (c *channel) recycle(k *call) {
	k.gen++
	k.starved = false
	k.observed = 0
	k.next = c.unused
	c.unused = k
}

// answerError is the error that an answer's status stands for. The mapping is in use, by leading or by a hold, if the answer lies in the arena.
func (c *channel) answerError(method uint16, code uint16, detail uint32, message []byte) error {
	switch code {
	case statusUnknownMethod:
		return fmt.Errorf("%w %d: the server has no handler for it", ErrUnknownMethod, method)
	case statusExpired:
		return errExpired
	case statusFailed:
		return &HandlerError{Method: method, Code: detail, Message: string(message)}
	case statusNoRoom:
		return ErrNoRoom
	case statusTooLarge:
		return tooLargeAnswer(message, c.segment.answerArena)
	case statusBadRequest:
		return badRequest(message)
	}
	return nil
}

// Pending is a call that was started by Post. It is a small value that may be copied; it is awaited or abandoned once.
type Pending struct {
	channel *channel
	call    *call
	gen     uint32
}

// Await waits for the answer and returns it appended to buf[:0], without an allocation if buf has room for it. It may be called by any goroutine, once:
// later it returns ErrAwaited. If ctx ends first the call is abandoned and its answer will be discarded. Other errors are Call's.
func (p Pending) Await(ctx context.Context, buf []byte) ([]byte, error) {
	if p.channel == nil || !p.channel.watched() {
		return p.await(ctx, buf)
	}
	answer, err := p.awaitWatched(ctx, nil)
	if err != nil || buf == nil {
		return answer, err
	}
	return append(buf[:0], answer...), nil
}

// await is Await for those who have seen to it that it is watched.
func (p Pending) await(ctx context.Context, buf []byte) ([]byte, error) {
	c, k := p.channel, p.call
	if c == nil {
		return nil, ErrAwaited
	}
	c.mu.Lock()
	if k.gen != p.gen {
		c.mu.Unlock()
		return nil, ErrAwaited
	}
	k.gen++
	keep := k.kept
	k.kept = nil
	if keep != nil {
		c.visit() // before its answer can come: that may lie in the segment
	}
	leading, end := c.leadUnlessDone(k)
	if keep != nil {
		c.mu.Unlock()
		return c.restart.await(ctx, c, k, keep, leading, end, buf)
	}
	if end == answered {
		return c.collectNow(k, buf)
	}
	c.mu.Unlock()
	if err := c.await(ctx, k, leading, end); err != nil {
		return nil, c.explainLate(err)
	}
	return c.collect(k, buf)
}

// within is Client.within with the deadline that the call was posted with.
func (p Pending) within(ctx context.Context, m *Method) (context.Context, *patience) {
	c, k := p.channel, p.call
	if c == nil || m.Deadline <= 0 {
		return ctx, nil
	}
	c.mu.Lock()
	var until time.Duration
	if k.gen == p.gen {
		until = k.until
	}
	c.mu.Unlock()
	return c.bounded(ctx, until)
}

// Abandon says that nobody will await the call: its answer is discarded when it comes. It does nothing after Await or Abandon.
func (p Pending) Abandon() {
	c, k := p.channel, p.call
	if c == nil {
		return
	}
	c.mu.Lock()
	if k.gen != p.gen {
		c.mu.Unlock()
		return
	}
	k.gen++
	ring := c.abandon(k)
	c.mu.Unlock()
	if ring {
		c.bell.ring()
	}
}

// abandon leaves a call whose answer is no longer wanted. mu is held; it says whether the server is to be rung.
func (c *channel) abandon(k *call) (ring bool) {
	c.counters.cancelled++
	if atomic.SwapUint32(&k.state, callAbandoned) != callDone {
		return false
	}
	// Answered meanwhile: there is no reaper to come, so it ends here.
	atomic.StoreUint32(&k.state, callDone)
	c.endTurn(k)
	if k.run != nil {
		return false
	}
	if k.region != nil {
		k.region.free()
		k.region = nil
	}
	if k.failure == nil && k.inArena() && !c.unmapped {
		ring = c.segment.ack(k.answer.ref())
	}
	if !k.owned {
		c.recycle(k)
	}
	return ring
}
