package ringcall

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

var errNotReserved = errors.New("ringcall: the batch has no records; Reserve them first")

// Batch is one call that carries many records of one method, each of the same size, and returns as many answers. The caller fills the
// requests in where the server reads them and reads the answers where the server wrote them: nothing is copied, and a record costs a few
// nanoseconds. Several batches may be in flight at once. A Batch is reusable, and used by one goroutine at a time.
//
// Its cycle is Reserve, fill in, Post, Await, read Answers, Release.
type Batch struct {
	channel     *channel
	method      uint16
	requestSize int
	answerSize  int

	call     *call
	region   *region // nil: nothing is reserved
	count    int
	answerAt uint32
	answers  int
	stage    runStage
	parts    bool // its records are made singly once they are lost, so they, not it, may be suspects
}

// NewBatch makes a batch for a method whose requests and answers have these sizes, at most 65,535 bytes each; the server checks them.
func (c *Client) NewBatch(method uint16, requestSize, answerSize int) *Batch {
	k := newCall()
	k.owned = true
	return &Batch{channel: c.channel(), method: method, requestSize: requestSize, answerSize: answerSize, call: k}
}

// Reserve takes room for n records and their answers in the request arena, waiting for it within ctx, and returns the requests' bytes to
// be filled in: n times the request's size, with arbitrary content, aligned to 16 bytes. It releases what the batch held before.
// Records and answers that together exceed the arena are a *TooLargeError.
func (b *Batch) Reserve(ctx context.Context, n int) (requests []byte, err error) {
	b.Release()
	if b.requestSize < 1 || b.requestSize > math.MaxUint16 || b.answerSize < 0 || b.answerSize > math.MaxUint16 || n < 1 {
		return nil, fmt.Errorf("ringcall: a batch of %d records of %d bytes, answers of %d bytes: expected sizes of 1 to %d and a record at least",
			n, b.requestSize, b.answerSize, math.MaxUint16)
	}
	if err := b.moveOn(ctx); err != nil {
		return nil, err
	}
	if _, err := b.channel.admit(ctx); err != nil {
		return nil, err
	}
	if n > math.MaxInt32 {
		return nil, &TooLargeError{Size: math.MaxInt, Capacity: int(b.channel.arena.capacity())}
	}
	r, err := b.channel.reserve(ctx, b.answersAt(n)+n*b.answerSize)
	if errors.Is(err, ErrTooLarge) {
		return nil, fmt.Errorf("ringcall: a batch of %d records, %d bytes in and %d out: %w", n, b.requestSize, b.answerSize, err)
	}
	if err != nil {
		return nil, err
	}
	b.region = r
	return b.open(n), nil
}

// answersAt is where the answers to n records lie, behind these.
func (b *Batch) answersAt(n int) int { return (n*b.requestSize + arenaAlign - 1) &^ (arenaAlign - 1) }

// open makes the batch ready for n records in the region that it has: a new one, or, once it was awaited, one that had as many at least.
func (b *Batch) open(n int) (requests []byte) {
	b.count = n
	b.answerAt = b.region.offset + uint32(b.answersAt(n))
	b.stage = runOpen
	size := n * b.requestSize
	return b.channel.segment.bytes(b.region.offset, b.region.size)[:size:size]
}

// Post starts the batch and returns without waiting for it. The requests must not be written to afterwards. ctx bounds the wait for a slot of the
// ring, and its deadline is the batch's.
func (b *Batch) Post(ctx context.Context) error {
	if b.channel.watched() {
		return b.watch(ctx, FormPost, b.postOf)
	}
	return b.postOf(ctx)
}

func (b *Batch) postOf(ctx context.Context) error {
	_, err := b.post(ctx, false)
	return err
}

func (b *Batch) post(ctx context.Context, wait bool) (leading bool, err error) {
	if b.region == nil {
		return false, errNotReserved
	}
	if b.stage != runOpen {
		return false, errRunPosted
	}
	c := b.channel
	deadline, err := c.admit(ctx)
	if err != nil {
		return false, err
	}
	if c.restart != nil && !b.parts {
		if err := b.clear(ctx); err != nil {
			return false, err
		}
	}
	if err := c.lockToPost(ctx); err != nil {
		b.leaveTurn()
		return false, ofMethod(notPosted(err), b.method)
	}
	return b.publish(deadline, wait), nil
}

