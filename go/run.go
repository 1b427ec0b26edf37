package ringcall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"
)

var (
	errRunFull    = errors.New("ringcall: the run is full")
	errRunPosted  = errors.New("ringcall: the run was posted; Reset it first")
	errRunVoid    = errors.New("ringcall: the run is void, its Post failed or its Await was cancelled; Reset it first")
	errNotPosted  = errors.New("ringcall: nothing was posted")
	errShortBatch = fmt.Errorf("%w: fewer answers than the batch has records", ErrBadAnswer)
	errNoAnswer   = errors.New("ringcall: no answer with this number, or the run was not awaited")
)

// Run is a number of calls that are posted together and awaited together, which costs a fraction of as many single calls. Several runs may be in
// flight at once. A Run is reusable, and used by one goroutine at a time.
type Run struct {
	channel  *channel
	body     *runBody
	capacity int
	apart    bool // it serves a FrameRun, which knows what its calls are
}

// NewRun makes a run of up to capacity calls, whose memory it allocates here. They may be more than the ring has slots.
func (c *Client) NewRun(capacity int) *Run {
	return c.newRun(capacity, false)
}

func (c *Client) newRun(capacity int, apart bool) *Run {
	r := &Run{channel: c.channel(), capacity: max(capacity, 0), apart: apart}
	r.body = r.newBody()
	return r
}

func (r *Run) newBody() *runBody {
	b := &runBody{
		apart:    r.apart,
		requests: make([]runRequest, 0, r.capacity),
		words:    make([]uint64, r.capacity*r.channel.recordSize/8),
		answers:  make([]runAnswer, r.capacity),
		room:     r.channel.recordSize,
	}
	b.call.wake = make(chan struct{}, 1)
	b.call.owned = true
	b.call.run = b
	return b
}

// Len is the number of calls that were added.
func (r *Run) Len() int { return len(r.body.requests) }

// Add adds a call. It copies request, so that the caller may reuse it at once, and does not wait. Requests that exceed the request arena are a
// *TooLargeError, and ErrArenaFull if it is the run's larger ones together that do.
func (r *Run) Add(method uint16, request []byte) error {
	b := r.body
	n := len(b.requests)
	if b.stage == runOpen && n < cap(b.requests) {
		to := unsafe.Add(unsafe.Pointer(unsafe.SliceData(b.words)), n*r.channel.recordSize)
		switch len(request) {
		case 8:
			*(*[8]byte)(to) = [8]byte(request)
			b.requests = append(b.requests, runRequest{method, 8})
			return nil
		case 16:
			*(*[16]byte)(to) = [16]byte(request)
			b.requests = append(b.requests, runRequest{method, 16})
			return nil
		}
	}
	room, err := r.reserve(method, len(request))
	copy(room, request)
	return err
}

// Reserve adds a call whose request is for the caller to fill in: size bytes, zero at first, aligned to 8, valid until the next Add, Reserve, Post or
// Do. Errors are Add's.
func (r *Run) Reserve(method uint16, size int) ([]byte, error) {
	room, err := r.reserve(method, size)
	clear(room)
	return room, err
}

// reserve is Reserve with arbitrary bytes.
func (r *Run) reserve(method uint16, size int) ([]byte, error) {
	b := r.body
	if err := b.stage.open(); err != nil {
		return nil, err
	}
	n := len(b.requests)
	if n == cap(b.requests) {
		return nil, fmt.Errorf("%w: it has %d calls", errRunFull, n)
	}
	room := r.channel.recordSize
	to := unsafe.Add(unsafe.Pointer(unsafe.SliceData(b.words)), n*room)
	if size <= room {
		b.requests = append(b.requests, runRequest{method, uint16(size)})
		return unsafe.Slice((*byte)(to), room)[:size:size], nil
	}
	at := (len(b.staged) + arenaAlign - 1) &^ (arenaAlign - 1)
	if capacity := int(r.channel.arena.capacity()); size > capacity {
		return nil, &TooLargeError{Size: size, Capacity: capacity}
	} else if at+size > capacity {
		return nil, fmt.Errorf("%w: the run's large requests have %d bytes without this one of %d, the arena %d", ErrArenaFull, at, size, capacity)
	}
	b.staged = slices.Grow(b.staged, at+size-len(b.staged))[:at+size]
	b.large++
	*(*arenaRef)(to) = arenaRef{offset: uint32(at), size: uint32(size)}
	b.requests = append(b.requests, runRequest{method, shapeArena})
	return b.staged[at : at+size : at+size], nil
}

