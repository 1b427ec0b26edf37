package campaigns

import (
	"context"
	"errors"

	ringcall "github.com/ringcall/ringcall/go"
)

// outcome is how a call ended for its caller; neverStarted may be added.
type outcome uint32

const (
	outcomeNone      outcome = iota
	outcomeRight             // an answer, and the right one
	outcomeWrong             // an answer, and a wrong one
	outcomeFailed            // the handler failed, as it was to
	outcomeNoRoom            // the handler ran, its answer was given up
	outcomeDeadline          //
	outcomeCancelled         //
	outcomeGone              // the server is gone
	outcomeClosed            // this side closed the channel
	outcomeCorrupt           //
	outcomeRefused           // there is no such method, or the request is not one of its own
	outcomeLeft              // the caller has abandoned it
	outcomeSent              // nobody wants the answer
	outcomeStrange           // an error that has no place here
	outcomes
)

const neverStarted outcome = 1 << 8

var outcomeNames = [outcomes]string{"none", "right", "wrong", "failed", "no room", "deadline", "cancelled", "gone", "closed", "corrupt", "refused", "left", "sent", "strange"}

func (o outcome) plain() outcome { return o &^ neverStarted }

func (o outcome) String() string {
	name := "unknown"
	if o.plain() < outcomes {
		name = outcomeNames[o.plain()]
	}
	if o&neverStarted != 0 {
		name += ", never started"
	}
	return name
}

// hasRun says that the outcome claims that the handler ran; hasNotRun that it claims that it did not. Of others nothing is known.
func (o outcome) hasRun() bool {
	switch o {
	case outcomeRight, outcomeWrong, outcomeFailed, outcomeNoRoom:
		return true
	}
	return false
}

func (o outcome) hasNotRun() bool { return o&neverStarted != 0 || o == outcomeRefused }

// outcomeOf is the outcome that an error stands for. A failure of the handler is for the method's Check to judge.
func outcomeOf(err error) outcome {
	o := outcomeStrange
	var failed *ringcall.HandlerError
	switch {
	case errors.As(err, &failed):
		o = outcomeFailed
	case errors.Is(err, ringcall.ErrDeadline):
		o = outcomeDeadline
	case errors.Is(err, context.Canceled):
		o = outcomeCancelled
	case errors.Is(err, ringcall.ErrServerGone):
		o = outcomeGone
	case errors.Is(err, ringcall.ErrClosed):
		o = outcomeClosed
	case errors.Is(err, ringcall.ErrCorrupt):
		o = outcomeCorrupt
	case errors.Is(err, ringcall.ErrUnknownMethod), errors.Is(err, ringcall.ErrBadRequest):
		o = outcomeRefused
	case errors.Is(err, ringcall.ErrNoRoom):
		o = outcomeNoRoom
	}
	if errors.Is(err, ringcall.ErrNeverStarted) {
		o |= neverStarted
	}
	return o
}

// endsChannel says that the error means that no further call on this channel can succeed.
func endsChannel(o outcome) bool {
	switch o.plain() {
	case outcomeGone, outcomeClosed, outcomeCorrupt:
		return true
	}
	return false
}
