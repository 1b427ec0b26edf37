package ringcall

import (
	"context"
	"slices"
)

// What a FrameRun of a client with restart does beyond one channel: calls that were not posted, or were lost with their server, are made singly. So each
// keeps an outcome of its own, and the one of which the server died is found.

// moveOn takes a run that is to be posted to the client's present channel.
func (r *FrameRun) moveOn(ctx context.Context) {
	r.deadline, _ = ctx.Deadline()
	now := r.run.channel.restart.client.channel()
	if r.run.channel == now {
		return
	}
	r.run.channel = now
	if old := r.run.body; old.room != now.recordSize {
		r.run.body = r.run.newBody()
		r.run.body.staged = old.staged
	}
}

// postpone leaves all calls to Await.
func (r *FrameRun) postpone() error {
	r.describe()
	r.run.body.stage = runPosted
	r.run.postpone()
	return nil
}

// mustBeAlone says whether one of the calls is a suspect.
func (r *FrameRun) mustBeAlone() bool {
	restart, found := r.run.channel.restart, false
	if !restart.suspects.any() {
		return false
	}
	r.eachFrame(func(_ int, request []byte, _ bool) {
		found = found || restart.suspects.has(r.method.ID, request)
	})
	return found
}

// eachFrame visits the calls of the parts that were posted last. kept says that the call had ended when it was asked for its answer.
func (r *FrameRun) eachFrame(visit func(frame int, request []byte, kept bool)) {
	b := r.run.body
	for _, part := range r.parts {
		switch {
		case part.ticket != 0:
			visit(part.from, part.request, true)
			continue
		case part.alone:
			visit(part.from, b.staged[part.at:part.at+part.size], false)
			continue
		}
		for frame, at := part.from, part.at; frame < part.to; frame++ {
			request := frameAt(b.staged, at)
			visit(frame, request, r.isKept(frame))
			at += frameHead + padFrame(len(request))
		}
	}
}

// isKept says whether the call is one that would have been asked for its answer next.
func (r *FrameRun) isKept(frame int) bool {
	return slices.ContainsFunc(r.next, func(part framePart) bool { return part.ticket != 0 && part.from == frame })
}

// callSingly makes the calls that have failed for want of a server, and may be made again. It returns the first loss that remains.
func (r *FrameRun) callSingly(ctx context.Context) (lost error) {
	restart, epoch := r.run.channel.restart, r.run.channel.segment.epoch
	r.eachFrame(func(frame int, request []byte, kept bool) {
		if o := r.answers[frame]; o.status == codeFailed && !kept && isDeath(r.failures[o.code]) {
			restart.suspects.died(restart.suspects.contentOf(r.method.ID, request), epoch)
		}
	})
	r.eachFrame(func(frame int, request []byte, _ bool) {
		o := r.answers[frame]
		if o.status != codeFailed {
			return
		}
		a := restart.attempt(r.method.subject())
		again, err := a.end(r.failures[o.code], request)
		var answer []byte
		if again {
			answer, err = a.callBy(ctx, r.deadline, request, nil)
		}
		if err == nil {
			r.answers[frame] = frameOutcome{piece: uint32(len(r.pieces)), size: uint32(len(answer)), status: statusOK}
			r.pieces = append(r.pieces, answer)
			return
		}
		if lost == nil && isLoss(err) {
			lost = err
		}
		r.fail(frame, frame+1, err)
	})
	return lost
}
