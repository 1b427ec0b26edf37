package ringcall

import (
	"bytes"
	"runtime"
	"sync/atomic"
	"testing"
)

// lead makes the test the leader, which nobody may be.
func lead(t *testing.T, ch *channel) {
	t.Helper()
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if !ch.claim() {
		t.Fatal("somebody leads")
	}
}

func reapAndLeave(t *testing.T, ch *channel) {
	t.Helper()
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if !ch.reapAll(nil) {
		t.Error("an answer is bad")
	}
	ch.passOn(nil)
}

// Who meets a leader gives way before it sleeps: answered meanwhile, it need not be woken.
func TestWhoMeetsALeaderDoesNotSleepAtOnce(t *testing.T) {
	c, s := serve(t, defaults())
	ch := c.channel()
	lead(t, ch)
	k, leading, err := ch.post(background, methodEcho, payload(8), toWait)
	if err != nil || leading {
		t.Fatalf("it leads: %v (%v)", leading, err)
	}
	s.until("it is answered", func() bool { return s.segment.serverCounts.answers == 1 })
	reapAndLeave(t, ch)
	if k.listed || atomic.LoadUint32(&k.state) != callDone || len(k.wake) != 0 {
		t.Errorf("its state is %d, and %d wakes were sent; listed as one who sleeps: %v", k.state, len(k.wake), k.listed)
	}
	if answer, err := ch.awaitOwn(background, k, leading, nil); err != nil || !bytes.Equal(answer, payload(8)) {
		t.Errorf("the answer is %x (%v)", answer, err)
	}
}

// What the leader reaps for it stays where it is, as for one who sleeps.
func TestWhoGivesWayHasItsAnswerInTheArena(t *testing.T) {
	c, s := serve(t, defaults())
	ch := c.channel()
	lead(t, ch)
	k, leading, err := ch.post(background, methodEcho, payload(1000), toWait)
	if err != nil {
		t.Fatal(err)
	}
	s.until("it is answered", func() bool { return s.segment.serverCounts.answers == 1 })
	reapAndLeave(t, ch)
	if k.spilled || !k.inArena() {
		t.Error("its answer was copied out of the arena")
	}
	view, err := ch.awaitView(background, k, leading)
	if err != nil || !bytes.Equal(view.Bytes(), payload(1000)) {
		t.Errorf("the answer is %x (%v)", view.Bytes(), err)
	}
	view.Release()
}

func TestWhoGivesWayFindsItsAnswer(t *testing.T) {
	procs := runtime.GOMAXPROCS(1)
	defer runtime.GOMAXPROCS(procs)
	c, _ := serve(t, defaults())
	ch := c.channel()
	lead(t, ch)
	defer ch.leave()
	for _, answered := range []bool{true, false} {
		k := newCall()
		k.state = callYielding
		if answered {
			go atomic.StoreUint32(&k.state, callDone)
		}
		if done := ch.yield(background, k); done != answered {
			t.Errorf("it is done: %v, expected %v", done, answered)
		}
	}
}

// When it has given way in vain it leads, if the leader has left, or is told by who leads.
func TestWhoGaveWayInVainLeadsOrFollows(t *testing.T) {
	for _, leaves := range []bool{true, false} { // the leader, meanwhile
		c, s := serve(t, defaults())
		ch := c.channel()
		lead(t, ch)
		k, _, err := ch.post(background, methodHold, payload(8), toWait)
		if err != nil {
			t.Fatal(err)
		}
		s.awaitHeld(1)
		if leaves {
			ch.leave()
		}
		answers := make(chan error, 1)
		go func() {
			_, err := ch.awaitOwn(background, k, false, nil)
			answers <- err
		}()
		eventually(t, "it leads, or is listed behind who leads", func() bool {
			ch.mu.Lock()
			defer ch.mu.Unlock()
			return leaves && ch.leadNow() != leadNone || !leaves && k.listed
		})
		s.answerHeld()
		if !leaves {
			s.until("it is answered", func() bool { return s.segment.serverCounts.answers == 1 })
			reapAndLeave(t, ch)
		}
		if err := <-answers; err != nil {
			t.Error(err)
		}
	}
}
