package ringcall

import (
	"context"
	"errors"
	"sync"
	"time"
)

// subject is what restart has to know of a method.
type subject struct {
	id         uint16
	idempotent bool // calls by number count as not idempotent
}

func (m *Method) subject() subject { return subject{m.ID, m.Idempotent} }

// attempt is one call on its way through as many servers as it takes. Only clients with restart have it. The request is no part of it, since all of it
// counts as escaping once its restart does, and then every caller's request would be allocated.
type attempt struct {
	restart *restart
	subject
	began bool // it may have run already, on a server that is gone
	turn  bool // it is a suspect, and has the turn
}

func (r *restart) attempt(s subject) attempt { return attempt{restart: r, subject: s} }

// fate is what became of the call so far.
func (a *attempt) fate() error {
	if a.began {
		return ErrMayHaveRun
	}
	return ErrNeverStarted
}

// begin waits until the request may be sent, within ctx, and enters the channel to send it on.
func (a *attempt) begin(ctx context.Context, request []byte) (*channel, error) {
	r := a.restart
	if r.suspects.any() {
		turn, err := r.admit(ctx, a.id, r.suspects.contentOf(a.id, request), a.fate())
		if err != nil {
			return nil, err
		}
		a.turn = turn
	}
	ch, err := r.enter(ctx, a.fate())
	if err != nil {
		a.leaveTurn()
	}
	return ch, err
}

// end takes the outcome of a try. It says whether there is to be another, or else what the outcome of the call is.
func (a *attempt) end(err error, request []byte) (again bool, outcome error) {
	if isUnsent(err) {
		a.leaveTurn()
		return true, nil
	}
	if _, lost := err.(*GoneError); lost {
		a.leaveTurn()
		a.began = true
		return a.idempotent, ofMethod(err, a.id)
	}
	if suspects := &a.restart.suspects; isAnswer(err) && suspects.any() {
		suspects.answered(suspects.contentOf(a.id, request))
	}
	a.leaveTurn()
	return false, begun(err, a.began)
}

// isUnsent says whether a call failed for want of a server alone, before it started.
func isUnsent(err error) bool {
	switch e := err.(type) {
	case *GoneError:
		return e.Fate == ErrNeverStarted
	case *unposted:
		_, corrupt := e.cause.(*CorruptError)
		return corrupt
	}
	return false
}

// isAnswer says whether a server that ran the handler, or refused to, has answered so.
func isAnswer(err error) bool {
	switch e := err.(type) {
	case nil, *HandlerError:
		return true
	case *TooLargeError:
		return e.Answer
	}
	return err == ErrNoRoom || errors.Is(err, ErrBadRequest) || errors.Is(err, ErrUnknownMethod)
}

func (a *attempt) leaveTurn() {
	if a.turn {
		a.turn = false
		a.restart.suspects.leaveTurn()
	}
}

// call is Client.Call, also of a call that was tried before.
func (a *attempt) call(ctx context.Context, request, buf []byte) ([]byte, error) {
	for {
		ch, err := a.begin(ctx, request)
		if err != nil {
			return nil, err
		}
		var answer []byte
		k, leading, err := ch.post(ctx, a.id, request, toWait)
		switch {
		case err != nil:
		case a.turn:
			if err = a.awaitAlone(ctx, ch, k, leading); err == nil {
				answer, err = ch.collect(k, buf)
			}
		default:
			answer, err = ch.awaitOwn(ctx, k, leading, buf)
		}
		ch.exit()
		if again, err := a.end(err, request); !again {
			return answer, err
		}
	}
}

// view is Client.View.
func (a *attempt) view(ctx context.Context, request []byte) (View, error) {
	for {
		ch, err := a.begin(ctx, request)
		if err != nil {
			return View{}, err
		}
		var v View
		k, leading, err := ch.post(ctx, a.id, request, toWait)
		if err == nil && a.turn {
			err = a.awaitAlone(ctx, ch, k, leading)
			leading = false
		}
		if err == nil {
			v, err = ch.awaitView(ctx, k, leading)
		}
		ch.exit()
		if again, err := a.end(err, request); !again {
			return v, err
		}
	}
}

// awaitAlone waits for a suspect. If ctx ends first the turn is left to the call, since its handler may still run.
func (a *attempt) awaitAlone(ctx context.Context, ch *channel, k *call, leading bool) error {
	a.turn, k.turn = false, true
	err := ch.await(ctx, k, leading, unpolled)
	if err == nil {
		a.turn, k.turn = true, false
	}
	return ch.explainLate(err)
}

// send is Client.Send. A suspect is waited for.
func (a *attempt) send(ctx context.Context, request []byte) error {
	for {
		ch, err := a.begin(ctx, request)
		if err != nil {
			return err
		}
		if a.turn {
			a.leaveTurn()
			ch.exit()
			if _, err = a.call(ctx, request, nil); a.began || isAnswer(err) {
				return nil
			}
			return err
		}
		_, _, err = ch.post(ctx, a.id, request, toForget)
		ch.exit()
		if again, err := a.end(err, request); !again {
			return err
		}
	}
}

// kept is what Await needs to send a posted call again.
type kept struct {
	subject
	request []byte
	until   time.Time // the deadline of the post's context; zero: none
}

var keeps = sync.Pool{New: func() any { return new(kept) }}

// errUnsent is the failure of a call that was not posted yet: Await sends it.
var errUnsent = &GoneError{Fate: ErrNeverStarted, outlived: true}

// start is Client.Post. A call for which there is no server, or that is a suspect, is left to be sent by its Await.
func (r *restart) start(ctx context.Context, s subject, request []byte) (Pending, error) {
	ch := r.client.channel()
	ch.visit()
	defer ch.exit()
	var k *call
	var err error
	if r.suspects.any() && r.suspects.has(s.id, request) {
		err = errUnsent
	} else {
		k, _, err = ch.post(ctx, s.id, request, toAwait)
	}
	if isUnsent(err) {
		k = ch.unsent(ctx, s.id)
	} else if err != nil {
		return Pending{}, err
	}
	keep := keeps.Get().(*kept)
	keep.subject, keep.request = s, append(keep.request[:0], request...)
	keep.until, _ = ctx.Deadline()
	k.kept = keep
	return Pending{ch, k, k.gen}, nil
}

// unsent is a call that has failed for not having been posted.
func (c *channel) unsent(ctx context.Context, method uint16) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.prepare(nil, method)
	k.state = callDone
	k.failure = errUnsent
	if p, ok := ctx.(*patience); ok {
		k.until = p.until
	}
	return k
}

// await is Pending.Await of a call that was posted on ch, which is visited, and kept.
func (r *restart) await(ctx context.Context, ch *channel, k *call, keep *kept, leading bool, end outcome, buf []byte) ([]byte, error) {
	a := r.attempt(keep.subject)
	var answer []byte
	err := ch.await(ctx, k, leading, end)
	if err == nil {
		answer, err = ch.collect(k, buf)
	}
	err = ch.explainLate(err)
	ch.exit()
	again, err := a.end(err, keep.request)
	if again {
		answer, err = a.callBy(ctx, keep.until, keep.request, buf)
	}
	if cap(keep.request) <= payloadKept {
		keeps.Put(keep)
	}
	return answer, err
}

// callBy is call with a deadline that ctx may not have; zero: none.
func (a *attempt) callBy(ctx context.Context, until time.Time, request, buf []byte) ([]byte, error) {
	if own, bounded := ctx.Deadline(); until.IsZero() || bounded && !own.After(until) {
		return a.call(ctx, request, buf)
	}
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	return a.call(ctx, request, buf)
}
