package campaigns

import (
	"errors"
	"fmt"

	ringcall "github.com/ringcall/ringcall/go"
)

// performers do an act in each of the forms of call, and settle each call of it.
var performers = [forms]func(p *performance){
	formCall:       doCall,
	formView:       doView,
	formRecord:     doRecord,
	formPost:       doPost,
	formPostRecord: doPostRecord,
	formFrame:      doFrame,
	formRun:        doRun,
	formRecordRun:  doRecordRun,
	formFrameRun:   doFrameRun,
	formBatch:      doBatch,
	formEach:       doEach,
	formSend:       doSend,
}

func doCall(p *performance) {
	answer, err := p.client.Call(p.ctx, p.methods[0].ID, p.requests[0], nil)
	p.settle(0, answer, err)
}

func doView(p *performance) {
	v, err := p.client.View(p.ctx, p.methods[0].ID, p.requests[0])
	if err != nil {
		p.settle(0, nil, err)
		return
	}
	p.settle(0, v.Bytes(), nil)
	v.Release()
}

func (p *performance) typed() *typedForms {
	return typed[[2]int{p.methods[0].RequestSize, p.methods[0].AnswerSize}]
}

func doRecord(p *performance) {
	answer, err := p.typed().call(p.ctx, p.client, p.record, p.requests[0])
	p.settle(0, answer, err)
}

// doPost posts all before it awaits any.
func doPost(p *performance) {
	pending := make([]ringcall.Pending, len(p.methods))
	errs := make([]error, len(p.methods))
	for i, m := range p.methods {
		pending[i], errs[i] = p.client.Post(p.ctx, m.ID, p.requests[i])
	}
	for i := range pending {
		switch {
		case errs[i] != nil:
			p.settle(i, nil, errs[i])
		case p.left():
			pending[i].Abandon()
			p.end(i, outcomeLeft, 0)
		default:
			answer, err := pending[i].Await(p.ctx, nil)
			p.settle(i, answer, err)
		}
		if errs[i] == nil && p.twice {
			p.again(i, pending[i])
		}
	}
}

// again awaits what has ended, which must not end a second time.
func (p *performance) again(i int, pending ringcall.Pending) {
	if answer, err := pending.Await(p.ctx, nil); !errors.Is(err, ringcall.ErrAwaited) {
		p.settle(i, answer, err)
	}
}

func doPostRecord(p *performance) {
	pending, err := p.typed().post(p.ctx, p.client, p.record, p.requests[0])
	switch {
	case err != nil:
		p.settle(0, nil, err)
		return
	case p.left():
		pending.Abandon()
		p.end(0, outcomeLeft, 0)
	default:
		answer, err := p.typed().await(p.ctx, pending, p.record)
		p.settle(0, answer, err)
	}
	if p.twice {
		p.again(0, pending)
	}
}

func doFrame(p *performance) {
	f, err := p.client.NewFrame(p.ctx, p.record, len(p.requests[0]))
	if err != nil {
		p.settle(0, nil, err)
		return
	}
	copy(f.Bytes(), p.requests[0])
	switch {
	case p.left():
		f.Discard()
		p.end(0, outcomeLeft|neverStarted, 0)
	case p.twice:
		pending, err := f.Post(p.ctx)
		if err != nil {
			p.settle(0, nil, err)
			return
		}
		answer, err := ringcall.AwaitFrame(p.ctx, pending, p.record)
		p.settle(0, answer, err)
		p.again(0, pending)
	default:
		answer, err := f.Call(p.ctx)
		p.settle(0, answer, err)
	}
}

func doRun(p *performance) {
	run := p.client.NewRun(len(p.methods))
	at := make([]int, len(p.methods)) // the number of each call in the run; -1: it found no room
	for i, m := range p.methods {
		at[i] = run.Len()
		if err := run.Add(m.ID, p.requests[i]); err != nil {
			if !errors.Is(err, ringcall.ErrArenaFull) {
				p.settle(i, nil, err)
			} else {
				p.end(i, outcomeLeft|neverStarted, 0)
			}
			at[i] = -1
		}
	}
	err := run.Post(p.ctx)
	posted := err == nil
	if posted && p.left() {
		run.Reset()
	} else if posted {
		err = run.Await(p.ctx)
	}
	cut := outcomeNone // one outcome for all of them
	switch o := outcomeOf(err); {
	case posted && p.left():
		cut = outcomeLeft
	case err != nil && (!posted || o == outcomeDeadline || o == outcomeCancelled):
		cut = o
	}
	for i := range p.methods {
		switch {
		case at[i] < 0:
		case cut == outcomeNone:
			answer, err := run.Answer(at[i])
			p.settle(i, answer, err)
		case cut == outcomeLeft:
			p.end(i, cut, 0)
		default:
			p.settle(i, nil, err)
		}
	}
}

