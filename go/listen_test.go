package ringcall

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func TestAWakeIsRecoveredOnlyIfTheSameAnswerIsMissedTwice(t *testing.T) {
	var doubt wakeDoubt
	for i, look := range []struct {
		position uint64
		want     bool
	}{{5, false}, {6, false}, {7, false}, {7, true}, {7, false}, {7, true}, {8, false}} {
		if got := doubt.confirmed(look.position); got != look.want {
			t.Errorf("look %d, at position %d: %v", i, look.position, got)
		}
	}
}

// listens is how often a caller has listened for the bell itself, and by whom it is heard now.
func listens(t *testing.T, c *channel) (times uint64, by uint8) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leadNow() == leadBell && c.listening == bellByNobody && c.firstWaiting(&c.sleepers) != nil {
		t.Error("there are sleepers, and nobody listens")
	}
	return c.listened, c.listening
}

func heardBy(t *testing.T, c *channel, by uint8) func() bool {
	return func() bool {
		_, now := listens(t, c)
		return now == by
	}
}

// sleepers waits until so many calls sleep.
func awaitSleepers(t *testing.T, ch *channel, n int) {
	t.Helper()
	eventually(t, "all of them sleep", func() bool {
		ch.mu.Lock()
		defer ch.mu.Unlock()
		slept := 0
		for k := ch.sleepers.first; k != nil; k = k.next {
			slept++
		}
		return slept == n && ch.leadNow() == leadBell
	})
}

// listening starts a call of methodHold that listens for the bell itself and returns where its outcome will be.
func listening(t *testing.T, c *Client, s *testServer, call func() error) <-chan error {
	t.Helper()
	ch := c.channel()
	var outcome chan error
	eventually(t, "a caller listens", func() bool {
		eventually(t, "the bell goroutine stays away", func() bool {
			mustCall(t, c, methodEcho, 1)
			return heardBy(t, ch, bellByNobody)()
		})
		outcome = make(chan error, 1)
		go func() { outcome <- call() }()
		s.awaitHeld(1)
		awaitSleepers(t, ch, 1)
		if ch.listener.Load() != nil {
			return true
		}
		s.answerHeld()
		<-outcome
		return false
	})
	return outcome
}

// end is the outcome of a call that must have one.
func end(t *testing.T, outcome <-chan error) error {
	t.Helper()
	select {
	case err := <-outcome:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("the call does not return")
		return nil
	}
}

func hold(c *Client) func() error {
	return func() error {
		_, err := c.Call(background, methodHold, nil, nil)
		return err
	}
}

func TestWhoSleepsAloneListensItself(t *testing.T) {
	c, _ := serve(t, parked(defaults()))
	eventually(t, "a hundred calls were awaited by who listened itself", func() bool {
		mustCall(t, c, methodEcho, 1)
		times, _ := listens(t, c.channel())
		return times >= 100
	})
	if stats := c.Stats(); stats.Client.Sleeps < 100 {
		t.Errorf("%d sleeps", stats.Client.Sleeps)
	}
}

func TestTheBellGoroutineComesBackWhereNobodyCalls(t *testing.T) {
	c, s := serve(t, parked(defaults()))
	eventually(t, "the bell goroutine stays away", func() bool {
		mustCall(t, c, methodEcho, 1)
		return heardBy(t, c.channel(), bellByNobody)()
	})
	eventually(t, "it is back", heardBy(t, c.channel(), bellByGoroutine))
	s.die()
	select {
	case <-c.Done():
	case <-time.After(20 * time.Second):
		t.Error("the server's end was not noticed")
	}
}

