package ringcall

import (
	"context"
	"fmt"
	"unsafe"

	"github.com/ringcall/ringcall/go/internal/flat"
)

// View is an answer that is read where the server wrote it. It is a small value that may be copied; it is released once.
type View struct {
	channel *channel
	call    *call
	gen     uint32
	bytes   []byte
}

// view is Client.View.
func (c *channel) view(ctx context.Context, method uint16, request []byte) (View, error) {
	if c.watched() {
		return c.viewWatched(ctx, method, request)
	}
	return c.viewOf(ctx, method, request)
}

func (c *channel) viewOf(ctx context.Context, method uint16, request []byte) (View, error) {
	if c.restart != nil {
		a := c.restart.attempt(subject{id: method})
		return a.view(ctx, request)
	}
	k, leading, err := c.post(ctx, method, request, toWait)
	if err != nil {
		return View{}, ofMethod(err, method)
	}
	return c.awaitView(ctx, k, leading)
}

// awaitView waits for a call that nobody else knows of.
func (c *channel) awaitView(ctx context.Context, k *call, leading bool) (View, error) {
	if err := c.await(ctx, k, leading, unpolled); err != nil {
		return View{}, c.explainLate(err)
	}
	if k.failure != nil || k.answer.code != statusOK {
		_, err := c.collect(k, nil)
		return View{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	bytes := k.answer.words[:]
	v := View{channel: c, call: k, gen: k.gen}
	if k.spilled {
		v.bytes = k.payload
		return v, nil
	}
	if k.answer.shape != shapeArena {
		v.bytes = unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(bytes))), recordSizeMax)[:k.answer.shape:k.answer.shape]
		return v, nil
	}
	if c.unmapped {
		c.recycle(k)
		return View{}, ErrClosed
	}
	ref := k.answer.ref()
	c.holds++
	c.views++
	c.viewed += int(ref.size)
	v.bytes = c.segment.bytes(ref.offset, ref.size)
	return v, nil
}

// Bytes are the answer's, aligned to 16 bytes if they did not fit a slot. They are valid until Release, even if the client is closed before. The
// server can still write to those that did not fit a slot: where it is not to be trusted, copy first, then check, then use.
func (v View) Bytes() []byte { return v.bytes }

// Release gives the answer's room back to the server; its bytes must not be touched afterwards. It does nothing the second time.
func (v View) Release() {
	c, k := v.channel, v.call
	if c == nil {
		return
	}
	c.mu.Lock()
	if k.gen != v.gen {
		c.mu.Unlock()
		return
	}
	ring := false
	if k.inArena() {
		ref := k.answer.ref()
		c.views--
		c.viewed -= int(ref.size)
		ring = c.segment.ack(ref)
		c.unhold()
	}
	c.recycle(k)
	c.mu.Unlock()
	if ring {
		c.bell.ring()
	}
}

// crowdedError is ErrDeadline for a call whose answer may have waited for room that Views hold. What the server has free the client does not know.
type crowdedError struct{ views, bytes, arena int }

func (e *crowdedError) Error() string {
	return fmt.Sprintf("%v; views that are not released yet, %d of them, hold %d bytes of the answer arena's %d: answers may be waiting for that room",
		ErrDeadline, e.views, e.bytes, e.arena)
}

func (e *crowdedError) Unwrap() error { return ErrDeadline }
func (e *crowdedError) Timeout() bool { return true }

// explainLate is err, for which a call was not awaited any longer.
func (c *channel) explainLate(err error) error {
	if err != ErrDeadline {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.views == 0 {
		return err
	}
	return &crowdedError{c.views, c.viewed, int(c.segment.answerArena.size)}
}

// Records is b, the bytes of a Batch or View, as records of type T; nothing is copied. T must be free of pointers and laid out as the server's type:
// Go and C++ agree on structs of fixed-width numbers and arrays of them whose padding is explicit. It panics if T holds pointers, if b is not
// aligned for T, or if b is not a whole number of records.
//
// In bytes that the server can write to, a record may change under its reader; and a bool that it sets to another byte than 0 or 1 is neither true
// nor false to Go. Where the server is not to be trusted copy the records first, and let their fields be uint8 instead of bool.
func Records[T any](b []byte) []T {
	var zero T
	size := unsafe.Sizeof(zero)
	if !flat.Is[T]() || size == 0 {
		panic(fmt.Sprintf("ringcall: %s is no type for records: it holds pointers, or nothing", flat.Name[T]()))
	}
	if uintptr(len(b))%size != 0 {
		panic(fmt.Sprintf("ringcall: %d bytes are no whole number of %s, of %d bytes each", len(b), flat.Name[T](), size))
	}
	start := unsafe.Pointer(unsafe.SliceData(b))
	if uintptr(start)%unsafe.Alignof(zero) != 0 {
		panic(fmt.Sprintf("ringcall: the bytes are not aligned for %s, which asks for %d", flat.Name[T](), unsafe.Alignof(zero)))
	}
	return unsafe.Slice((*T)(start), uintptr(len(b))/size)
}
