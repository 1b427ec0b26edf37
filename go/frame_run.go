package ringcall

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unsafe"
)

const (
	frameHead       = int(unsafe.Sizeof(frameRequest{}))
	frameAnswerHead = int(unsafe.Sizeof(frameAnswer{}))
	framesDoneHead  = int(unsafe.Sizeof(framesDone{}))
)

// FrameRun is a number of calls to one method, with requests and answers of any size, that are posted together and awaited together. Each call has an outcome
// of its own, as in a Run; requests travel one behind another, and so do answers, so that a call costs little more than the copies of its bytes.
//
// Several runs may be in flight at once. A FrameRun is reusable, and used by one goroutine at a time. A method that runs on a worker does not take it: that is
// ErrBadRequest.
type FrameRun struct {
	method   *Method
	run      *Run // its calls are the parts
	capacity int
	most     int // bytes of a part, unless one frame alone has more
	count    int
	parts    []framePart
	next     []framePart
	answers  []frameOutcome
	pieces   [][]byte // where they lie
	failures []error
	until    time.Duration // the method's deadline, on the client's clock; 0: none
	deadline time.Time     // with restart: that of the post's context; zero: none
}

// framePart is what one call of the run carries: the frames from one on, up to another, or the kept answer of one.
type framePart struct {
	from, to int
	at, size int  // in what is staged
	alone    bool // the frame is too large to travel with others: an ordinary call, without a head
	ticket   uint32
	request  []byte // with restart: of the call whose answer was kept
}

// frameOutcome is that of one frame.
type frameOutcome struct {
	piece    uint32
	at, size uint32 // of the answer or message in its piece
	code     uint32 // of a failure; with codeFailed, which of failures
	status   uint16
}

// NewFrameRun makes a run of up to capacity calls. Memory for their bytes comes as they are added, and stays.
func NewFrameRun(c *Client, m *Method, capacity int) *FrameRun {
	capacity = max(capacity, 0)
	return &FrameRun{
		method: m, run: c.newRun(capacity, true), capacity: capacity, most: partMost(c.channel()), answers: make([]frameOutcome, capacity),
	}
}

// partMost is a fraction of what the server has for answers, so that those to one part, if they are like their requests, find room together.
func partMost(c *channel) int { return int(c.segment.answerArena.size) / 4 }

// Len is the number of calls that were added.
func (r *FrameRun) Len() int { return r.count }

// Reserve adds a call whose request is for the caller to fill in: size bytes, zero at first, aligned to 8, valid until the next Reserve, Post or Do. Requests
// that exceed the request arena are a *TooLargeError, and ErrArenaFull if it is the run's together that do.
func (r *FrameRun) Reserve(size int) ([]byte, error) {
	b := r.run.body
	if err := b.stage.open(); err != nil {
		return nil, r.method.explain(err)
	}
	if r.count == r.capacity {
		return nil, r.method.explain(fmt.Errorf("%w: it has %d calls", errRunFull, r.count))
	}
	need := frameHead + padFrame(size)
	alone := need > r.most
	at := len(b.staged)
	if last := len(r.parts) - 1; alone || last < 0 || r.parts[last].alone || r.parts[last].size+need > r.most {
		at = (at + arenaAlign - 1) &^ (arenaAlign - 1)
		r.parts = append(r.parts, framePart{from: r.count, to: r.count, at: at, alone: alone})
	}
	if alone {
		need = size
	}
	if capacity := int(r.run.channel.arena.capacity()); at+need > capacity {
		return nil, r.method.explain(r.exceeds(size, at, capacity))
	}
	b.staged = slices.Grow(b.staged, at+need-len(b.staged))[:at+need]
	frame := b.staged[at : at+need : at+need]
	clear(frame)
	part := &r.parts[len(r.parts)-1]
	part.to++
	part.size = at + need - part.at
	r.count++
	if alone {
		return frame, nil
	}
	(*frameRequest)(unsafe.Pointer(&frame[0])).size = uint32(size)
	return frame[frameHead : frameHead+size : frameHead+size], nil
}

