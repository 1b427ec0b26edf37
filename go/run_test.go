package ringcall

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"time"
)

func addRun(t testing.TB, r *Run, n int) {
	t.Helper()
	r.Reset()
	for i := range n {
		if err := r.Add(methodAdd, add(int32(i), 5)); err != nil {
			t.Fatal(err)
		}
	}
}

func expectSums(t *testing.T, r *Run, n int) {
	t.Helper()
	for i := range n {
		answer, err := r.Answer(i)
		expectAdd(t, answer, err, int64(i)+5)
	}
}

func TestARunIsAnsweredInItsOrder(t *testing.T) {
	for _, stride := range []uint32{strideSmall, strideLarge} {
		bothWays(t, func(t *testing.T, o testOptions) {
			o.stride = stride
			c, _ := serve(t, o)
			r := c.NewRun(1000)
			for _, n := range []int{1, 0, 63, 64, 65, 1000, 3} {
				addRun(t, r, n)
				if err := r.Do(background); err != nil {
					t.Fatal(err)
				}
				expectSums(t, r, n)
			}
		})
	}
}

func TestARunKeepsToItsMemory(t *testing.T) {
	for _, stride := range []uint32{strideSmall, strideLarge} {
		o := defaults()
		o.stride = stride
		c, _ := serve(t, o)
		for n := 1; n < 10; n++ { // sizes that fill what the allocator gives: -race checks pointers
			r := c.NewRun(n)
			addRun(t, r, n)
			if err := r.Do(background); err != nil {
				t.Fatal(err)
			}
			expectSums(t, r, n)
		}
	}
}

