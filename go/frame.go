package ringcall

import (
	"context"
	"slices"
	"sync"
	"time"
	"unsafe"
)

// Frame is a request of variable size that is filled in where the server reads it: in the request arena, or, if it fits a slot, in memory of its own. It
// belongs to one goroutine. Call, Post, View, Send and Discard consume it, whether they succeed or not: neither it nor its bytes may be used afterwards.
type Frame struct {
	channel *channel
	method  *Method
	until   time.Duration // the method's deadline for contexts without one; 0: none
	size    int
	region  *region // nil: the request lies in inline
	inline  [recordSizeMax / 8]uint64
	private []byte // instead of the arena, of a client with restart
}

// One that was consumed is reused, by any client.
var frames = sync.Pool{New: func() any { return new(Frame) }}

func (c *channel) newFrame(ctx context.Context, m *Method, size int) (*Frame, error) {
	f := frames.Get().(*Frame)
	f.channel = c
	f.method = m
	f.until = c.untilOf(m)
	f.size = size
	if size <= c.recordSize || c.restart != nil && size <= recordSizeMax {
		clear(f.inline[:])
		return f, nil
	}
	if c.restart != nil {
		return f.keepPrivate()
	}
	bounded, p := c.bounded(ctx, f.until)
	_, err := c.admit(bounded)
	if err == nil {
		f.region, err = c.reserve(bounded, size)
	}
	p.end()
	if err != nil {
		f.recycle()
		return nil, m.explain(err)
	}
	clear(f.Bytes())
	return f, nil
}

// keepPrivate takes memory that a lost server does not take along. The request is copied into the arena when it is sent.
func (f *Frame) keepPrivate() (*Frame, error) {
	m := f.method
	if capacity := int(f.channel.arena.capacity()); f.size > capacity {
		err := &TooLargeError{Size: f.size, Capacity: capacity}
		f.recycle()
		return nil, m.explain(err)
	}
	f.private = slices.Grow(f.private[:0], f.size)[:f.size]
	clear(f.private)
	return f, nil
}

// Bytes are the request's, all zero at first and aligned to 8 bytes. They are valid until the frame is consumed.
func (f *Frame) Bytes() []byte {
	if f.region != nil {
		return f.channel.segment.bytes(f.region.offset, f.region.size)[:f.size:f.size]
	}
	if f.size > recordSizeMax {
		return f.private
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&f.inline)), recordSizeMax)[:f.size:f.size]
}

// Call posts the request and waits for its answer, which it returns in memory of its size that is the caller's own, aligned to 8 bytes; nil if the answer
// is empty. Errors are those of Client.Call, as Method.Error shows them.
func (f *Frame) Call(ctx context.Context) ([]byte, error) {
	if f.channel.watched() {
		return f.callWatched(ctx)
	}
	return f.callOf(ctx)
}

func (f *Frame) callOf(ctx context.Context) ([]byte, error) {
	c, m := f.channel, f.method
	ctx, p := c.bounded(ctx, f.until)
	answer, err := f.call(ctx)
	p.end()
	if err != nil {
		return nil, m.explain(err)
	}
	return answer, nil
}

func (f *Frame) call(ctx context.Context) ([]byte, error) {
	c := f.channel
	if c.restart != nil {
		a := c.restart.attempt(f.method.subject())
		answer, err := a.call(ctx, f.Bytes(), nil)
		f.recycle()
		return answer, err
	}
	k, leading, err := f.post(ctx, toWait)
	if err != nil {
		return nil, err
	}
	return c.awaitOwn(ctx, k, leading, nil)
}

// Post starts the call and returns without waiting for its answer, for AwaitFrame or AwaitRecord; see Client.Post.
func (f *Frame) Post(ctx context.Context) (Pending, error) {
	if f.channel.watched() {
		return f.postWatched(ctx)
	}
	return f.postOf(ctx)
}

func (f *Frame) postOf(ctx context.Context) (Pending, error) {
	c, m := f.channel, f.method
	ctx, p := c.bounded(ctx, f.until)
	pending, err := f.start(ctx)
	p.end()
	if err != nil {
		return Pending{}, m.explain(err)
	}
	return pending, nil
}

