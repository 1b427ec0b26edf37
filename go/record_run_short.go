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
	return r.waitOn(ctx, leading, end)
}

// fetchAnswers asks for the answers, which most likely are there: who keeps several runs in flight awaits the one that was posted first.
func (r *RecordRun[Q, A]) fetchAnswers() {
	size := min(r.count*r.batch.answerSize, fetchedMost)
	ahead.Read(unsafe.Pointer(unsafe.SliceData(r.batch.channel.segment.bytes(r.batch.answerAt, uint32(size)))), size)
}

// fetchedMost is about what the processor brings side by side.
const fetchedMost = 1024

// waitOn is awaitPosted from where it is known who leads, as channel.await is.
func (r *RecordRun[Q, A]) waitOn(ctx context.Context, leading bool, end outcome) error {
	if leading {
		if end = r.batch.channel.poll(r.batch.call, ctx); end == answered && r.takeLeading() {
			return nil
		}
	}
	return r.settle(ctx, r.batch.await(ctx, leading, end))
}

// takeLeading is takeShort for a leader, who leads no more if it is true.
func (r *RecordRun[Q, A]) takeLeading() bool {
	c := r.batch.channel
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := r.takeShort()
	if taken {
		c.passOn(nil)
	}
	return taken
}

// takeShort is settle for a short run all of whose calls went well; it says whether it was one. If not nothing was done. mu is held.
func (r *RecordRun[Q, A]) takeShort() bool {
	b, k := r.batch, r.batch.call
	if k.failure != nil || k.answer.code != statusOK || int(uint32(k.answer.words[0])) != r.count || r.count*b.answerSize > shortRun {
		return false
	}
	b.stage, b.answers = runAwaited, r.count
	r.takeAnswers()
	region := b.region
	b.region = nil
	b.channel.releaseNow(region)
	r.stage = runAwaited
	r.good = uint(r.count)
	return true
}
