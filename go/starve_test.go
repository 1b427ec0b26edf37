package ringcall

import (
	"context"
	"runtime"
	"testing"
	"time"
)

// A goroutine that waits for room may lead meanwhile. What is freed then it must not sleep for.

func TestRoomMadeWhileTheWaiterLeadsIsNotSleptFor(t *testing.T) {
	client, _ := serve(t, defaults())
	c := client.channel()
	held, err := c.reserve(background, int(c.arena.capacity()))
	if err != nil {
		t.Fatal(err)
	}
	// The steps of awaitRegion, with the release between two of them.
	c.mu.Lock()
	if c.arena.alloc(64) != nil {
		t.Fatal("there is room in a full arena")
	}
	k := c.take()
	k.reset(0)
	k.starved, k.ready = true, (*channel).hasFreed
	leading := c.leadOrFollow(k)
	c.mu.Unlock()
	if !leading {
		t.Fatal("it does not lead, though nobody else does")
	}
	c.release(held)
	ctx, cancel := context.WithTimeout(background, 10*time.Second)
	defer cancel()
	if err := c.await(ctx, k, leading, unpolled); err != nil {
		t.Errorf("it slept although the arena was empty: %v", err)
	}
}

func TestReservationsGoOnWhileACallIsSlow(t *testing.T) {
	client, s := serve(t, defaults())
	slow := make(chan error, 1)
	go func() {
		_, err := client.Call(background, methodHold, payload(8), nil)
		slow <- err
	}()
	s.awaitHeld(1)
	c := client.channel()
	eventually(t, "the slow call's caller sleeps", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.leadNow() == leadBell
	})
	a, b := client.NewBatch(methodAdd, 8, 8), client.NewBatch(methodAdd, 8, 8)
	late := 0 // what the safety net had to find; a machine that stands still may add some
	for i := range 60 {
		if _, err := a.Reserve(background, 200); err != nil {
			t.Fatal(err)
		}
		got := make(chan error, 1)
		go func() {
			ctx, cancel := context.WithTimeout(background, 10*time.Second)
			defer cancel()
			_, err := b.Reserve(ctx, 200)
			got <- err
		}()
		for queued := 0; queued == 0; runtime.Gosched() {
			c.mu.Lock()
			queued = c.queued
			c.mu.Unlock()
		}
		for begin := time.Now(); time.Since(begin) < time.Duration(i)*time.Microsecond; {
		}
		a.Release()
		begin := time.Now()
		if err := <-got; err != nil {
			t.Fatal(err)
		}
		if time.Since(begin) > netInterval/4 {
			late++
		}
		b.Release()
	}
	if late > 12 {
		t.Errorf("%d of 60 reservations waited for an arena that was empty", late)
	}
	s.answerHeld()
	if err := <-slow; err != nil {
		t.Error(err)
	}
}

func TestADeferredDiscardDoesNoHarm(t *testing.T) {
	client, _ := serve(t, defaults())
	m := &Method{ID: methodEcho}
	frame := func() *Frame {
		t.Helper()
		f, err := client.NewFrame(background, m, 8)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := frame()
	if _, err := f.Call(background); err != nil {
		t.Fatal(err)
	}
	f.Discard()
	first, second := frame(), frame()
	if first == second {
		t.Error("two calls were given the same frame")
	}
	first.Discard()
	second.Discard()
}