// publish posts the batch, for which there is room in the ring. mu is held on entry, not on return.
func (b *Batch) publish(deadline uint32, wait bool) (leading bool) {
	c := b.channel
	k := c.prepare(b.call, b.method)
	k.batch = uint32(b.count)
	k.region = b.region
	c.counters.batchRecords += uint64(b.count)
	// Field by field: made elsewhere and copied, it would be loaded wider than it was just stored, and that stalls.
	ref := (*batchRef)(c.ring.posted.next())
	ref.requestOffset = b.region.offset
	ref.answerOffset = b.answerAt
	ref.count = uint32(b.count)
	ref.requestSize = uint16(b.requestSize)
	ref.answerSize = uint16(b.answerSize)
	b.stage = runPosted
	return c.publishOne(k, b.method, deadline, shapeBatch, wait)
}

// Await waits until the batch is answered. If ctx ends first the batch is abandoned: it holds nothing then and the next step is Reserve.
// Errors are those of Call. Where the handler failed for one record, HandlerError says for which: those before it have their answers, it and those behind
// it have none, and those behind it did not run.
func (b *Batch) Await(ctx context.Context) error {
	if b.channel.watched() {
		return b.watch(ctx, FormAwait, b.awaitOf)
	}
	return b.awaitOf(ctx)
}

func (b *Batch) awaitOf(ctx context.Context) error {
	if b.region == nil || b.stage != runPosted {
		return errNotPosted
	}
	leading, end := b.channel.beginWait(b.call)
	return b.await(ctx, leading, end)
}

func (b *Batch) await(ctx context.Context, leading bool, end outcome) error {
	c, k := b.channel, b.call
	if err := c.await(ctx, k, leading, end); err != nil {
		b.forget()
		return c.explainLate(err)
	}
	c.endTurn(k)
	b.stage = runAwaited
	b.answers = 0
	switch {
	case k.failure != nil:
		return ofMethod(k.failure, k.method)
	case k.answer.code != statusOK:
		return b.failed()
	}
	b.answers = int(uint32(k.answer.words[0]))
	return nil
}

// failed is the error of an answer that is not OK. The batch's hold keeps the mapping.
func (b *Batch) failed() error {
	c, k := b.channel, b.call
	r := &k.answer
	var payload []byte
	if r.shape == shapeArena {
		ref := r.ref()
		payload = c.segment.bytes(ref.offset, ref.size)
		defer c.ack(ref)
	} else {
		payload = r.bytes()
	}
	if r.code != statusBatchFailed {
		return c.answerError(k.method, r.code, r.detail, payload)
	}
	at, message, ok := failedRecord(payload)
	if !ok || at >= k.batch {
		return fmt.Errorf("%w: a failure of record %d of %d", ErrBadAnswer, at, k.batch)
	}
	b.answers = int(at)
	return &HandlerError{Method: k.method, Code: r.detail, Message: message, InBatch: true, Record: int(at)}
}

// failedRecord reads the payload of the status RINGCALL_BATCH_FAILED, which the server may change meanwhile.
func failedRecord(payload []byte) (at uint32, message string, ok bool) {
	if len(payload) < batchFailedMessage {
		return 0, "", false
	}
	return binary.LittleEndian.Uint32(payload), string(payload[batchFailedMessage:]), true
}

// Do is Post and Await in one, and the fastest form of both.
func (b *Batch) Do(ctx context.Context) error {
	if b.channel.watched() {
		return b.watch(ctx, FormRun, b.doOf)
	}
	return b.doOf(ctx)
}

func (b *Batch) doOf(ctx context.Context) error {
	leading, err := b.post(ctx, true)
	if err != nil {
		return err
	}
	return b.await(ctx, leading, unpolled)
}

// Answers are the answers' bytes in the order of the requests, aligned to 16 bytes; empty before Await. They are valid until Release or
// Reserve, even if the client is closed before. The server can still write to them: where it is not to be trusted, copy first, then check, then use.
func (b *Batch) Answers() []byte {
	if b.region == nil || b.stage != runAwaited || b.answers == 0 {
		return nil
	}
	size := b.answers * b.answerSize
	return b.channel.segment.bytes(b.answerAt, uint32(size))[:size:size]
}

// Release gives the batch's room back; its bytes must not be touched afterwards. A batch in flight is abandoned. It does nothing if nothing is held.
func (b *Batch) Release() {
	if b.region == nil {
		return
	}
	c := b.channel
	if b.stage == runPosted {
		c.mu.Lock()
		ring := c.abandon(b.call)
		c.mu.Unlock()
		if ring {
			c.bell.ring()
		}
		b.forget()
		return
	}
	r := b.region
	b.region = nil
	c.release(r)
}

// forget leaves the region and the call to the answer that is to come.
func (b *Batch) forget() {
	b.region = nil
	b.stage = runOpen
	b.call = newCall()
	b.call.owned = true
	c := b.channel
	c.mu.Lock()
	c.feed()
	c.unhold()
	c.mu.Unlock()
}