func padFrame(size int) int { return (size + frameAlign - 1) &^ (frameAlign - 1) }

// exceeds is the error of a request of size bytes that does not fit behind what is staged.
func (r *FrameRun) exceeds(size, at, capacity int) error {
	if last := len(r.parts) - 1; r.parts[last].size == 0 {
		r.parts = r.parts[:last]
	}
	if size > capacity {
		return &TooLargeError{Size: size, Capacity: capacity}
	}
	return fmt.Errorf("%w: the run's requests have %d bytes without this one of %d, the arena %d", ErrArenaFull, at, size, capacity)
}

// Post publishes the calls and returns without waiting for answers. It waits, within ctx, for room in the request arena and the ring. The deadline of ctx is
// that of every call; without one the method's is. After an error the run is void: Reset it; calls that were published already may run.
func (r *FrameRun) Post(ctx context.Context) error {
	if r.run.channel.watched() {
		return r.watch(ctx, FormPost, r.postOf)
	}
	return r.postOf(ctx)
}

func (r *FrameRun) postOf(ctx context.Context) error {
	r.until = r.run.channel.untilOf(r.method)
	ctx, p := r.run.channel.bounded(ctx, r.until)
	_, err := r.begin(ctx, false)
	p.end()
	return r.method.explain(err)
}

func (r *FrameRun) post(ctx context.Context, wait bool) (leading bool, err error) {
	if err := r.run.body.stage.open(); err != nil {
		return false, err
	}
	r.describe()
	return r.run.post(ctx, wait)
}

// describe makes the run's calls of the parts.
func (r *FrameRun) describe() {
	b := r.run.body
	for i, part := range r.parts {
		record := (*framesRef)(unsafe.Pointer(&b.record(uint32(i), r.run.channel.recordSize)[0]))
		if part.ticket != 0 {
			*record = framesRef{ticket: part.ticket}
			b.requests = append(b.requests, runRequest{r.method.ID, shapeKept})
			continue
		}
		b.large++
		if part.alone {
			*(*arenaRef)(unsafe.Pointer(record)) = arenaRef{offset: uint32(part.at), size: uint32(part.size)}
			b.requests = append(b.requests, runRequest{r.method.ID, shapeArena})
			continue
		}
		*record = framesRef{offset: uint32(part.at), size: uint32(part.size), count: uint32(part.to - part.from)}
		b.requests = append(b.requests, runRequest{r.method.ID, shapeFrames})
	}
}

// begin posts the run as it was filled.
func (r *FrameRun) begin(ctx context.Context, wait bool) (leading bool, err error) {
	if r.run.channel.restart != nil && r.run.body.stage == runOpen {
		r.moveOn(ctx)
		if r.mustBeAlone() {
			return false, r.postpone()
		}
	}
	r.run.body.frames = r.together()
	return r.post(ctx, wait)
}

// together is how many of the calls travel with others, or could.
func (r *FrameRun) together() (count int) {
	for _, part := range r.parts {
		if !part.alone {
			count += part.to - part.from
		}
	}
	return count
}

// Await waits for all answers. It returns nil when they are there, although each may be an error of its own: see Answer. When the client is
// closed, its server gone or the channel corrupt it returns that, and Answer tells what became of each call. If ctx ends first the run is void: its answers
// are discarded as they come, and after Reset it is as new.
func (r *FrameRun) Await(ctx context.Context) error {
	if r.run.channel.watched() {
		return r.watch(ctx, FormAwait, r.awaitOf)
	}
	return r.awaitOf(ctx)
}

func (r *FrameRun) awaitOf(ctx context.Context) error {
	if r.run.body.stage != runPosted {
		return r.method.explain(r.run.awaitOf(ctx)) // which says why not
	}
	ctx, p := r.run.channel.bounded(ctx, r.until)
	err := r.settle(ctx, r.run.awaitOf(ctx))
	p.end()
	return r.method.explain(err)
}

