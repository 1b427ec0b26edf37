package ringcall

import (
	"context"
	"unsafe"

	"github.com/ringcall/ringcall/go/internal/ahead"
)

// shortRun is how many bytes of requests, and of answers, a run may have to be short: it is posted under one lock, and what it is answered with taken
// under one. With longer ones others would wait for the copies.
const shortRun = 4096

// sendShort is send for a short run that finds room at once; it says whether it was one. If not nothing was done.
func (r *RecordRun[Q, A]) sendShort(ctx context.Context, wait bool) (leading, posted bool) {
	b := r.batch
	c, n := b.channel, r.count
	if n*b.requestSize > shortRun || n*b.answerSize > shortRun || c.restart != nil {
		return false, false
	}
	deadline, err := c.admit(ctx)
	if err != nil {
		return false, false
	}
	c.mu.Lock()
	if c.ring.posted.position != c.roomEnd {
		b.region = c.reserveNow(b.answersAt(n) + n*b.answerSize)
	}
	if b.region == nil {
		c.mu.Unlock()
		return false, false
	}
	copy(recordsOf[Q](b.open(n)), r.requests[:n])
	return b.publish(deadline, wait), true
}

// awaitPosted waits for what was posted, and takes its outcome.
func (r *RecordRun[Q, A]) awaitPosted(ctx context.Context) error {
	c, k := r.batch.channel, r.batch.call
	r.fetchAnswers()
	c.mu.Lock()
	leading, end := c.leadUnlessDone(k)
	taken := end == answered && r.takeShort()
	c.mu.Unlock()
	if taken {
		return nil
	}
	return r.awaitLeading(ctx, leading, end)
}

// fetchAnswers asks for the answers, which most likely are there: who keeps several runs in flight awaits the one that was posted first.
func (r *RecordRun[Q, A]) fetchAnswers() {
	size := min(r.count*r.batch.answerSize, fetchedMost)
	ahead.Read(unsafe.Pointer(unsafe.SliceData(r.batch.channel.segment.bytes(r.batch.answerAt, uint32(size)))), size)
}

// fetchedMost is about what the processor brings side by side.
const fetchedMost = 1024

// awaitLeading is awaitPosted for who leads, or need not, or follows already.
func (r *RecordRun[Q, A]) awaitLeading(ctx context.Context, leading bool, end outcome) error {
	c, k := r.batch.channel, r.batch.call
	if leading {
		end = c.poll(k, ctx)
		if end == answered {
			c.mu.Lock()
			taken := r.takeShort()
			if taken {
				c.passOn(nil)
			}
			c.mu.Unlock()
			if taken {
				return nil
			}
		}
	}
	return r.settle(ctx, r.batch.await(ctx, leading, end))
}

// takeShort is settle for a short run all of whose calls went well; it says whether it was one. If not nothing was done. mu is held.
func (r *RecordRun[Q, A]) takeShort() bool {
	b, k := r.batch, r.batch.call
	if k.failure != nil || k.answer.code != statusOK || int(uint32(k.answer.words[0])) != r.count || r.count*b.answerSize > shortRun {
		return false
	}
	// Copied out: nobody can change what was copied.
	copy(r.answers, unsafe.Slice((*A)(unsafe.Pointer(unsafe.SliceData(b.channel.segment.bytes(b.answerAt, uint32(r.count*b.answerSize))))), r.count))
	c, region := b.channel, b.region
	b.region = nil
	b.stage = runAwaited
	c.releaseNow(region)
	r.from = r.count
	r.stage = runAwaited
	r.good = uint(r.count)
	c.handedOver(k)
	return true
}