// Post publishes the calls, in runs of up to 256, and returns without waiting for answers. If the ring has too little room, or the request arena for all of the run's
// requests that do not fit a slot, it waits for that within ctx, whose deadline is that of every call; so who holds room there, by a Frame, a Batch or
// a RecordRun, is not to wait for itself. After an error the run is void: Reset it; calls that were published already may run.
func (r *Run) Post(ctx context.Context) error {
	if r.channel.watched() {
		return r.watch(ctx, FormPost, r.postOf)
	}
	return r.postOf(ctx)
}

func (r *Run) postOf(ctx context.Context) error {
	_, err := r.post(ctx, false)
	return err
}

func (r *Run) post(ctx context.Context, wait bool) (leading bool, err error) {
	if err := r.body.stage.open(); err != nil {
		return false, err
	}
	if r.channel.restart != nil && !r.apart {
		if err := r.moveOn(); err != nil {
			r.voidBody()
			return false, notPosted(err)
		}
	}
	c, b := r.channel, r.body
	b.stage = runPosted
	b.posted = 0
	n := len(b.requests)
	b.left = n
	b.call.reset(0)
	if n == 0 {
		b.call.state = callDone
		return false, nil
	}
	deadline, err := c.admit(ctx)
	if err == nil && c.restart != nil && !r.apart && r.mustPostpone(ctx) {
		r.postpone()
		return false, nil
	}
	if err == nil && b.large != 0 {
		err = r.place(ctx)
	}
	for err == nil {
		if err = c.lockToPost(ctx); err != nil {
			break
		}
		b.posted += c.putRun(b, b.posted, deadline)
		ring := c.publish()
		if b.posted == n && b.region != nil {
			c.holds--
			c.counters.arenaCalls += uint64(b.large)
			c.counters.batchRecords += uint64(b.frames)
		}
		if wait && b.posted == n {
			if leading = c.leadOrYield(&b.call); leading {
				c.fresh = true
			}
		}
		c.mu.Unlock()
		if ring {
			c.bell.ring()
		}
		if b.posted == n {
			return leading, nil
		}
	}
	if b.posted == 0 {
		err = notPosted(err)
	} else {
		err = begun(err, true)
	}
	if c.restart != nil && isUnsent(err) {
		r.postpone()
		return false, nil
	}
	r.abandon()
	return false, err
}

// place copies what was staged into the arena, waiting for room there, and takes a hold.
func (r *Run) place(ctx context.Context) error {
	c, b := r.channel, r.body
	region, err := c.reserve(ctx, len(b.staged))
	if err != nil {
		return err
	}
	copy(c.segment.bytes(region.offset, region.size), b.staged)
	b.region, b.regionAt = region, region.offset
	b.inRegion = int32(b.large)
	return nil
}

// putRun puts as many of the run's requests as one published run may have now. mu is held, and the ring has room.
func (c *channel) putRun(b *runBody, from int, deadline uint32) (count int) {
	posted := &c.ring.posted
	count = min(len(b.requests)-from, runMax)
	if uint64(count) > c.roomEnd-posted.position {
		c.hasSlot()
		count = min(count, int(c.roomEnd-posted.position))
	}
	ids, words := c.ids, unsafe.Pointer(unsafe.SliceData(b.words))
	ring, position, room := posted.ring, posted.position, c.recordSize
	for i := range count {
		n := from + i
		q := b.requests[n]
		id := ids[position&ring.mask]
		c.enter(id, &b.call, uint32(n), uint32(position))
		record := unsafe.Add(words, n*room)
		if q.inArena() {
			(*arenaRef)(record).offset += b.region.offset
		}
		slot := ring.at(position)
		*wordAt(slot, slotRecord) = *wordAt(record, 0)
		*wordAt(slot, slotRecord+8) = *wordAt(record, 8)
		if room == recordSizeMax {
			*(*[4]uint64)(unsafe.Add(slot, strideSmall)) = *(*[4]uint64)(unsafe.Add(record, strideSmall-slotRecord))
		}
		// What put does, on locals: it would load and store its own fields for every record.
		*wordAt(slot, 8) = uint64(q.method) | uint64(id)<<16 | uint64(deadline)<<32
		if i != 0 {
			*slotWord(slot) = makeWord(position, 0, uint32(q.shape&shapeMask), posted.state)
		}
		position++
	}
	posted.pending, posted.firstShape = uint32(count), uint32(b.requests[from].shape&shapeMask)
	return count
}