// Do is Post and Await in one, and the fastest form of both.
func (r *FrameRun) Do(ctx context.Context) error {
	if r.run.channel.watched() {
		return r.watch(ctx, FormRun, r.doOf)
	}
	return r.doOf(ctx)
}

func (r *FrameRun) doOf(ctx context.Context) error {
	ctx, p := r.run.channel.within(ctx, r.method)
	leading, err := r.begin(ctx, true)
	if err == nil {
		err = r.settle(ctx, r.run.await(ctx, leading, unpolled))
	}
	p.end()
	return r.method.explain(err)
}

// settle takes the outcome of the parts, and of those by which the run goes on where the server had no room for all answers.
func (r *FrameRun) settle(ctx context.Context, err error) error {
	for again := false; ; again = true {
		b := r.run.body
		if b.stage != runAwaited {
			return begun(err, again)
		}
		gone := err
		for i, part := range r.parts {
			r.settlePart(b, i, part)
		}
		if gone != nil {
			r.failNext(notPosted(gone))
			return r.endGone(ctx, gone)
		}
		if len(r.next) == 0 {
			return nil
		}
		var leading bool
		if leading, err = r.goOn(ctx); err != nil {
			r.next = append(r.next[:0], r.parts...)
			r.failNext(err)
			r.run.body.stage = runAwaited
			return begun(err, true)
		}
		err = r.run.await(ctx, leading, unpolled)
	}
}

// endGone ends a run whose channel has ended.
func (r *FrameRun) endGone(ctx context.Context, gone error) error {
	if r.run.channel.restart != nil {
		gone = r.callSingly(ctx)
	}
	for _, a := range r.answers[:r.count] {
		if a.status != codeFailed || !errors.Is(r.failures[a.code], ErrNeverStarted) {
			return begun(gone, true)
		}
	}
	return gone
}

// goOn posts what is left. What it moves to the front of the staged bytes lay behind that: before each rest a frame at least has gone.
func (r *FrameRun) goOn(ctx context.Context) (leading bool, err error) {
	b := r.run.body
	staged := b.staged
	r.run.empty()
	for i := range r.next {
		part := &r.next[i]
		if part.ticket != 0 {
			continue
		}
		at := (len(b.staged) + arenaAlign - 1) &^ (arenaAlign - 1)
		b.staged = b.staged[:at+part.size]
		copy(b.staged[at:], staged[part.at:part.at+part.size])
		part.at = at
	}
	r.parts, r.next = r.next, r.parts[:0]
	return r.post(ctx, true)
}

// Answer returns the answer to the call that was added as number i, from 0, or its error; see Call. The bytes are the caller's own, aligned to 8; they share their
// memory, of up to a quarter of the answer arena, with answers to other calls of the run.
func (r *FrameRun) Answer(i int) ([]byte, error) {
	if r.run.body.stage != runAwaited || uint(i) >= uint(r.count) {
		return nil, r.method.explain(errNoAnswer)
	}
	a := r.answers[i]
	if a.status == codeFailed {
		return nil, r.method.explain(r.failures[a.code])
	}
	answer := r.pieces[a.piece][a.at:][:a.size:a.size]
	if a.status != statusOK {
		return nil, r.method.explain(r.run.channel.answerError(r.method.ID, a.status, a.code, answer))
	}
	return answer, nil
}

// Reset empties the run. If it was posted but not awaited its answers will be discarded.
func (r *FrameRun) Reset() {
	r.run.Reset()
	r.most = partMost(r.run.channel)
	clear(r.pieces)
	r.pieces = r.pieces[:0]
	clear(r.failures)
	r.failures = r.failures[:0]
	r.parts, r.next = r.parts[:0], r.next[:0]
	r.count = 0
}
