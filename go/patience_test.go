package ringcall

import (
	"context"
	"errors"
	"testing"
	"time"
)

func expectLate(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, ErrDeadline) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: %v, expected ErrDeadline", what, err)
	}
}

func TestTheMethodsDeadlineEndsACall(t *testing.T) {
	for name, spin := range map[string]time.Duration{"polling": time.Hour, "asleep": 0} {
		t.Run(name, func(t *testing.T) {
			o := defaults()
			o.spin = spin
			c, s := serve(t, o)
			var v uint64
			begin := time.Now()
			expectLate(t, "CallRecord", CallRecord(background, c, shortHold, &v, &v))
			if took := time.Since(begin); took < shortHold.Deadline || took > 5*time.Second {
				t.Errorf("it took %v, the method's deadline is %v", took, shortHold.Deadline)
			}
			cancellable, cancel := context.WithCancel(background)
			defer cancel()
			expectLate(t, "CallRecord with a context that may end", CallRecord(cancellable, c, shortHold, &v, &v))
			p, err := PostRecord(background, c, shortHold, &v)
			if err != nil {
				t.Fatal(err)
			}
			expectLate(t, "AwaitRecord", AwaitRecord(background, p, shortHold, &v))
			for _, size := range []int{8, 100} {
				f, err := c.NewFrame(background, shortHold, size)
				if err != nil {
					t.Fatal(err)
				}
				_, err = f.Call(background)
				expectLate(t, "Frame.Call", err)
				if f, err = c.NewFrame(background, shortHold, size); err != nil {
					t.Fatal(err)
				}
				if p, err = f.Post(background); err != nil {
					t.Fatal(err)
				}
				_, err = AwaitFrame(background, p, shortHold)
				expectLate(t, "AwaitFrame", err)
				if f, err = c.NewFrame(background, shortHold, size); err != nil {
					t.Fatal(err)
				}
				_, err = f.View(background)
				expectLate(t, "Frame.View", err)
			}
			b := NewRecordBatch[uint64, uint64](c, shortHold)
			for _, do := range []func(context.Context) error{b.Do, func(ctx context.Context) error { return errors.Join(b.Post(ctx), b.Await(ctx)) }} {
				if _, err := b.Reserve(background, 3); err != nil {
					t.Fatal(err)
				}
				expectLate(t, "RecordBatch", do(background))
			}
			expectLate(t, "CallEach", CallEach(background, c, shortHold, make([]uint64, 20), make([]uint64, 20)))
			s.answerHeld()
			for n := range 100 {
				expectEcho(t, c, n)
			}
		})
	}
}

func TestTheRequestCarriesTheMethodsDeadline(t *testing.T) {
	c, s := serve(t, defaults())
	v := uint64(0)
	now := uint32((c.channel().clockTicks + int64(c.channel().since())) >> tickShift)
	timedHold := &Method{ID: methodHold, Name: "Sums.Hold", Deadline: 10 * time.Second}
	if _, err := PostRecord(background, c, timedHold, &v); err != nil {
		t.Fatal(err)
	}
	bounded, cancel := context.WithTimeout(background, 20*time.Second)
	defer cancel()
	if _, err := PostRecord(bounded, c, timedHold, &v); err != nil {
		t.Fatal(err)
	}
	if _, err := PostRecord(background, c, typedHold, &v); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(3)
	s.do(func() {
		for i, want := range []time.Duration{10 * time.Second, 20 * time.Second} {
			distance := time.Duration(s.held[i].detail-now) << tickShift
			if distance < want-time.Second || distance > want+time.Second {
				t.Errorf("call %d expires in %v, expected %v", i, distance, want)
			}
		}
		if s.held[2].detail != 0 {
			t.Errorf("a call without a deadline has %d", s.held[2].detail)
		}
	})
	s.answerHeld()
}

func TestTheMethodsDeadlineBoundsTheWaitForRoom(t *testing.T) {
	c, s := serve(t, defaults())
	var posted []Pending
	for range 64 {
		p, err := c.Post(background, methodHold, nil)
		if err != nil {
			t.Fatal(err)
		}
		posted = append(posted, p)
	}
	var v uint64
	err := CallRecord(background, c, shortHold, &v, &v)
	expectLate(t, "a full ring", err)
	if !errors.Is(err, ErrNeverStarted) {
		t.Errorf("a full ring: %v, expected ErrNeverStarted", err)
	}
	// One waits for its turn behind the one that waits for the ring.
	done := make(chan error)
	go func() {
		_, err := c.Call(background, methodEcho, nil, nil)
		done <- err
	}()
	eventually(t, "it waits", func() bool { return c.Stats().Client.RingWaits == 2 })
	expectLate(t, "a turn", CallRecord(background, c, shortHold, &v, &v))
	s.awaitHeld(64)
	s.answerHeld()
	for _, p := range posted {
		if _, err := p.Await(background, nil); err != nil {
			t.Error(err)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	all, err := c.NewFrame(background, typedEcho, 4096)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.NewFrame(background, shortHold, 100)
	expectLate(t, "a full arena", err)
	b := NewRecordBatch[uint64, uint64](c, shortHold)
	_, err = b.Reserve(background, 10)
	expectLate(t, "a full arena", err)
	all.Discard()
	expectEcho(t, c, 4000)
}

func TestALeaderThatReapsForOthersKeepsToTheMethodsDeadline(t *testing.T) {
	o := defaults()
	o.spin = time.Hour
	c, s := serve(t, o)
	stop, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for !closed(stop) {
			if _, err := c.Call(background, methodEcho, nil, nil); err != nil {
				t.Error(err)
			}
		}
	}()
	var v uint64
	for range 5 {
		expectLate(t, "CallRecord", CallRecord(background, c, shortHold, &v, &v))
	}
	close(stop)
	<-ended
	s.answerHeld()
}

func TestBound(t *testing.T) {
	ctx, cancel := timedEcho.Bound(background)
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > time.Hour || time.Until(deadline) < time.Hour-time.Minute {
		t.Errorf("the deadline is %v", deadline)
	}
	again, end := shortHold.Bound(ctx)
	if again != ctx {
		t.Error("a context with a deadline was given another")
	}
	end()
	if ctx.Err() != nil {
		t.Error("it was cancelled")
	}
	cancel()
	if ctx, _ := typedEcho.Bound(background); ctx != background {
		t.Error("a method without a deadline set one")
	}
}

func TestADeadlineThatFiredFiresForWhoSleepsAgain(t *testing.T) {
	c, _ := serve(t, defaults())
	ctx, p := c.channel().within(background, &Method{Name: "Sums.Hold", Deadline: time.Millisecond})
	defer p.end()
	for round := range 3 {
		select {
		case <-lateOf(ctx):
		case <-time.After(10 * time.Second):
			t.Fatalf("round %d: the deadline is not told any more", round)
		}
	}
}
