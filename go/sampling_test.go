package ringcall

import (
	"encoding/binary"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// sampleEach has the server ask for one call in so many.
func (s *testServer) sampleEach(every uint32) { atomic.StoreUint32(s.segment.sampleEvery, every) }

// methodStats are those of the method; zero if there are none.
func methodStats(c *Client, method uint16) MethodStats {
	for _, m := range c.Stats().Methods {
		if m.Method == method {
			return m
		}
	}
	return MethodStats{Method: method}
}

func mustCall(t testing.TB, c *Client, method uint16, n int) {
	t.Helper()
	request, buf := payload(8), make([]byte, 64)
	for range n {
		if _, err := c.Call(background, method, request, buf); err != nil {
			t.Fatal(err)
		}
	}
}

// isSane says whether every call's stages add up to its whole, which none of them can exceed.
func isSane(t *testing.T, m MethodStats) {
	t.Helper()
	parts := m.Queue.Sum() + m.Handler.Sum() + m.Response.Sum() + m.ClientWake.Sum()
	if m.Total.Sum() != parts {
		t.Errorf("%s: the stages sum up to %v, the whole to %v", m.Name, parts, m.Total.Sum())
	}
	for i, h := range m.stages() {
		if i != stageHandOver && h.Max() > m.Total.Max() {
			t.Errorf("%s: the stage %s took up to %v, the whole %v", m.Name, stageNames[i], h.Max(), m.Total.Max())
		}
	}
	if n := m.Total.Count(); n != m.Sampled || m.Queue.Count() != n || m.Handler.Count() != n || m.Response.Count()+m.ClientWake.Count() != n {
		t.Errorf("%s: not every one of %d sampled calls is in every stage: %v", m.Name, m.Sampled, m)
	}
}

func TestNothingIsSampledUnlessTheServerAsks(t *testing.T) {
	c, s := serve(t, defaults())
	mustCall(t, c, methodEcho, 300)
	if stats := c.Stats(); len(stats.Methods) != 0 {
		t.Errorf("there are statistics: %v", stats.Methods)
	}
	s.sampleEach(1)
	mustCall(t, c, methodEcho, 10)
	s.sampleEach(0)
	mustCall(t, c, methodEcho, 300)
	if m := methodStats(c, methodEcho); m.Sampled != 10 || m.Calls != 10 {
		t.Errorf("10 calls were to be sampled, not %d, about %d", m.Sampled, m.Calls)
	}
}

func TestOneCallInSoManyIsSampled(t *testing.T) {
	c, s := serve(t, defaults())
	s.sampleEach(64)
	mustCall(t, c, methodEcho, 640)
	m := methodStats(c, methodEcho)
	if m.Sampled != 10 || m.Calls != 640 {
		t.Errorf("of 640 calls one in 64 was to be sampled: %d were, which stand for %d", m.Sampled, m.Calls)
	}
	isSane(t, m)
}

func TestEveryFormOfCallIsSampled(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, s := serve(t, o)
		s.sampleEach(1)
		var want uint64
		expect := func(form string, calls uint64) {
			t.Helper()
			want += calls
			if m := methodStats(c, methodAdd); m.Sampled != want {
				t.Errorf("%s: %d calls are sampled now, expected %d", form, m.Sampled, want)
				want = m.Sampled
			}
		}
		sum := func(answer []byte, err error) {
			t.Helper()
			if err != nil || len(answer) != 8 || binary.LittleEndian.Uint64(answer) != 7 {
				t.Errorf("3 + 4 is %v, %v", answer, err)
			}
		}
		sum(c.Call(background, methodAdd, add(3, 4), nil))
		expect("Call", 1)
		p, err := c.Post(background, methodAdd, add(3, 4))
		if err != nil {
			t.Fatal(err)
		}
		sum(p.Await(background, nil))
		expect("Post", 1)
		v, err := c.View(background, methodAdd, add(3, 4))
		sum(v.Bytes(), err)
		v.Release()
		expect("View", 1)
		r := c.NewRun(100)
		for range 100 {
			if err := r.Add(methodAdd, add(3, 4)); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Do(background); err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			sum(r.Answer(i))
		}
		expect("Run", 100)
		b := c.NewBatch(methodAdd, 8, 8)
		requests, err := b.Reserve(background, 2)
		if err != nil {
			t.Fatal(err)
		}
		copy(requests, append(add(3, 4), add(3, 4)...))
		if err := b.Do(background); err != nil {
			t.Fatal(err)
		}
		sum(b.Answers()[8:], nil)
		b.Release()
		expect("Batch", 1)
		if err := c.Send(background, methodAdd, add(3, 4)); err != nil {
			t.Fatal(err)
		}
		mustCall(t, c, methodEcho, 1)
		expect("Send", 1)
		isSane(t, methodStats(c, methodAdd))
	})
}

