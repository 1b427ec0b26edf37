package ringcall

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func newSuspects() *suspects {
	s := new(suspects)
	s.init()
	return s
}

func TestADeathCountsOnceForARequest(t *testing.T) {
	s := newSuspects()
	for epoch := uint64(1); epoch <= 2; epoch++ {
		for range 5 {
			s.died(7, epoch)
		}
	}
	if n := s.deaths(7); n != 2 {
		t.Errorf("%d deaths are counted, expected 2", n)
	}
	s.answered(7)
	s.answered(8)
	if s.deaths(7) != 0 || s.any() {
		t.Error("an answer does not clear it")
	}
}

func TestSuspectsAreBounded(t *testing.T) {
	s := newSuspects()
	for epoch := range uint64(3) {
		s.died(1, epoch+1)
	}
	for content := range uint64(5 * suspectsMax) {
		s.died(content+2, 4)
	}
	if len(s.table) != suspectsMax || s.deaths(1) != deathsMax {
		t.Errorf("%d suspects are known, expected %d; that which is poisoned has %d deaths", len(s.table), suspectsMax, s.deaths(1))
	}
}

func TestTheContentAndTheMethodMakeTheRequest(t *testing.T) {
	s := newSuspects()
	seen := map[uint64]bool{}
	for _, content := range []string{"", "a", "b", "ab"} {
		for method := range uint16(3) {
			seen[s.contentOf(method, []byte(content))] = true
		}
	}
	if len(seen) != 12 || seen[0] || s.contentOf(1, []byte("a")) != s.contentOf(1, []byte("a")) {
		t.Errorf("%d of 12 are told apart", len(seen))
	}
}

// lose has a server die with these requests taken, and waits for the next one.
func (all *incarnations) lose(calls func()) *testServer {
	number := len(all.servers)
	s := all.next(number)
	calls()
	s.die()
	return all.next(number + 1)
}

func TestASuspectThatWasLeftKeepsItsTurn(t *testing.T) {
	c, all := serveAgain(t, defaults())
	hold := func(ctx context.Context, content string, result chan error) {
		_, err := c.Call(ctx, methodHold, []byte(content), nil)
		result <- err
	}
	results := make(chan error, 2)
	s := all.lose(func() {
		go hold(background, "first", results)
		go hold(background, "second", results)
		all.last().awaitHeld(2)
	})
	for range 2 {
		if err := <-results; !errors.Is(err, ErrMayHaveRun) {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(background)
	go hold(ctx, "first", results)
	s.awaitHeld(1)
	cancel()
	if err := <-results; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	bounded, cancel := context.WithTimeout(background, 30*time.Millisecond)
	defer cancel()
	hold(bounded, "second", results)
	if err := <-results; !errors.Is(err, ErrDeadline) || !errors.Is(err, ErrNeverStarted) {
		t.Errorf("the second, while the first may still run: %v", err)
	}
	if _, err := c.Call(background, methodEcho, []byte("another"), nil); err != nil {
		t.Errorf("no suspect: %v", err)
	}
	go hold(background, "second", results)
	s.answerHeld() // the first
	s.awaitHeld(1)
	s.answerHeld()
	if err := <-results; err != nil {
		t.Errorf("the second, afterwards: %v", err)
	}
	if c.restart.suspects.any() {
		t.Error("both were answered, and are suspects still")
	}
}

func TestWhatNobodyWaitsForIsASuspectToo(t *testing.T) {
	c, all := serveAgain(t, defaults())
	for range deathsMax {
		all.lose(func() {
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			result := make(chan error)
			go func() {
				_, err := c.Call(ctx, methodHold, []byte("left"), nil)
				result <- err
			}()
			all.last().awaitHeld(1)
			cancel()
			<-result
		})
	}
	if _, err := c.Call(background, methodHold, []byte("left"), nil); !errors.Is(err, ErrPoisoned) {
		t.Errorf("what was left by its caller: %v", err)
	}
	if err := c.Send(background, methodHold, []byte("left")); !errors.Is(err, ErrPoisoned) {
		t.Errorf("sent: %v", err)
	}
	p, err := c.Post(background, methodHold, []byte("left"))
	if err == nil {
		_, err = p.Await(background, nil)
	}
	if !errors.Is(err, ErrPoisoned) {
		t.Errorf("posted: %v", err)
	}
	expectEcho(t, c, 8)
}

func TestAServerThatLeavesInPeaceMakesNoSuspects(t *testing.T) {
	c, all := serveAgain(t, defaults())
	result := make(chan error, 1)
	all.lose(func() {
		go func() {
			_, err := c.Call(background, methodHold, nil, nil)
			result <- err
		}()
		s := all.last()
		s.awaitHeld(1)
		s.do(func() { atomic.StoreUint32(&s.segment.server.state, stateClosed) })
	})
	if err := <-result; !errors.Is(err, ErrServerClosed) || !errors.Is(err, ErrMayHaveRun) {
		t.Error(err)
	}
	if c.restart.suspects.any() {
		t.Error("what it had in hand is a suspect")
	}
}

func TestAnInnocentIsNotSentBesideTheKillerAgain(t *testing.T) {
	c, all := serveAgain(t, defaults())
	call := func(content string) chan error {
		result := make(chan error, 1)
		go func() {
			_, err := c.Call(background, methodHold, []byte(content), nil)
			result <- err
		}()
		return result
	}
	var killer, innocent chan error
	all.lose(func() {
		killer, innocent = call("kill"), call("live")
		all.last().awaitHeld(2)
	})
	if err := errors.Join(<-killer, <-innocent); !errors.Is(err, ErrMayHaveRun) {
		t.Fatal(err)
	}
	killer, innocent = call("kill"), call("live")
	for killer != nil || innocent != nil {
		s := all.last()
		var held []string
		s.do(func() {
			for i := range s.held {
				held = append(held, string(s.held[i].bytes()))
			}
		})
		switch {
		case len(held) == 2:
			t.Fatal("both are in flight at a time")
		case len(held) == 1 && held[0] == "kill":
			all.lose(func() {})
		case len(held) == 1:
			s.answerHeld()
		}
		select {
		case err := <-killer:
			if !errors.Is(err, ErrMayHaveRun) {
				t.Errorf("the killer: %v", err)
			}
			killer = nil
		case err := <-innocent:
			if err != nil {
				t.Errorf("the innocent: %v", err)
			}
			innocent = nil
		case <-time.After(time.Millisecond):
		}
	}
	if len(c.restart.suspects.table) != 1 {
		t.Errorf("%d suspects are left, expected the killer", len(c.restart.suspects.table))
	}
}