func TestRunsInFlightTogether(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		var runs [4]*Run
		for i := range runs {
			runs[i] = c.NewRun(30)
		}
		for round := range 200 {
			r := runs[round%len(runs)]
			if round >= len(runs) {
				if err := r.Await(background); err != nil {
					t.Fatal(err)
				}
				expectSums(t, r, 30)
			}
			addRun(t, r, 30)
			if err := r.Post(background); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestARunCarriesPayloadsInTheArena(t *testing.T) {
	c, s := serve(t, defaults())
	r := c.NewRun(40)
	for range 5 {
		r.Reset()
		for i := range 40 {
			if err := r.Add(methodEcho, payload(i*2)); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Do(background); err != nil {
			t.Fatal(err)
		}
		for i := range 40 {
			answer, err := r.Answer(i)
			if err != nil || !bytes.Equal(answer, payload(i*2)) {
				t.Fatalf("call %d: %d bytes, %v", i, len(answer), err)
			}
		}
	}
	s.until("the regions came back", func() bool {
		ref, ok := s.place(make([]byte, 4096-16))
		if ok {
			s.regions[len(s.regions)-1].region.free()
			s.regions = s.regions[:len(s.regions)-1]
		}
		return ok && ref.size == 4096-16
	})
}

func TestAnswersOfARunMayExceedTheArenaTogether(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		r := c.NewRun(60)
		for range 60 {
			if err := r.Add(methodGrow, binary.LittleEndian.AppendUint32(nil, 1000)); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Do(background); err != nil {
			t.Fatal(err)
		}
		for i := range 60 {
			if answer, err := r.Answer(i); err != nil || len(answer) != 1000 {
				t.Fatalf("answer %d: %d bytes, %v", i, len(answer), err)
			}
		}
	})
}

func TestARunRefusesWhatItCannotTake(t *testing.T) {
	c, _ := serve(t, defaults())
	r := c.NewRun(2)
	if err := r.Await(background); err == nil {
		t.Error("an empty run was awaited without a post")
	}
	if err := r.Add(methodEcho, payload(4000)); err != nil {
		t.Fatal(err)
	}
	if err := r.Add(methodEcho, payload(200)); !errors.Is(err, ErrArenaFull) {
		t.Errorf("a second payload: %v", err)
	}
	if err := r.Add(methodEcho, payload(4097)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a payload over capacity: %v", err)
	}
	if err := r.Add(methodFail, []byte("no")); err != nil {
		t.Fatal(err)
	}
	if err := r.Add(methodEcho, nil); err == nil || r.Len() != 2 {
		t.Errorf("a third call in a run of 2: %v", err)
	}
	if _, err := r.Answer(0); err == nil {
		t.Error("an answer before the post")
	}
	if err := r.Do(background); err != nil {
		t.Fatal(err)
	}
	if err := r.Add(methodEcho, nil); err == nil {
		t.Error("a call was added to a posted run")
	}
	var failed *HandlerError
	if _, err := r.Answer(1); !errors.As(err, &failed) || failed.Message != "no" || failed.Method != methodFail {
		t.Errorf("the failing call: %v", err)
	}
	if _, err := r.Answer(2); err == nil {
		t.Error("an answer to a call that was not added")
	}
	r.Reset()
	if err := r.Add(methodEcho, payload(4096)); err != nil {
		t.Errorf("the whole arena after a reset: %v", err)
	}
	r.Reset()
	expectEcho(t, c, 4000)
}

func TestARunDoesNotOvertakeThoseWhoWaitForTheArena(t *testing.T) {
	c, s := serve(t, defaults())
	first, err := c.Post(background, methodHold, payload(3000))
	if err != nil {
		t.Fatal(err)
	}
	waiting := make(chan error)
	go func() {
		_, err := c.Call(background, methodEcho, payload(2000), nil)
		waiting <- err
	}()
	eventually(t, "it waits, and it is its turn", func() bool { return len(c.channel().arenaTurn) == 1 })
	r := c.NewRun(1)
	if err := r.Add(methodEcho, payload(500)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(background, 5*time.Millisecond)
	defer cancel()
	if err := r.Post(ctx); !errors.Is(err, ErrDeadline) || !errors.Is(err, ErrNeverStarted) {
		t.Errorf("a payload that would fit: %v", err)
	}
	s.awaitHeld(1)
	s.answerHeld()
	if _, err := first.Await(background, nil); err != nil {
		t.Error(err)
	}
	if err := <-waiting; err != nil {
		t.Error(err)
	}
}

// expectVoid checks that nothing but Reset is left to r.
func expectVoid(t *testing.T, r *Run) {
	t.Helper()
	_, answerErr := r.Answer(0)
	for i, err := range []error{r.Await(background), r.Post(background), r.Do(background), r.Add(methodEcho, nil)} {
		if !errors.Is(err, errRunVoid) {
			t.Errorf("step %d of a void run: %v", i, err)
		}
	}
	if answerErr == nil {
		t.Error("a void run has an answer")
	}
}

func TestACancelledRunLeavesTheChannelWhole(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, s := serve(t, o)
		r := c.NewRun(20)
		for range 5 {
			r.Reset()
			for i := range 20 {
				if err := r.Add(methodHold, payload(i*4)); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithCancel(background)
			if err := r.Post(ctx); err != nil {
				t.Fatal(err)
			}
			s.awaitHeld(20)
			cancel()
			if err := r.Await(ctx); !errors.Is(err, context.Canceled) {
				t.Fatalf("a cancelled run: %v", err)
			}
			expectVoid(t, r)
			addRun(t, r, 20)
			if err := r.Do(background); err != nil {
				t.Fatal(err)
			}
			expectSums(t, r, 20)
			s.answerHeld()
			expectEcho(t, c, 4000)
		}
		if s := c.Stats().Client; s.Cancelled != 5 {
			t.Errorf("%d runs cancelled, expected 5", s.Cancelled)
		}
	})
}

func TestARunLargerThanTheRingIsCancelledHalfPosted(t *testing.T) {
	o := defaults()
	o.slots = 8
	c, s := serve(t, o)
	r := c.NewRun(20)
	for i := range 20 {
		if err := r.Add(methodHold, payload(i*4)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(background)
	go func() {
		s.awaitHeld(8)
		cancel()
	}()
	if err := r.Do(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("a run that finds no room: %v", err)
	} else if errors.Is(err, ErrNeverStarted) {
		t.Error("a run that was posted in part says that it never started")
	}
	expectVoid(t, r)
	s.answerHeld()
	addRun(t, r, 20)
	if err := r.Do(background); err != nil {
		t.Fatal(err)
	}
	expectSums(t, r, 20)
	expectEcho(t, c, 4096-16)
}
