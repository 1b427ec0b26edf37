package ringcall

import (
	"context"
	"errors"
	"sync/atomic"
	"unsafe"
)

// What a Run of a client with restart does beyond one channel: calls that were not posted, or were lost with their server, are made one at a time when
// they are awaited.

// request is what was added, until its answer comes.
func (b *runBody) request(index uint32) []byte {
	words := b.record(index, b.room)
	q := b.requests[index]
	if q.shape != shapeArena {
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), b.room)[:q.shape]
	}
	ref := (*arenaRef)(unsafe.Pointer(unsafe.SliceData(words)))
	at := ref.offset
	if int(index) < b.posted {
		at -= b.regionAt
	}
	return b.staged[at:][:ref.size]
}

// moveOn takes an open run to the client's present channel, whose records may have another size.
func (r *Run) moveOn() error {
	r.channel = r.channel.restart.client.channel()
	old := r.body
	if old.room == r.channel.recordSize {
		return nil
	}
	r.body = r.newBody()
	for i, q := range old.requests {
		if err := r.Add(q.method, old.request(uint32(i))); err != nil {
			return err
		}
	}
	return nil
}

// mustPostpone says whether the run cannot be posted as it is: there is no server, or it has a suspect.
func (r *Run) mustPostpone(ctx context.Context) bool {
	c, b := r.channel, r.body
	b.until, _ = ctx.Deadline()
	if atomic.LoadUint32(&c.stop) != 0 {
		return c.restart.closing.Err() == nil
	}
	suspects := &c.restart.suspects
	for i, q := range b.requests {
		if !suspects.any() {
			break
		}
		if suspects.has(q.method, b.request(uint32(i))) {
			return true
		}
	}
	return false
}

// postpone leaves all calls, of which none was posted, to Await.
func (r *Run) postpone() {
	b := r.body
	if b.region != nil {
		r.channel.release(b.region)
		b.region = nil
	}
	b.failures = append(b.failures[:0], errUnsent)
	for i := range b.requests {
		b.answers[i] = runAnswer{code: codeFailed}
	}
	b.left = 0
	b.call.state = callDone
}

// resend makes the calls that have failed for want of a server, and may be made again. It returns the first loss that remains.
func (r *Run) resend(ctx context.Context) (lost error) {
	b := r.body
	failures := b.failures
	b.failures = nil
	for i, q := range b.requests {
		if b.answers[i].code != codeFailed {
			continue
		}
		a := r.channel.restart.attempt(subject{id: q.method})
		request := b.request(uint32(i))
		var answer []byte
		again, err := a.end(failures[b.answers[i].detail], request)
		if again {
			answer, err = a.callBy(ctx, b.until, request, nil)
		}
		if err == nil {
			b.put(uint32(i), answer)
			continue
		}
		b.answers[i].detail = uint32(len(b.failures))
		b.failures = append(b.failures, err)
		if lost == nil && isLoss(err) {
			lost = err
		}
	}
	if lost == nil {
		return nil
	}
	for _, a := range b.answers[:len(b.requests)] {
		if a.code != codeFailed || !errors.Is(b.failures[a.detail], ErrNeverStarted) {
			return begun(lost, true)
		}
	}
	return lost
}

// put takes an answer that did not come in a run.
func (b *runBody) put(index uint32, answer []byte) {
	words := b.record(index, b.room)
	shape := len(answer)
	if shape > b.room {
		shape = shapeArena
		words[0], words[1] = uint64(len(b.payloads)), uint64(len(answer))
		b.payloads = append(b.payloads, answer...)
	} else {
		copy(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), b.room), answer)
	}
	b.answers[index] = runAnswer{code: statusOK, shape: uint16(shape)}
}

// isLoss says whether err is of the client or its server rather than of the one call.
func isLoss(err error) bool {
	for _, loss := range []error{ErrServerGone, ErrClosed, ErrCorrupt, ErrDeadline, context.Canceled} {
		if errors.Is(err, loss) {
			return true
		}
	}
	return false
}