func (f *Frame) start(ctx context.Context) (Pending, error) {
	c := f.channel
	if c.restart != nil {
		pending, err := c.restart.start(ctx, f.method.subject(), f.Bytes())
		f.recycle()
		return pending, err
	}
	k, _, err := f.post(ctx, toAwait)
	if err != nil {
		return Pending{}, err
	}
	return Pending{c, k, k.gen}, nil
}

// Send posts a call whose answer nobody wants; see Client.Send.
func (f *Frame) Send(ctx context.Context) error {
	if f.channel.watched() {
		return f.watch(ctx, FormSend, f.sendOf)
	}
	return f.sendOf(ctx)
}

func (f *Frame) sendOf(ctx context.Context) error {
	c, m := f.channel, f.method
	ctx, p := c.bounded(ctx, f.until)
	err := f.send(ctx)
	p.end()
	return m.explain(err)
}

func (f *Frame) send(ctx context.Context) error {
	if c := f.channel; c.restart != nil {
		a := c.restart.attempt(f.method.subject())
		err := a.send(ctx, f.Bytes())
		f.recycle()
		return err
	}
	_, _, err := f.post(ctx, toForget)
	return err
}

// View is Call without a copy of the answer; see Client.View.
func (f *Frame) View(ctx context.Context) (View, error) {
	if f.channel.watched() {
		return f.viewWatched(ctx)
	}
	return f.viewOf(ctx)
}

func (f *Frame) viewOf(ctx context.Context) (View, error) {
	c, m := f.channel, f.method
	ctx, p := c.bounded(ctx, f.until)
	v, err := f.view(ctx)
	p.end()
	if err != nil {
		return View{}, m.explain(err)
	}
	return v, nil
}

func (f *Frame) view(ctx context.Context) (View, error) {
	c := f.channel
	if c.restart != nil {
		a := c.restart.attempt(f.method.subject())
		v, err := a.view(ctx, f.Bytes())
		f.recycle()
		return v, err
	}
	k, leading, err := f.post(ctx, toWait)
	if err != nil {
		return View{}, err
	}
	return c.awaitView(ctx, k, leading)
}

// Discard gives the room back without a call. It does nothing right behind what consumed the frame, so that it may be deferred.
func (f *Frame) Discard() {
	if f.channel == nil {
		return
	}
	if f.region != nil {
		f.channel.release(f.region)
	}
	f.recycle()
}

// post consumes the frame.
func (f *Frame) post(ctx context.Context, to purpose) (k *call, leading bool, err error) {
	c := f.channel
	if f.region == nil {
		k, leading, err = c.post(ctx, f.method.ID, f.Bytes(), to)
		f.recycle()
		return k, leading, err
	}
	r, id, size := f.region, f.method.ID, f.size
	f.recycle()
	deadline, err := c.admit(ctx)
	if err != nil {
		c.release(r)
		return nil, false, err
	}
	return c.postRegion(ctx, id, deadline, r, size, 0, to)
}

func (f *Frame) recycle() {
	f.channel = nil
	f.method = nil
	f.region = nil
	if cap(f.private) > payloadKept {
		f.private = nil
	}
	frames.Put(f)
}

// AwaitFrame waits for the answer to what Frame.Post posted and returns it as Frame.Call does. If neither ctx nor the post's context has a deadline
// the method's applies, counted from NewFrame. It may be called by any goroutine, once.
func AwaitFrame(ctx context.Context, p Pending, m *Method) ([]byte, error) {
	if p.channel != nil && p.channel.watched() {
		return p.awaitWatched(ctx, m)
	}
	return p.awaitOf(ctx, m, nil)
}

func (p Pending) awaitOf(ctx context.Context, m *Method, buf []byte) ([]byte, error) {
	ctx, w := p.within(ctx, m)
	answer, err := p.await(ctx, buf)
	w.end()
	if err != nil {
		return nil, m.explain(err)
	}
	return answer, nil
}
