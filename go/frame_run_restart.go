package ringcall

import (
	"context"
	"unsafe"
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
	r.eachFrame(func(_ int, request []byte) {
		found = found || restart.suspects.has(r.method.ID, request)
	})
	return found
}

// eachFrame visits the calls of the parts that were posted last.
func (r *FrameRun) eachFrame(visit func(frame int, request []byte)) {
	b := r.run.body
	for _, part := range r.parts {
		if part.alone {
			visit(part.from, b.staged[part.at:part.at+part.size])
			continue
		}
		for frame, at := part.from, part.at; frame < part.to; frame++ {
			size := int((*frameRequest)(unsafe.Pointer(&b.staged[at])).size)
			visit(frame, b.staged[at+frameHead:][:size:size])
			at += frameHead + padFrame(size)
		}
	}
}

// callSingly makes the calls that have failed for want of a server, and may be made again. It returns the first loss that remains.
func (r *FrameRun) callSingly(ctx context.Context) (lost error) {
	restart, epoch := r.run.channel.restart, r.run.channel.segment.epoch
	r.eachFrame(func(frame int, request []byte) {
		o := r.answers[frame]
		if o.status != codeFailed {
			return
		}
		failure := r.failures[o.code]
		if isDeath(failure) {
			restart.suspects.died(restart.suspects.contentOf(r.method.ID, request), epoch)
		}
	})
	r.eachFrame(func(frame int, request []byte) {
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
