package ringcall

import (
	"fmt"
	"slices"
	"unsafe"
)

// settlePart takes the answers to one part, and leaves to next what has none.
func (r *FrameRun) settlePart(b *runBody, i int, part framePart) {
	payload, err := r.run.Answer(i)
	if part.ticket != 0 {
		err = begun(err, true) // the call has run, whatever became of the question for its answer
	}
	if b.answers[i].shape != shapeArena {
		payload = place(nil, payload) // it lay in the run
	}
	switch {
	case err != nil:
		r.fail(part.from, part.to, err)
	case !part.alone && part.ticket == 0:
		r.settleFrames(b, part, payload)
	default:
		r.answers[part.from] = frameOutcome{piece: uint32(len(r.pieces)), size: uint32(len(payload)), status: statusOK}
		r.pieces = append(r.pieces, payload)
	}
}

// settleFrames takes the answers that a part came to.
func (r *FrameRun) settleFrames(b *runBody, part framePart, payload []byte) {
	if len(payload) < framesDoneHead {
		r.fail(part.from, part.to, errBadFrames)
		return
	}
	piece := uint32(len(r.pieces))
	r.pieces = append(r.pieces, payload)
	done := *(*framesDone)(unsafe.Pointer(&payload[0]))
	frame, at := part.from, framesDoneHead
	for ; frame < part.to && uint32(frame-part.from) < done.count; frame++ {
		if len(payload)-at < frameAnswerHead {
			r.fail(frame, part.to, errBadFrames)
			return
		}
		head := *(*frameAnswer)(unsafe.Pointer(&payload[at]))
		at += frameAnswerHead
		if uint64(head.size) > uint64(len(payload)-at) || head.status > statusBadRequest {
			r.fail(frame, part.to, errBadFrames)
			return
		}
		r.answers[frame] = frameOutcome{piece, uint32(at), head.size, head.code, uint16(head.status)}
		at = min(at+padFrame(int(head.size)), len(payload))
	}
	r.leaveNext(b, part, frame, done.ticket)
}

// leaveNext has the run go on with the frames of a part from frame on, the first of which has run already if there is a ticket for its answer.
func (r *FrameRun) leaveNext(b *runBody, part framePart, frame int, ticket uint32) {
	if frame == part.to {
		return
	}
	if frame == part.from && ticket == 0 {
		r.fail(part.from, part.to, &unposted{ErrNoRoom})
		return
	}
	at := part.at
	for i := part.from; i < frame; i++ {
		at += frameHead + padFrame(len(frameAt(b.staged, at)))
	}
	if ticket != 0 {
		next := framePart{from: frame, to: frame + 1, ticket: ticket}
		request := frameAt(b.staged, at)
		if r.run.channel.restart != nil {
			next.request = slices.Clone(request)
		}
		r.next = append(r.next, next)
		at += frameHead + padFrame(len(request))
		frame++
	}
	if frame < part.to {
		r.next = append(r.next, framePart{from: frame, to: part.to, at: at, size: part.at + part.size - at})
	}
}

// frameAt is the request whose head is at.
func frameAt(staged []byte, at int) []byte {
	size := int((*frameRequest)(unsafe.Pointer(&staged[at])).size)
	return staged[at+frameHead:][:size:size]
}

var errBadFrames = fmt.Errorf("%w: the answers to a run of frames have not the form of such", ErrBadAnswer)

// fail gives the calls from one on, up to another, their error.
func (r *FrameRun) fail(from, to int, err error) {
	at := slices.Index(r.failures, err)
	if at < 0 {
		at = len(r.failures)
		r.failures = append(r.failures, err)
	}
	for i := from; i < to; i++ {
		r.answers[i] = frameOutcome{status: codeFailed, code: uint32(at)}
	}
}

// failNext fails what was to go on.
func (r *FrameRun) failNext(err error) {
	for _, part := range r.next {
		r.fail(part.from, part.to, begun(err, part.ticket != 0))
	}
}
