package ringcall

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// expectPoisoned checks what the server gets to know, and that Close leaves it so.
func expectPoisoned(t *testing.T, c *Client, s *testServer, want violation) {
	t.Helper()
	if !waitFor(s.ended, 10*time.Second) {
		t.Error("the connection is still open")
	}
	c.Close()
	expectRefused(t, c, ErrClosed)
	state, reason := atomic.LoadUint32(&s.segment.client.state), violation(atomic.LoadUint32(&s.segment.client.reason))
	if state != statePoisoned || reason != want {
		t.Errorf("the segment says state %d, reason %v", state, reason)
	}
}

func TestAViolationPoisonsTheChannel(t *testing.T) {
	inline := func(s *testServer, r *record) { s.ring.answered.put(statusOK, r.id, 0, 0) }
	for name, test := range map[string]struct {
		want violation
		do   func(s *testServer, r *record)
	}{
		"a count beyond what is outstanding": {violationCount, func(s *testServer, r *record) {
			inline(s, r)
			s.ring.answered.pending = 3
		}},
		"a word that is not the run's": {violationWord, func(s *testServer, r *record) {
			inline(s, r)
			s.ring.answered.put(statusOK, s.held[1].id, 0, 0)
			*slotWord(s.segment.slots.at(s.ring.answered.position + 1)) = 0
		}},
		"a reserved shape":               {violationShape, func(s *testServer, r *record) { s.ring.answered.put(statusOK, r.id, 0, 50) }},
		"an answer with a batch's shape": {violationShape, func(s *testServer, r *record) { s.ring.answered.put(statusOK, r.id, 0, shapeBatch) }},
		"an id beyond the ring":          {violationID, func(s *testServer, r *record) { s.ring.answered.put(statusOK, 64, 0, 0) }},
		"an id that is not outstanding":  {violationID, func(s *testServer, r *record) { s.ring.answered.put(statusOK, (r.id+30)%64, 0, 0) }},
		"an answer twice":                {violationID, func(s *testServer, r *record) { inline(s, r); inline(s, r) }},
		"a status that does not exist":   {violationStatus, func(s *testServer, r *record) { s.ring.answered.put(statusBatchFailed+1, r.id, 0, 0) }},
		"a batch's status for no batch":  {violationStatus, func(s *testServer, r *record) { s.ring.answered.put(statusBatchFailed, r.id, 0, 8) }},
		"a region before the arena":      {violationRegion, badRegion(func(s *testServer) arenaRef { return arenaRef{offset: s.segment.answerArena.offset, size: 8} })},
		"a region that is not aligned":   {violationRegion, badRegion(func(s *testServer) arenaRef { return arenaRef{offset: s.segment.answerArena.offset + 24, size: 8} })},
		"a region that ends too late":    {violationRegion, badRegion(func(s *testServer) arenaRef { return arenaRef{offset: s.segment.answerArena.offset + 16, size: 4081} })},
		"a region whose end wraps": {violationRegion, badRegion(func(s *testServer) arenaRef {
			return arenaRef{offset: s.segment.answerArena.offset + 16, size: 1<<32 - 1}
		})},
		"a region of the request's arena": {violationRegion, badRegion(func(s *testServer) arenaRef { return arenaRef{offset: s.segment.requestArena.offset + 16, size: 8} })},
	} {
		for how, spin := range map[string]time.Duration{"polling": time.Hour, "asleep": 0} {
			t.Run(name+", "+how, func(t *testing.T) {
				o := defaults()
				o.spin = spin
				c, s := serve(t, o)
				done := make(chan error, 2)
				for range 2 {
					go func() {
						_, err := c.Call(background, methodHold, nil, nil)
						done <- err
					}()
				}
				s.awaitHeld(2)
				s.do(func() {
					test.do(s, &s.held[0])
					s.publish()
				})
				failed := 0
				for range 2 {
					var corrupt *CorruptError
					if err := <-done; err == nil {
						continue
					} else if !errors.As(err, &corrupt) || corrupt.Server || corrupt.Violation != test.want.String() {
						t.Errorf("%v, expected %v", err, test.want)
					}
					failed++
				}
				if failed == 0 {
					t.Error("no call failed")
				}
				expectAllFail(t, c, ErrCorrupt)
				expectPoisoned(t, c, s, test.want)
			})
		}
	}
}

