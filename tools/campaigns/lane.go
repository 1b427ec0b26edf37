package campaigns

import (
	"context"
	"errors"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// lane is one goroutine of a worker: it does one act after the other, and notes each call before it begins and after it has ended.
type lane struct {
	worker *worker
	actor  *actor
	number uint64 // of the call begun last
	lost   bool   // a call of this act said that its channel is of no use any more
}

func (l *lane) run() {
	for !l.worker.stopping.Load() && !l.worker.journal.isFull() {
		k := l.actor.next()
		time.Sleep(k.pause)
		client, channel := l.worker.line.get()
		if client == nil {
			return
		}
		l.do(client, channel, k)
	}
}

// performance is one act under way.
type performance struct {
	*act
	lane   *lane
	client *ringcall.Client
	ctx    context.Context
	record *ringcall.Method // of typed forms
	first  uint64           // the number of its first call
	keys   []uint64
}

func (l *lane) do(client *ringcall.Client, channel uint64, k *act) {
	ctx, cancel := k.context()
	defer cancel()
	p := &performance{act: k, lane: l, client: client, ctx: ctx, record: k.methods[0].record(), first: l.number + 1}
	if k.twice && k.form != formFrame && (k.patience == patienceShort || k.patience == patienceLong) {
		p.ctx, p.record.Deadline = context.Background(), k.wait // the method's own deadline: another way through the client, for those forms that know a method
		if k.form != formRecord && k.form != formPostRecord && k.form != formRecordRun && k.form != formFrameRun && k.form != formEach {
			p.ctx = ctx
		}
	}
	for i, m := range k.methods {
		key := keyOf(m.ID, k.requests[i])
		p.keys = append(p.keys, key)
		l.number++
		l.worker.journal.add(record{kind: kindCall, key: key, number: l.number, client: channel, size: uint32(len(k.requests[i])), method: uint32(m.ID),
			form: uint32(k.form) | uint32(k.patience)<<8})
	}
	l.lost = false
	performers[k.form](p)
	if l.lost {
		l.worker.line.lost(channel)
	}
}

func (k *act) context() (context.Context, context.CancelFunc) {
	ctx := context.Background()
	switch k.patience {
	case patienceLong, patienceShort:
		return context.WithTimeout(ctx, k.wait)
	case patienceCancel:
		ctx, cancel := context.WithCancel(ctx)
		timer := time.AfterFunc(k.wait, cancel)
		return ctx, func() { timer.Stop(); cancel() }
	case patienceLost:
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx, cancel
	}
	return ctx, func() {}
}

// end notes how call i of the act ended.
func (p *performance) end(i int, o outcome, code uint32) {
	if endsChannel(o) && !(o.plain() == outcomeGone && p.lane.worker.service.Resends) {
		p.lane.lost = true
	}
	p.lane.worker.journal.add(record{kind: kindOutcome, key: p.keys[i], number: p.first + uint64(i), method: uint32(p.methods[i].ID), outcome: uint32(o), code: code})
}

func (p *performance) endAll(o outcome) {
	for i := range p.methods {
		p.end(i, o, 0)
	}
}

// settle notes what the library returned for call i.
func (p *performance) settle(i int, answer []byte, err error) {
	m, request := p.methods[i], p.requests[i]
	o, code := outcomeRight, uint32(0)
	var complaint error
	if err == nil {
		if complaint = m.check(request, answer, nil); complaint != nil {
			o = outcomeWrong
		}
	} else {
		o = outcomeOf(err)
		var failed *ringcall.HandlerError
		if o == outcomeFailed && errors.As(err, &failed) {
			code = failed.Code
			if complaint = m.check(request, nil, failed); complaint != nil {
				o = outcomeWrong
			}
		}
		if o.plain() == outcomeStrange {
			complaint = err
		}
	}
	if complaint != nil {
		p.lane.worker.note(p.first+uint64(i), complaint)
	}
	p.end(i, o, code)
}

func (p *performance) settleAll(err error) {
	for i := range p.methods {
		p.settle(i, nil, err)
	}
}

// left says that the caller is to abandon the calls once they are posted.
func (p *performance) left() bool { return p.patience == patienceAbandon }