// Another goroutine leads meanwhile and reaps its answer, for which no bell is rung. Else it would listen until its time is up.
func TestWhoListensIsWokenByWhoReapsItsAnswer(t *testing.T) {
	var waited time.Duration
	for range 5 { // the machine may put any of them aside
		c, s := serve(t, parked(defaults()))
		ch := c.channel()
		outcome := listening(t, c, s, hold(c))
		lead(t, ch)
		s.answerHeld()
		s.until("it is answered", func() bool { return s.ring.answered.position == s.ring.taken.position })
		begin := time.Now()
		reapAndLeave(t, ch)
		if err := end(t, outcome); err != nil {
			t.Fatal(err)
		}
		if waited = time.Since(begin); waited < netInterval/4 {
			return
		}
	}
	t.Errorf("it listened on for %v", waited)
}

// It leaves with its answer while another still sleeps.
func TestTheBellGoroutineListensForThoseWhoAreLeftAsleep(t *testing.T) {
	c, s := serve(t, parked(defaults()))
	ch := c.channel()
	first := listening(t, c, s, hold(c))
	second := make(chan error, 1)
	go func() { second <- hold(c)() }()
	awaitSleepers(t, ch, 2)
	s.do(func() {
		s.answer(s.held[0].id, statusOK, 0, nil)
		s.held = s.held[1:]
		s.publish()
	})
	if err := end(t, first); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the bell goroutine listens", heardBy(t, ch, bellByGoroutine))
	s.answerHeld()
	if err := end(t, second); err != nil {
		t.Fatal(err)
	}
}

// aboutToSleep makes the test the leader, with a call of methodHold, while the bell goroutine stays away.
func aboutToSleep(t *testing.T) (c *Client, s *testServer, ch *channel, own *call) {
	t.Helper()
	c, s = serve(t, parked(defaults()))
	ch = c.channel()
	eventually(t, "the bell goroutine stays away", func() bool {
		mustCall(t, c, methodEcho, 1)
		return heardBy(t, ch, bellByNobody)()
	})
	lead(t, ch)
	own, _, err := ch.post(background, methodHold, nil, toAwait)
	if err != nil {
		t.Fatal(err)
	}
	return c, s, ch, own
}

// Who goes to sleep finds its answer in the last look, and another goes to sleep with it.
func TestTheBellGoroutineListensForThoseWhoFollowedOneThatIsAnswered(t *testing.T) {
	c, s, ch, own := aboutToSleep(t)
	follower := make(chan error, 1)
	go func() { follower <- hold(c)() }()
	s.awaitHeld(2)
	eventually(t, "another follows", func() bool {
		ch.mu.Lock()
		defer ch.mu.Unlock()
		return ch.firstWaiting(&ch.followers) != nil
	})
	s.do(func() {
		s.answer(s.held[0].id, statusOK, 0, nil)
		s.held = s.held[1:]
		s.publish()
	})
	ch.mu.Lock()
	ch.listening = bellByNobody // should it have come back
	ch.rest(own, boundsOf(background))
	by := ch.listening
	ch.mu.Unlock()
	if by != bellByGoroutine || atomic.LoadUint32(&own.state) != callDone {
		t.Errorf("%d listens, and the state of who found its answer is %d", by, own.state)
	}
	s.answerHeld()
	if err := end(t, follower); err != nil {
		t.Error(err)
	}
}

// Another goroutine leads, and ends the call, between its poster's going to sleep and its listening.
func TestWhoIsAnsweredBeforeItListensGivesThatUp(t *testing.T) {
	c, s, ch, own := aboutToSleep(t)
	s.awaitHeld(1)
	ch.mu.Lock()
	ch.listening = bellByNobody // should it have come back
	ch.rest(own, boundsOf(background))
	if ch.listener.Load() != own {
		t.Error("it is not to listen")
	}
	ch.mu.Unlock()
	lead(t, ch)
	s.answerHeld()
	s.until("it is answered", func() bool { return s.ring.answered.position == s.ring.taken.position })
	reapAndLeave(t, ch)
	if err := ch.await(background, own, false, unpolled); err != nil {
		t.Error(err)
	}
	if by := ch.listener.Load(); by != nil {
		t.Error("it is still said to listen")
	}
	if _, by := listens(t, ch); by == bellByCaller {
		t.Error("a caller is said to listen, and none does")
	}
	outcome := listening(t, c, s, hold(c))
	s.answerHeld()
	if err := end(t, outcome); err != nil {
		t.Error(err)
	}
}

