package ringcall

import (
	"context"

	"github.com/ringcall/ringcall/go/internal/flat"
)

// What a RecordRun of a client with restart does beyond one channel: calls that were not posted, or were lost with their server, are made singly. So each
// keeps an outcome of its own, and the one of which the server died is found.

// mustBeAlone says whether one of the calls is a suspect.
func (r *RecordRun[Q, A]) mustBeAlone(ctx context.Context) bool {
	restart := r.batch.channel.restart
	if restart == nil {
		return false
	}
	r.deadline, _ = ctx.Deadline()
	for i := 0; i < r.count && restart.suspects.any(); i++ {
		if restart.suspects.has(r.method.ID, flat.Bytes(&r.requests[i])) {
			return true
		}
	}
	return false
}

// callSingly makes the calls from r.from on, for which failure stands so far, and ends the run.
func (r *RecordRun[Q, A]) callSingly(ctx context.Context, failure error) error {
	restart, epoch := r.batch.channel.restart, r.batch.channel.segment.epoch
	r.batch.Release()
	if isDeath(failure) {
		for i := r.from; i < r.count; i++ {
			restart.suspects.died(restart.suspects.contentOf(r.method.ID, flat.Bytes(&r.requests[i])), epoch)
		}
	}
	var lost error
	for r.from < r.count {
		i := r.from
		a := restart.attempt(r.method.subject())
		request := flat.Bytes(&r.requests[i])
		again, err := a.end(failure, request)
		if again {
			var got []byte
			got, err = a.callBy(ctx, r.deadline, request, flat.Bytes(&r.answers[i])[:0])
			if want := sizeOf[A](); err == nil && len(got) != want {
				err = wrongSize(len(got), want)
			}
		}
		if err == nil {
			r.from++
			continue
		}
		if lost == nil && isLoss(err) {
			lost = err
		}
		if _, gone := err.(*GoneError); gone || !isLoss(err) {
			r.fail(i+1, err)
		} else {
			r.fail(r.count, err)
		}
	}
	return r.end(lost)
}

// isDeath says whether a server died while it had the request in hand.
func isDeath(err error) bool {
	gone, ok := err.(*GoneError)
	return ok && !gone.Closed && gone.Fate == ErrMayHaveRun
}
