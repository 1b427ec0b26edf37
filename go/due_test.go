package ringcall

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// answersDue waits until the server has published an answer that nobody has reaped.
func answersDue(t *testing.T, c *channel) {
	t.Helper()
	eventually(t, "an answer is there", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.ring.reaped.look() != 0
	})
}

// Calls of every kind whose answers lie there, and that nobody leads for, are answered by the look of who awaits them.
func TestADueAnswerIsReapedWithoutLeading(t *testing.T) {
	for name, test := range map[string]func(t *testing.T, c *Client) func() error{
		"a call": func(t *testing.T, c *Client) func() error {
			p, err := c.Post(background, methodEcho, []byte("12345678"))
			if err != nil {
				t.Fatal(err)
			}
			return func() error {
				got, err := p.Await(background, nil)
				if string(got) != "12345678" {
					t.Errorf("%q", got)
				}
				return err
			}
		},
		"a run": func(t *testing.T, c *Client) func() error {
			r := c.NewRun(1)
			r.Add(methodAdd, add(3, 4))
			if err := r.Post(background); err != nil {
				t.Fatal(err)
			}
			return func() error { return r.Await(background) }
		},
		"a batch": func(t *testing.T, c *Client) func() error {
			b := c.NewBatch(methodAdd, 8, 8)
			requests, err := b.Reserve(background, 3)
			if err != nil {
				t.Fatal(err)
			}
			clear(requests)
			if err := b.Post(background); err != nil {
				t.Fatal(err)
			}
			return func() error {
				err := b.Await(background)
				if len(b.Answers()) != 24 {
					t.Errorf("%d bytes", len(b.Answers()))
				}
				b.Release()
				return err
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := serve(t, defaults())
			c := client.channel()
			await := test(t, client)
			answersDue(t, c)
			c.spin.shorts = 1 // until something is met by polling
			if err := await(); err != nil {
				t.Fatal(err)
			}
			if c.spin.shorts != 1 || c.leadNow() != leadNone || c.counters.spins != 1 {
				t.Errorf("it polled: lead %d, %d waits met an answer", c.leadNow(), c.counters.spins)
			}
		})
	}
}

// Who awaits a call reaps what is due to others first and goes on to lead: a poster that comes then finds the room which that made.
func TestWhatIsReapedBeforeLeadingMakesRoom(t *testing.T) {
	o := defaults()
	o.spin = time.Hour
	client, s := serve(t, o)
	c := client.channel()
	slots := int(o.slots)
	for range slots - 1 {
		if err := client.Send(background, methodHold, nil); err != nil {
			t.Fatal(err)
		}
	}
	last, err := client.Post(background, methodHold, nil)
	if err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(slots)
	s.do(func() {
		for _, r := range s.held[:slots-1] {
			s.ring.answered.put(statusOK, r.id, 0, 0)
		}
		s.held = s.held[slots-1:]
		s.publish()
	})
	answersDue(t, c)
	awaited := make(chan error)
	go func() {
		_, err := last.Await(background, nil)
		awaited <- err
	}()
	eventually(t, "somebody leads", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.leadNow() != leadNone
	})
	ctx, cancel := context.WithTimeout(background, 10*time.Second)
	defer cancel()
	if _, err := client.Call(ctx, methodEcho, []byte("room"), nil); err != nil {
		t.Errorf("a call while all slots but one are free: %v", err)
	}
	s.answerHeld()
	if err := <-awaited; err != nil {
		t.Error(err)
	}
}

// The longer wait for a server that was rung is not spent on one that has answered since.
func TestADueAnswerEndsTheWaitForTheServersWaking(t *testing.T) {
	client, s := serve(t, defaults())
	c := client.channel()
	var pending [2]Pending
	for i, method := range []uint16{methodEcho, methodHold} {
		var err error
		if pending[i], err = client.Post(background, method, nil); err != nil {
			t.Fatal(err)
		}
	}
	answersDue(t, c)
	atomic.StoreUint32(&c.rung, 1) // as if for one of them
	if _, err := pending[0].Await(background, nil); err != nil || c.rung != 1 {
		t.Fatalf("%v, rung %d: the other call may be the one that was rung for", err, c.rung)
	}
	s.awaitHeld(1)
	s.answerHeld()
	answersDue(t, c)
	if _, err := pending[1].Await(background, nil); err != nil || c.rung != 0 {
		t.Errorf("%v, rung %d", err, c.rung)
	}
}

// A payload is copied by a leader, without mu.
func TestADuePayloadIsLeftToALeader(t *testing.T) {
	client, _ := serve(t, defaults())
	c := client.channel()
	p, err := client.Post(background, methodEcho, payload(1000))
	if err != nil {
		t.Fatal(err)
	}
	answersDue(t, c)
	c.mu.Lock()
	taken := c.reapDue(p.call)
	c.mu.Unlock()
	if taken {
		t.Error("it was taken under mu")
	}
	if got, err := p.Await(background, nil); err != nil || len(got) != 1000 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

func TestADueAnswerThatBreaksARulePoisons(t *testing.T) {
	client, s := serve(t, defaults())
	var pending [2]Pending
	for i := range pending {
		var err error
		if pending[i], err = client.Post(background, methodHold, nil); err != nil {
			t.Fatal(err)
		}
	}
	s.awaitHeld(2)
	s.do(func() {
		s.ring.answered.put(statusOK, s.held[0].id, 0, 50)
		s.publish()
	})
	answersDue(t, client.channel())
	for i := range pending {
		var corrupt *CorruptError
		if _, err := pending[i].Await(background, nil); !errors.As(err, &corrupt) || corrupt.Violation != violationShape.String() {
			t.Errorf("%v, expected %v", err, violationShape)
		}
	}
	expectPoisoned(t, client, s, violationShape)
}

// A batch's answer that is the awaited one comes by a way of its own, which is to judge like the general one.
func TestABatchsOwnAnswerIsJudged(t *testing.T) {
	for name, test := range map[string]struct {
		shape uint32
		count uint64
		good  bool
	}{
		"all records":      {4, 3, true},
		"fewer records":    {4, 2, true},
		"more records":     {4, 4, false},
		"a count too wide": {8, 3, false},
		"no count":         {0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := defaults()
			o.spin = time.Hour
			client, s := serve(t, o)
			b := client.NewBatch(methodHold, 8, 8)
			if _, err := b.Reserve(background, 3); err != nil {
				t.Fatal(err)
			}
			done := make(chan error)
			go func() { done <- b.Do(background) }()
			s.awaitHeld(1)
			s.do(func() {
				*(*uint64)(s.ring.answered.next()) = test.count
				s.ring.answered.put(statusOK, s.held[0].id, 0, test.shape)
				s.publish()
			})
			err := <-done
			if !test.good {
				var corrupt *CorruptError
				if !errors.As(err, &corrupt) || corrupt.Violation != violationBatch.String() {
					t.Fatalf("%v, expected %v", err, violationBatch)
				}
				b.Release()
				expectPoisoned(t, client, s, violationBatch)
				return
			}
			if err != nil || b.answers != int(test.count) {
				t.Errorf("%d answers (%v), expected %d", b.answers, err, test.count)
			}
			b.Release()
		})
	}
}