func badRegion(ref func(s *testServer) arenaRef) func(s *testServer, r *record) {
	return func(s *testServer, r *record) {
		*(*arenaRef)(s.ring.answered.next()) = ref(s)
		s.ring.answered.put(statusOK, r.id, 0, shapeArena)
	}
}

func TestABatchAnsweredForTooManyPoisonsTheChannel(t *testing.T) {
	c, s := serve(t, defaults())
	b := c.NewBatch(methodHold, 8, 8)
	reserveAdds(t, b, 10)
	if err := b.Post(background); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(1)
	s.do(func() {
		s.answer(s.held[0].id, statusOK, 0, []byte{11, 0, 0, 0})
		s.publish()
	})
	if err := b.Await(background); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
	b.Release()
}

func TestAServerThatPoisonedTheChannelIsNamed(t *testing.T) {
	c, s := serve(t, defaults())
	s.do(func() {
		s.segment.server.reason = uint32(violationBatch)
		atomic.StoreUint32(&s.segment.server.state, statePoisoned)
		s.conn.Close()
	})
	<-c.Done()
	var corrupt *CorruptError
	if err := c.Err(); !errors.As(err, &corrupt) || !corrupt.Server || !strings.Contains(err.Error(), violationBatch.String()) {
		t.Error(err)
	}
}

func TestARunOfAnswersThatIsTooLongPoisonsTheChannel(t *testing.T) {
	o := defaults()
	o.slots = 512
	c, s := serve(t, o)
	r := c.NewRun(300)
	for range 300 {
		if err := r.Add(methodHold, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Post(background); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(300)
	s.answerHeld() // as one run
	if err := r.Await(background); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
	expectPoisoned(t, c, s, violationCount)
}

func TestAnAnswerToARequestThatIsNotPublishedIsAViolation(t *testing.T) {
	c, s := serve(t, defaults())
	if _, err := c.Post(background, methodHold, nil); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(1)
	c.channel().mu.Lock()
	position := uint32(c.channel().ring.posted.position)
	id := c.channel().ids[position&uint32(c.channel().ring.posted.ring.mask)]
	leading := c.channel().claim()
	c.channel().mu.Unlock()
	if !leading {
		t.Fatal("somebody leads")
	}
	defer c.channel().leave()
	s.do(func() {
		s.answer(id, statusOK, 0, payload(8))
		s.publish()
	})
	single, body := newCall(), c.NewRun(2).body
	for name, entry := range map[string]outstanding{
		"a call":                      {single, 0, position},
		"a call further on":           {single, 0, position + 10},
		"a run":                       {&body.call, 1, position},
		"a run, its index half-known": {&body.call, 2, position - 1},
	} {
		c.channel().pending[id] = entry
		body.left = 2
		if count := c.channel().ring.reaped.look(); count != 1 {
			t.Fatalf("%s: %d answers are there", name, count)
		}
		if v := c.channel().reap(1, nil); v != violationID {
			t.Errorf("%s: %v", name, v)
		}
		if body.left != 2 || single.state != callPosted {
			t.Errorf("%s: the answer was delivered", name)
		}
	}
	c.channel().pending[id] = outstanding{}
}

func TestARequestIsNotTakenForALaterOneHoweverLongItIsInFlight(t *testing.T) {
	const slots = 64
	for _, test := range []struct {
		position uint32
		from     uint64
		want     bool
	}{{5, 5, true}, {4, 5, false}, {5 + slots - 1, 5, true}, {5, 5 + 1<<31 + 9, false}, {5, 5 + 1<<32 - slots, false}, {3, 1<<32 - 1, true}} {
		if got := (&outstanding{position: test.position}).isFrom(test.from, slots); got != test.want {
			t.Errorf("position %d, looked at from %d: %v", test.position, test.from, got)
		}
	}
}