func TestSampledAnswersOfEachKindArrive(t *testing.T) {
	c, s := serve(t, defaults())
	s.sampleEach(2)
	for range 40 {
		for _, size := range []int{0, 8, 16, 17, 1000} {
			answer, err := c.Call(background, methodEcho, payload(size), nil)
			if err != nil || string(answer) != string(payload(size)) {
				t.Fatalf("the echo of %d bytes has %d, %v", size, len(answer), err)
			}
		}
		if _, err := c.Call(background, methodFail, []byte("no"), nil); err == nil {
			t.Fatal("a failure is none")
		}
	}
	m := methodStats(c, methodFail)
	if len(m.Failures) != 1 || m.Failures[0] != (FailureStats{"failed", 42, 40}) || m.Sampled != 20 {
		t.Errorf("40 failures with code 42, half of them sampled, are %v", m)
	}
}

func TestManyGoroutinesAreSampled(t *testing.T) {
	c, s := serve(t, defaults())
	s.sampleEach(3)
	const goroutines, calls = 16, 300
	var wait sync.WaitGroup
	for range goroutines {
		wait.Add(1)
		go func() {
			defer wait.Done()
			request, buf := payload(8), make([]byte, 8)
			for range calls {
				if _, err := c.Call(background, methodEcho, request, buf); err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	wait.Wait()
	m := methodStats(c, methodEcho)
	if want := uint64(goroutines * calls / 3); m.Sampled != want {
		t.Errorf("%d calls are sampled, expected %d", m.Sampled, want)
	}
	isSane(t, m)
}

// medians calls and returns the median of each stage.
func medians(t *testing.T, c *Client, before MethodStats) (m MethodStats, at [stages]time.Duration) {
	t.Helper()
	mustCall(t, c, methodEcho, 31)
	m = methodStats(c, methodEcho)
	for i, h := range m.stages() {
		at[i] = h.Since(*before.stages()[i]).Percentile(50)
	}
	return m, at
}

func TestASlowHandlerIsSeenInItsStageAlone(t *testing.T) {
	const slow = 5 * time.Millisecond
	c, s := serve(t, defaults())
	s.sampleEach(1)
	before, fast := medians(t, c, MethodStats{})
	s.do(func() { s.slow = slow })
	_, slowed := medians(t, c, before)
	if grown := slowed[stageHandler] - fast[stageHandler]; grown < slow*9/10 {
		t.Errorf("the handler takes %v longer by its stage, %v in truth", grown, slow)
	}
	for _, other := range []int{stageQueue, stageResponse} {
		if grown := slowed[other] - fast[other]; grown > slow/2 {
			t.Errorf("a handler slower by %v has the stage %s grow by %v", slow, stageNames[other], grown)
		}
	}
}

func TestAStoppedServerIsSeenAsQueueing(t *testing.T) {
	const stop = 20 * time.Millisecond
	c, s := serve(t, defaults())
	s.sampleEach(1)
	stopped, goOn := make(chan struct{}), make(chan struct{})
	go s.do(func() { close(stopped); <-goOn })
	<-stopped
	p, err := c.Post(background, methodEcho, nil)
	time.Sleep(stop)
	close(goOn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Await(background, nil); err != nil {
		t.Fatal(err)
	}
	m := methodStats(c, methodEcho)
	if m.Queue.Max() < stop || m.Handler.Max()+m.Response.Max()+m.ClientWake.Max() > m.Total.Max()-stop {
		t.Errorf("the server stopped for %v: %v", stop, m)
	}
}

func TestAStoppedClientIsSeenAsResponse(t *testing.T) {
	const stop = 20 * time.Millisecond
	o := defaults()
	o.position = 1 // a post at 0 looks for answers at once
	c, s := serve(t, o)
	s.sampleEach(1)
	p, err := c.Post(background, methodEcho, payload(8))
	if err != nil {
		t.Fatal(err)
	}
	s.until("it is answered", func() bool { return s.segment.serverCounts.answers == 1 })
	time.Sleep(stop)
	if _, err := p.Await(background, nil); err != nil {
		t.Fatal(err)
	}
	m := methodStats(c, methodEcho)
	if m.Response.Max() < stop || m.Queue.Max()+m.Handler.Max() > m.Total.Max()-stop {
		t.Errorf("the client stopped for %v: %v", stop, m)
	}
}

func TestALateAnswerIsSeenAsResponse(t *testing.T) {
	const late = 5 * time.Millisecond
	o := defaults()
	o.spin = time.Hour
	c, s := serve(t, o)
	s.sampleEach(1)
	s.do(func() { s.late = late })
	mustCall(t, c, methodEcho, 5)
	m := methodStats(c, methodEcho)
	// Whichever way the client waited: a processor of its own it may not have.
	if sum := m.Response.Sum() + m.ClientWake.Sum(); sum < 5*late*9/10 {
		t.Errorf("answers were published %v after their handlers' ends: %v", late, m)
	}
}

func TestASleepingClientIsSeenToBeWoken(t *testing.T) {
	o := defaults()
	o.spin = 0
	c, s := serve(t, o)
	s.sampleEach(1)
	s.do(func() { s.slow = time.Millisecond }) // or else the answer may be there before the sleep
	mustCall(t, c, methodEcho, 20)
	m := methodStats(c, methodEcho)
	if m.ClientWake.Count() < 5 || m.HandOver.Count() < 5 {
		t.Errorf("the client slept for 20 calls: %v", m)
	}
	isSane(t, m)
}

func TestClocksThatDisagreeMakeNoNegativeStage(t *testing.T) {
	for name, back := range map[string]int64{
		"a little behind": 1000, "a little ahead": -1000, "behind": int64(time.Second), "ahead": -int64(time.Second), "far behind": math.MaxInt64, "far ahead": math.MinInt64,
	} {
		t.Run(name, func(t *testing.T) {
			c, s := serve(t, defaults())
			s.sampleEach(1)
			s.do(func() { s.clockBack = uint64(back) })
			begin := time.Now()
			mustCall(t, c, methodEcho, 100)
			took := time.Since(begin)
			m := methodStats(c, methodEcho)
			isSane(t, m)
			if m.Total.Max() > took {
				t.Errorf("in %v one call took %v", took, m.Total.Max())
			}
		})
	}
}

// The server may write to a slot before the record in it is published.
func TestWhichCallIsSampledIsNotReadFromItsSlot(t *testing.T) {
	c, s := serve(t, defaults())
	s.sampleEach(1)
	mustCall(t, c, methodEcho, 1)
	ch := c.channel()
	ch.mu.Lock()
	defer ch.mu.Unlock()
	posted := &ch.ring.posted
	id := ch.ids[posted.position&posted.ring.mask]
	posted.put(methodEcho, id, 5, 0)
	head := wordAt(posted.ring.at(posted.position), 8)
	*head |= 0x7fff << 16
	ch.sample(1)
	if want := methodEcho | uint64(id|idSampled)<<16 | 5<<32; *head != want {
		t.Errorf("the record's head is %#x, expected %#x", *head, want)
	}
	if m := (*ch.marks.Load())[id]; m.every != 1 || m.position != uint32(posted.position) {
		t.Errorf("the mark of the call is %+v", m)
	}
	posted.discard()
}

func TestAnAnswerToACallThatWasNotSampledMustNotSayItWas(t *testing.T) {
	for name, of := range map[string]struct {
		every    uint32
		position uint64 // of the first of four calls before that
	}{"none was": {0, 0}, "others were": {1, 0}, "others were, and its position is that of no mark": {1, 1<<32 - 4}} {
		t.Run(name, func(t *testing.T) {
			o := defaults()
			o.position, o.slots = of.position, 4 // the fifth call has the id of the first
			c, s := serve(t, o)
			s.sampleEach(of.every)
			mustCall(t, c, methodEcho, 3)
			s.sampleEach(0)
			mustCall(t, c, methodEcho, 1)
			s.do(func() { s.lies = idSampled })
			_, err := c.Call(background, methodEcho, nil, nil)
			if corrupt, ok := err.(*CorruptError); !ok || corrupt.Violation != violationID.String() {
				t.Errorf("it is %v", err)
			}
		})
	}
}

func TestAnAnswerThatForgetsItWasSampledIsAnAnswer(t *testing.T) {
	c, s := serve(t, defaults())
	s.sampleEach(1)
	s.do(func() { s.lies = idSampled })
	mustCall(t, c, methodEcho, 10)
	s.do(func() { s.lies = 0 })
	mustCall(t, c, methodEcho, 10)
	if m := methodStats(c, methodEcho); m.Sampled != 10 {
		t.Errorf("%d calls are sampled, expected the 10 whose answers say so", m.Sampled)
	}
}

func TestTheServerSetsHowLongTheClientPolls(t *testing.T) {
	s := newSpinner(50 * time.Microsecond)
	own := s.full
	for policy, most := range map[uint32]time.Duration{0: 0, 10: 10 * time.Microsecond, spinOwn - 1: spinMost, spinOwn: 50 * time.Microsecond} {
		if s.obey(policy); s.full > uint32(most/s.round) || s.policy != policy {
			t.Errorf("a policy of %d us is %d rounds of %v", policy, s.full, s.round)
		}
	}
	if s.obey(spinOwn); s.full != own {
		t.Errorf("it polled %d rounds, and %d when it was left to it again", own, s.full)
	}
	o := defaults()
	o.spin = time.Minute
	c, server := serve(t, o)
	server.do(func() { server.slow = time.Millisecond })
	atomic.StoreUint32(server.segment.clientSpin, 0)
	before := c.Stats().Client.Sleeps
	mustCall(t, c, methodEcho, 10)
	if slept := c.Stats().Client.Sleeps - before; slept < 5 { // for some the answer may be there before it looks
		t.Errorf("a client that must not poll slept %d times for 10 slow calls", slept)
	}
}
