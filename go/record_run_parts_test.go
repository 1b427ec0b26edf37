package ringcall

import (
	"context"
	"errors"
	"testing"
	"time"
)

// With its other runs in flight a goroutine holds room: it must not wait for more.
func TestARecordRunThatGoesOnNeedsNoOtherRoom(t *testing.T) {
	c, s := serve(t, defaults())
	const n = defaultsArena / 16 * 2 / 5
	first := NewRecordRun[addRequest, addAnswer](c, addMethod, n)
	second := NewRecordRun[addRequest, addAnswer](c, addMethod, n)
	addCalls(t, first, n, 5)
	addCalls(t, second, n)
	if err := errors.Join(first.Post(background), second.Post(background)); err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error)
	go func() {
		_, err := c.Call(background, methodFail, payload(3500), nil)
		waiting <- err
	}()
	s.until("somebody waits for room", func() bool { return c.Stats().Client.ArenaWaits == 1 })
	ctx, cancel := context.WithTimeout(background, 10*time.Second)
	defer cancel()
	if err := first.Await(ctx); err != nil {
		t.Fatal(err)
	}
	expectSumsBut(t, first, n, 5)
	if err := second.Await(ctx); err != nil {
		t.Fatal(err)
	}
	expectSumsBut(t, second, n)
	if err := <-waiting; err == nil {
		t.Error("the failing call did not fail")
	}
}

func TestARecordRunOfWhichAPartRanIsNotToldNeverStarted(t *testing.T) {
	c, s := serve(t, defaults())
	r := NewRecordRun[addRequest, addAnswer](c, &Method{ID: methodHold, Name: "Sums.Hold"}, 4)
	addCalls(t, r, 4)
	if err := r.Post(background); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(1)
	ended := make(chan error)
	go func() { ended <- r.Await(background) }()
	s.do(func() {
		s.answer(s.held[0].id, statusBatchFailed, 42, []byte{1, 0, 0, 0, 0, 0, 0, 0})
		s.publish()
		s.held = nil
	})
	s.awaitHeld(1) // the rest
	s.do(func() {
		s.answer(s.held[0].id, statusExpired, 0, nil)
		s.publish()
	})
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for i, never := range []bool{false, false, true, true} {
		if err := r.Answer(i, new(addAnswer)); errors.Is(err, ErrNeverStarted) != never {
			t.Errorf("call %d: %v", i, err)
		}
	}
	addCalls(t, r, 4)
	if err := r.Post(background); err != nil {
		t.Fatal(err)
	}
	s.until("it is held", func() bool { return len(s.held) == 2 })
	go func() { ended <- r.Await(background) }()
	s.do(func() {
		s.answer(s.held[1].id, statusBatchFailed, 42, []byte{1, 0, 0, 0, 0, 0, 0, 0})
		s.publish()
	})
	s.until("the rest is held", func() bool { return len(s.held) == 3 })
	c.Close()
	if err := <-ended; !errors.Is(err, ErrClosed) || errors.Is(err, ErrNeverStarted) {
		t.Errorf("Await gives %v", err)
	}
}

func TestWhatIsToldOfAWholeThatBegan(t *testing.T) {
	for _, err := range []error{notPosted(ErrClosed), notPosted(notPosted(ErrClosed)), errExpired, errLate, errCrowded, &GoneError{Fate: ErrNeverStarted},
		&waitError{why: ErrDeadline, fate: ErrNeverStarted}, &PoisonedError{Fate: ErrNeverStarted}} {
		if !errors.Is(begun(err, false), ErrNeverStarted) {
			t.Errorf("%v: nothing began, and it is not told", err)
		}
		if told := begun(err, true); errors.Is(told, ErrNeverStarted) || told == nil {
			t.Errorf("%v: a part of it began, and %v says it did not", err, told)
		}
	}
}

func TestABatchWithFewerAnswersThanRecords(t *testing.T) {
	c, s := serve(t, defaults())
	r := NewRecordRun[addRequest, addAnswer](c, &Method{ID: methodHold, Name: "Sums.Hold"}, 4)
	addCalls(t, r, 4)
	if err := r.Post(background); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(1)
	s.do(func() {
		s.answer(s.held[0].id, statusOK, 0, []byte{2, 0, 0, 0})
		s.publish()
	})
	if err := r.Await(background); err != nil {
		t.Fatal(err)
	}
	for i, there := range []bool{true, true, false, false} {
		if err := r.Answer(i, new(addAnswer)); there != (err == nil) || !there && !errors.Is(err, ErrBadAnswer) {
			t.Errorf("call %d: %v", i, err)
		}
	}
}
