package ringcall

import (
	"context"
	"time"
	"unsafe"

	"github.com/ringcall/ringcall/go/internal/flat"
)

// RecordBatch is a Batch whose records are of type Q, and its answers of type A: one call that carries many requests, filled in where the server reads
// them. It is reusable, and used by one goroutine at a time; several may be in flight at once.
//
// Its cycle is Reserve, fill in, Post, Await, read Answers, Release. The method's deadline, for a context that has none, counts from Reserve for the wait for
// room, and anew from Post or Do.
type RecordBatch[Q, A any] struct {
	method *Method
	batch  *Batch
	until  time.Duration // the posted batch's deadline for contexts without one; 0: none
	bools  []uintptr     // the offsets of those in A
	copies []A           // of the answers, if they hold bools
}

// NewRecordBatch makes a batch. Q and A are laid out as the server's types are and hold no pointers, or it panics; each has at most 65,535 bytes, and Q one at
// least.
func NewRecordBatch[Q, A any](c *Client, m *Method) *RecordBatch[Q, A] {
	mustBeFlat[Q]()
	mustBeFlat[A]()
	return &RecordBatch[Q, A]{method: m, batch: c.NewBatch(m.ID, sizeOf[Q](), sizeOf[A]()), bools: flat.Bools[A]()}
}

func sizeOf[T any]() int {
	var zero T
	return int(unsafe.Sizeof(zero))
}

// recordsOf is b, memory of the segment or nil, as its whole records of a flat type that has bytes.
func recordsOf[T any](b []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/sizeOf[T]())
}

// Reserve takes room for n requests and their answers, and returns the requests to be filled in, with arbitrary content; see Batch.Reserve. They
// must not be touched after Post or Do.
func (b *RecordBatch[Q, A]) Reserve(ctx context.Context, n int) ([]Q, error) {
	ctx, p := b.batch.channel.within(ctx, b.method)
	room, err := b.batch.Reserve(ctx, n)
	p.end()
	if err != nil {
		return nil, b.method.explain(err)
	}
	return recordsOf[Q](room), nil
}

// Post starts the batch and returns without waiting for it; see Batch.Post.
func (b *RecordBatch[Q, A]) Post(ctx context.Context) error {
	if b.batch.channel.watched() {
		return b.batch.watchOf(ctx, b.method, FormPost, b.post)
	}
	return b.post(ctx)
}

func (b *RecordBatch[Q, A]) post(ctx context.Context) error {
	b.until = b.batch.channel.untilOf(b.method)
	ctx, p := b.batch.channel.bounded(ctx, b.until)
	err := b.batch.postOf(ctx)
	p.end()
	return b.method.explain(err)
}

// Await waits until the batch is answered; see Batch.Await.
func (b *RecordBatch[Q, A]) Await(ctx context.Context) error {
	if b.batch.channel.watched() {
		return b.batch.watchOf(ctx, b.method, FormAwait, b.await)
	}
	return b.await(ctx)
}

func (b *RecordBatch[Q, A]) await(ctx context.Context) error {
	ctx, p := b.batch.channel.bounded(ctx, b.until)
	err := b.batch.awaitOf(ctx)
	p.end()
	return b.method.explain(err)
}

// Do is Post and Await in one, and the fastest form of both.
func (b *RecordBatch[Q, A]) Do(ctx context.Context) error {
	if b.batch.channel.watched() {
		return b.batch.watchOf(ctx, b.method, FormRun, b.do)
	}
	return b.do(ctx)
}

func (b *RecordBatch[Q, A]) do(ctx context.Context) error {
	ctx, p := b.batch.channel.within(ctx, b.method)
	err := b.batch.doOf(ctx)
	p.end()
	return b.method.explain(err)
}

// Answers are the answers in the order of the requests; empty before Await, and only those before the record that failed if one did. They are valid until
// Release or Reserve, even if the client is closed before. They lie where the server wrote them and can still write to them: where it is not to be trusted
// copy first, then check, then use. If A holds bools they are a copy, in which every bool is true or false.
func (b *RecordBatch[Q, A]) Answers() []A {
	if sizeOf[A]() == 0 {
		return make([]A, b.answered())
	}
	answers := recordsOf[A](b.batch.Answers())
	if len(b.bools) == 0 {
		return answers
	}
	b.copies = append(b.copies[:0], answers...)
	for i := range b.copies {
		for _, at := range b.bools {
			p := (*uint8)(unsafe.Add(unsafe.Pointer(&b.copies[i]), at))
			*p = min(*p, 1)
		}
	}
	return b.copies
}

func (b *RecordBatch[Q, A]) answered() int {
	if b.batch.region == nil || b.batch.stage != runAwaited {
		return 0
	}
	return b.batch.answers
}

// Release gives the batch's room back; its requests and answers must not be touched afterwards. A batch in flight is abandoned. It does nothing if nothing
// is held.
func (b *RecordBatch[Q, A]) Release() { b.batch.Release() }
