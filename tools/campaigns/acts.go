package campaigns

import (
	"math/rand/v2"
	"time"
)

// form is a way to call.
type form uint32

const (
	formCall form = iota
	formView
	formRecord
	formPost
	formPostRecord
	formFrame
	formRun
	formRecordRun
	formFrameRun
	formBatch
	formEach
	formSend
	forms
)

var formNames = [forms]string{"Call", "View", "CallRecord", "Post", "PostRecord", "Frame", "Run", "RecordRun", "FrameRun", "Batch", "CallEach", "Send"}

func (f form) String() string {
	if f < forms {
		return formNames[f]
	}
	return "unknown"
}

// patience is what may end a call before its answer.
type patience uint32

const (
	patienceNone     patience = iota
	patienceLong              // a deadline that ought not to come
	patienceShort             // one that may well
	patienceCancel            // a cancellation while it is in flight
	patienceLost              // a cancellation before it is posted
	patienceAbandon           // Abandon, where the form has it
	patienceLongTime = 20 * time.Second
)

// act is one thing that a lane does: a call, or a number of calls in one.
type act struct {
	form     form
	patience patience
	wait     time.Duration // until the deadline or the cancellation
	twice    bool          // a posted call is awaited a second time, which must fail
	pause    time.Duration // before it
	methods  []*Method
	requests [][]byte
}

// actor makes the acts of one lane. The same seed and numbers make the same acts, whatever comes of them.
type actor struct {
	rng     *rand.Rand
	all     []*Method // by weight
	fixed   []*Method // those of fixed layout, by weight
	records []*Method // those of them that the typed forms can call
	frames  []*Method // those that take runs of frames
	sent    []*Method
	deadly  []*Method
}

// deadlyEvery is about how many acts come before one that asks the server to die, over all lanes some each second.
const deadlyEvery = 3000

func newActor(s *Service, seed uint64, worker, generation, lane int) *actor {
	a := &actor{rng: rand.New(rand.NewPCG(seed, uint64(worker)<<32|uint64(generation)<<16|uint64(lane)|1<<63))}
	for i := range s.Methods {
		m := &s.Methods[i]
		if m.Deadly {
			a.deadly = append(a.deadly, m)
		}
		for range m.Weight {
			switch {
			case m.Oneway:
				a.sent = append(a.sent, m)
				continue
			case m.RequestSize > 0 && !m.Unserved:
				a.fixed = append(a.fixed, m)
				if typed[[2]int{m.RequestSize, m.AnswerSize}] != nil {
					a.records = append(a.records, m)
				}
			}
			if m.Frames {
				a.frames = append(a.frames, m)
			}
			a.all = append(a.all, m)
		}
	}
	return a
}

func (a *actor) next() *act {
	r := a.rng
	if len(a.deadly) > 0 && r.IntN(deadlyEvery) == 0 {
		return a.act(formCall, a.deadly, 1)
	}
	var k *act
	switch f, of := form(r.IntN(int(forms))), a.all; f {
	case formRun:
		k = a.act(f, of, 1+r.IntN(40))
	case formRecord, formPostRecord:
		k = a.act(f, a.records, 1)
	case formRecordRun, formEach:
		k = a.same(f, a.records, 1+r.IntN(60))
	case formFrameRun:
		k = a.same(f, a.frames, 1+r.IntN(40))
	case formBatch:
		k = a.same(f, a.fixed, 1+r.IntN(60))
	case formSend:
		k = a.act(f, a.sent, 1)
	case formPost:
		k = a.act(f, of, 1+r.IntN(8))
	default:
		k = a.act(f, of, 1)
	}
	if r.IntN(16) == 0 {
		k.pause = time.Duration(r.IntN(2000)) * time.Microsecond
	}
	switch p := r.IntN(20); {
	case p < 6:
		k.patience, k.wait = patienceLong, patienceLongTime
	case p < 8:
		k.patience, k.wait = patienceShort, time.Duration(50+r.IntN(5000))*time.Microsecond
	case p < 10:
		k.patience, k.wait = patienceCancel, time.Duration(r.IntN(1000))*time.Microsecond
	case p == 10 && r.IntN(4) == 0:
		k.patience = patienceLost
	case p == 11:
		k.patience = patienceAbandon
	}
	k.twice = r.IntN(8) == 0
	return k
}

// act is count calls of any of the methods; a plain call if there are none of these.
func (a *actor) act(f form, of []*Method, count int) *act {
	if len(of) == 0 {
		f, of, count = formCall, a.all, 1
	}
	k := &act{form: f}
	for range count {
		k.add(of[a.rng.IntN(len(of))], a.rng)
	}
	return k
}

// same is count calls of one of the methods.
func (a *actor) same(f form, of []*Method, count int) *act {
	if len(of) == 0 {
		return a.act(formCall, a.all, 1)
	}
	m := of[a.rng.IntN(len(of))]
	k := &act{form: f}
	for range count {
		k.add(m, a.rng)
	}
	return k
}

func (k *act) add(m *Method, r *rand.Rand) {
	k.methods = append(k.methods, m)
	k.requests = append(k.requests, m.Request(r))
}