// Its context may be cancelled, so it listens for a moment only.
func TestACallThatTakesLongIsLeftToTheBellGoroutine(t *testing.T) {
	c, s := serve(t, parked(defaults()))
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	before := uint64(0)
	eventually(t, "a caller has listened, and does no more", func() bool {
		eventually(t, "the bell goroutine stays away", func() bool {
			mustCall(t, c, methodEcho, 1)
			times, by := listens(t, c.channel())
			before = times
			return by == bellByNobody
		})
		outcome := make(chan error, 1)
		go func() {
			_, err := c.Call(ctx, methodHold, nil, nil)
			outcome <- err
		}()
		s.awaitHeld(1)
		eventually(t, "the bell goroutine listens", heardBy(t, c.channel(), bellByGoroutine))
		times, _ := listens(t, c.channel())
		s.answerHeld()
		if err := end(t, outcome); err != nil {
			t.Error(err)
		}
		return times > before
	})
}

func TestACancellationEndsListening(t *testing.T) {
	var waited time.Duration
	for range 5 { // the machine may put it aside
		c, s := serve(t, parked(defaults()))
		ctx, cancel := context.WithCancel(background)
		outcome := listening(t, c, s, func() error {
			mayTakeLong, _ := listens(t, c.channel())
			for times := mayTakeLong; times == mayTakeLong; times, _ = listens(t, c.channel()) { // whose listening was bounded by far more
				mustCall(t, c, methodEcho, 1)
			}
			_, err := c.Call(ctx, methodHold, nil, nil)
			return err
		})
		begin := time.Now()
		cancel()
		if err := end(t, outcome); !errors.Is(err, context.Canceled) {
			t.Fatalf("%v, expected that the context was cancelled", err)
		}
		waited = time.Since(begin)
		s.answerHeld()
		expectEcho(t, c, 8)
		if waited < netInterval/4 {
			return
		}
	}
	t.Errorf("it listened on for %v", waited)
}

func TestADeadlineEndsListening(t *testing.T) {
	held := Method{ID: methodHold, Name: "test.hold", Deadline: 20 * time.Millisecond}
	var waited time.Duration
	for range 5 { // the machine may put it aside
		c, s := serve(t, parked(defaults()))
		var begin time.Time
		outcome := listening(t, c, s, func() error {
			begin = time.Now()
			var sum int64
			return CallRecord(background, c, &held, &addRequest{1, 2}, &sum)
		})
		if err := end(t, outcome); !errors.Is(err, ErrDeadline) {
			t.Fatalf("%v, expected that the deadline has passed", err)
		}
		if waited = time.Since(begin); waited < netInterval/2 {
			return
		}
	}
	t.Errorf("a deadline of %v was kept after %v", held.Deadline, waited)
}

func TestWhoListensHearsOfTheEnd(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(c *Client, s *testServer)
		want error
	}{
		"closed": {func(c *Client, s *testServer) { c.Close() }, ErrClosed},
		"died":   {func(c *Client, s *testServer) { s.die() }, ErrServerGone},
		"lied": {func(c *Client, s *testServer) {
			s.do(func() { s.lies = 1 })
			s.answerHeld()
		}, ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			c, s := serve(t, parked(defaults()))
			outcome := listening(t, c, s, hold(c))
			test.end(c, s)
			if err := end(t, outcome); !errors.Is(err, test.want) {
				t.Errorf("%v, expected %v", err, test.want)
			}
			if atomic.LoadUint32(&c.channel().stop) == 0 {
				t.Error("the channel goes on")
			}
		})
	}
}