func doRecordRun(p *performance) {
	run := p.typed().run(p.client, p.record, p.requests)
	var err error
	if p.twice && !p.left() {
		err = run.Do(p.ctx)
	} else {
		if err = run.Post(p.ctx); err != nil {
			p.settleAll(err)
			return
		}
		if p.left() {
			run.Reset()
			p.endAll(outcomeLeft)
			return
		}
		err = run.Await(p.ctx)
	}
	if _, none := run.answer(0); err != nil && outcomeOf(none).plain() == outcomeStrange { // it is void: one outcome for all
		p.settleAll(err)
		return
	}
	for i := range p.methods {
		answer, err := run.answer(i)
		p.settle(i, answer, err)
	}
}

func doFrameRun(p *performance) {
	run := ringcall.NewFrameRun(p.client, p.record, len(p.methods))
	full := len(p.methods) // the first call that found no room
	for i, request := range p.requests {
		room, err := run.Reserve(len(request))
		if errors.Is(err, ringcall.ErrArenaFull) {
			full = i
			break
		}
		if err != nil {
			p.settleAll(err)
			return
		}
		copy(room, request)
	}
	for i := full; i < len(p.methods); i++ {
		p.end(i, outcomeLeft|neverStarted, 0)
	}
	err := run.Post(p.ctx)
	posted := err == nil
	if posted && p.left() {
		run.Reset()
	} else if posted {
		err = run.Await(p.ctx)
	}
	for i := range full {
		answer, none := run.Answer(i)
		switch {
		case posted && p.left():
			p.end(i, outcomeLeft, 0)
		case err != nil && (!posted || outcomeOf(none).plain() == outcomeStrange): // it is void: one outcome for all
			p.settle(i, nil, err)
		default:
			p.settle(i, answer, none)
		}
	}
}

func doBatch(p *performance) {
	m := p.methods[0]
	batch := p.client.NewBatch(m.ID, m.RequestSize, m.AnswerSize)
	room, err := batch.Reserve(p.ctx, len(p.requests))
	if err != nil {
		p.settleAll(err)
		return
	}
	defer batch.Release()
	for i, request := range p.requests {
		copy(room[i*m.RequestSize:], request)
	}
	if err = batch.Post(p.ctx); err != nil {
		p.settleAll(err)
		return
	}
	if p.left() {
		p.endAll(outcomeLeft)
		return
	}
	err = batch.Await(p.ctx)
	answers := batch.Answers()
	p.settleMany(err, outcomeFailed|neverStarted, func(i int) []byte {
		if (i+1)*m.AnswerSize > len(answers) {
			return nil
		}
		return answers[i*m.AnswerSize:][:m.AnswerSize]
	})
}

func doEach(p *performance) {
	answers, err := p.typed().each(p.ctx, p.client, p.record, p.requests)
	p.settleMany(err, outcomeLeft, func(i int) []byte { return answers[i] })
}

// settleMany settles calls that went as one: if the handler failed for one of them those before it have answers, and those behind it end as behind.
func (p *performance) settleMany(err error, behind outcome, answer func(i int) []byte) {
	var failed *ringcall.HandlerError
	switch {
	case err == nil:
		for i := range p.methods {
			p.settle(i, answer(i), nil)
		}
	case errors.As(err, &failed) && failed.InBatch:
		for i := range p.methods {
			switch {
			case i < failed.Record:
				p.settle(i, answer(i), nil)
			case i == failed.Record:
				p.settle(i, nil, err)
			default:
				p.end(i, behind, 0)
			}
		}
		if failed.Record >= len(p.methods) {
			p.lane.worker.note(p.first, fmt.Errorf("record %d of a batch of %d failed", failed.Record, len(p.methods)))
		}
	default:
		p.settleAll(err)
	}
}

func doSend(p *performance) {
	if err := p.client.Send(p.ctx, p.methods[0].ID, p.requests[0]); err != nil {
		p.settle(0, nil, err)
		return
	}
	p.end(0, outcomeSent, 0)
}