// Await waits for all answers. It returns nil when they are there, although each may be an error of its own: see Answer. When the client is
// closed, its server gone or the channel corrupt it returns that, and Answer tells what became of each call. If ctx ends first the run is abandoned and
// void: answers are discarded as they come, and after Reset it is as new.
func (r *Run) Await(ctx context.Context) error {
	if r.channel.watched() {
		return r.watch(ctx, FormAwait, r.awaitOf)
	}
	return r.awaitOf(ctx)
}

func (r *Run) awaitOf(ctx context.Context) error {
	b := r.body
	switch b.stage {
	case runVoid:
		return errRunVoid
	case runPosted:
	default:
		return errNotPosted
	}
	leading, end := r.channel.beginWait(&b.call)
	return r.await(ctx, leading, end)
}

func (r *Run) await(ctx context.Context, leading bool, end outcome) error {
	b := r.body
	if err := r.channel.await(ctx, &b.call, leading, end); err != nil {
		r.voidBody()
		return r.channel.explainLate(err)
	}
	b.stage = runAwaited
	if len(b.failures) == 0 {
		return nil
	}
	if r.channel.restart != nil && !r.apart {
		return r.resend(ctx)
	}
	return b.failures[0]
}

// Do is Post and Await in one, and the fastest form of both.
func (r *Run) Do(ctx context.Context) error {
	if r.channel.watched() {
		return r.watch(ctx, FormRun, r.doOf)
	}
	return r.doOf(ctx)
}

func (r *Run) doOf(ctx context.Context) error {
	leading, err := r.post(ctx, true)
	if err != nil {
		return err
	}
	return r.await(ctx, leading, unpolled)
}

// Answer returns the answer to the call that was added as number i, from 0, or its error; see Call. The bytes are valid until Reset.
func (r *Run) Answer(i int) ([]byte, error) {
	b := r.body
	if b.stage != runAwaited || uint(i) >= uint(len(b.requests)) {
		return nil, errNoAnswer
	}
	a := b.answers[i]
	var answer []byte
	switch {
	case a.code == codeFailed:
		return nil, ofMethod(b.failures[a.detail], b.requests[i].method)
	case a.shape == shapeArena && b.apart:
		answer = b.pieces[b.record(uint32(i), r.channel.recordSize)[0]]
	case a.shape == shapeArena:
		words := b.record(uint32(i), r.channel.recordSize)
		answer = b.payloads[words[0]:][:words[1]:words[1]]
	default:
		answer = unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b.words)), i*r.channel.recordSize)), a.shape)
	}
	if a.code != statusOK {
		return nil, r.channel.answerError(b.requests[i].method, a.code, a.detail, answer)
	}
	return answer, nil
}

// Reset empties the run. If it was posted but not awaited its answers will be discarded.
func (r *Run) Reset() {
	r.empty()
	if r.channel.restart != nil {
		r.moveOn()
	}
}

func (r *Run) empty() {
	b := r.body
	if b.stage == runPosted && atomic.LoadUint32(&b.call.state) != callDone {
		r.abandon()
		b = r.body
	}
	b.stage = runOpen
	b.requests = b.requests[:0]
	b.staged = b.staged[:0]
	b.large = 0
	b.posted = 0
	b.frames = 0
	b.region = nil
	b.payloads = b.payloads[:0]
	clear(b.pieces)
	b.pieces = b.pieces[:0]
	b.failures = b.failures[:0]
}

// abandon leaves what was posted to its answers, gives back what was not and takes a new body.
func (r *Run) abandon() {
	c, b := r.channel, r.body
	var unposted int32
	for _, q := range b.requests[b.posted:] {
		if q.inArena() {
			unposted++
		}
	}
	c.mu.Lock()
	c.abandon(&b.call)
	if b.region != nil && b.posted < len(b.requests) {
		if unposted != 0 { // or else the last answer has freed it, and it may be another call's by now
			b.leaveRegion(unposted)
		}
		c.feed()
		c.unhold()
	}
	c.mu.Unlock()
	r.voidBody()
}

// voidBody leaves the body to the answers that are to come and takes a new one.
func (r *Run) voidBody() {
	r.body = r.newBody()
	r.body.stage = runVoid
}
