package ringcall

import (
	"context"
	"unsafe"
)

// What runs and batches do while they are watched. They lie in the heap anyway.

func (r *Run) watch(ctx context.Context, form Form, do func(context.Context) error) error {
	return r.channel.around(ctx, CallInfo{Name: "run", Form: form, Calls: r.Len()}, do)
}

func (r *FrameRun) watch(ctx context.Context, form Form, do func(context.Context) error) error {
	c, m := r.run.channel, r.method
	return c.around(ctx, c.infoOf(m.ID, m.Name, form, r.count), do)
}

func (r *RecordRun[Q, A]) watch(ctx context.Context, form Form, do func(context.Context) error) error {
	c, m := r.batch.channel, r.method
	return c.around(ctx, c.infoOf(m.ID, m.Name, form, r.count), do)
}

func (b *Batch) watch(ctx context.Context, form Form, do func(context.Context) error) error {
	return b.channel.around(ctx, b.channel.infoOf(b.method, "", form, b.count), do)
}

func (b *Batch) watchOf(ctx context.Context, m *Method, form Form, do func(context.Context) error) error {
	return b.channel.around(ctx, b.channel.infoOf(m.ID, m.Name, form, b.count), do)
}

// watch is run. Where there are interceptors requests and answers are copied: what a function value holds escapes.
func (e *each) watch(ctx context.Context) error {
	c, m := e.channel, e.method
	info := c.infoOf(m.ID, m.Name, FormRun, e.count)
	if len(c.hooks) == 0 {
		w := c.begin(ctx, &info)
		defer w.end()
		return m.explain(e.run(ctx))
	}
	requests, answers := e.bytes(e.requests, e.requestSize), e.bytes(e.answers, e.answerSize)
	own := &each{channel: c, method: m, count: e.count, requestSize: e.requestSize, answerSize: e.answerSize}
	own.requests, own.answers = wordsFor(len(requests)), wordsFor(len(answers))
	copy(own.bytes(own.requests, own.requestSize), requests)
	err := c.around(ctx, info, func(ctx context.Context) error { return m.explain(own.run(ctx)) })
	copy(answers, own.bytes(own.answers, own.answerSize))
	return err
}

// bytes are the requests' or answers'.
func (e *each) bytes(from unsafe.Pointer, size int) []byte {
	return unsafe.Slice((*byte)(from), e.count*size)
}

// wordsFor is room for size bytes, aligned to 8.
func wordsFor(size int) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(make([]uint64, (size+7)/8)))
}
