package ringcall

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

var addMethod = &Method{ID: methodAdd, Name: "Sums.Add"}

func addCalls(t testing.TB, r *RecordRun[addRequest, addAnswer], n int, refused ...int) {
	t.Helper()
	r.Reset()
	for i := range n {
		q := addRequest{int32(i), 9}
		if slices.Contains(refused, i) {
			q.A = refusedA
		}
		if err := r.Add(&q); err != nil {
			t.Fatal(err)
		}
	}
	if r.Len() != n {
		t.Fatalf("%d calls were added, Len is %d", n, r.Len())
	}
}

// isOf says whether err is of this kind and begins with the method's name.
func isOf(m *Method, err, kind error) bool {
	return errors.Is(err, kind) && strings.HasPrefix(err.Error(), m.Name+": ringcall: ")
}

// expectSumsBut checks all answers; those refused are to be failures of their own.
func expectSumsBut(t testing.TB, r *RecordRun[addRequest, addAnswer], n int, refused ...int) {
	t.Helper()
	for i := range n {
		var a addAnswer
		err := r.Answer(i, &a)
		switch {
		case slices.Contains(refused, i):
			expectRefusal(t, i, err)
		case err != nil || a.Sum != int64(i)+9:
			t.Fatalf("call %d gives %d (%v), expected %d", i, a.Sum, err, i+9)
		}
	}
	if err := r.Answer(n, new(addAnswer)); err != r.none {
		t.Errorf("an answer beyond the last gives %v", err)
	}
}

func expectRefusal(t testing.TB, i int, err error) {
	t.Helper()
	var failed *HandlerError
	if !errors.As(err, &failed) || failed.Code != 42 || failed.Message != "refused" || failed.Record != i {
		t.Fatalf("call %d gives %v, expected code 42", i, err)
	}
}

func TestARecordRunIsOneRecordOfTheRing(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		r := NewRecordRun[addRequest, addAnswer](c, addMethod, 200)
		records, posts := uint64(0), uint64(0)
		for _, n := range []int{1, 0, 63, 200, 2} {
			addCalls(t, r, n)
			if err := r.Do(background); err != nil {
				t.Fatal(err)
			}
			expectSumsBut(t, r, n)
			records += uint64(n)
			if n > 0 {
				posts++
			}
		}
		if s := c.Stats().Client; s.BatchRecords != records || s.Calls != posts {
			t.Errorf("%d records in %d calls, expected %d in %d", s.BatchRecords, s.Calls, records, posts)
		}
	})
}

func TestRecordRunsInFlightTogether(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		var runs [4]*RecordRun[addRequest, addAnswer]
		for i := range runs {
			runs[i] = NewRecordRun[addRequest, addAnswer](c, addMethod, 40)
			defer runs[i].Reset()
		}
		for round := range 200 {
			r := runs[round%len(runs)]
			if round >= len(runs) {
				if err := r.Await(background); err != nil {
					t.Fatal(err)
				}
				expectSumsBut(t, r, 40)
			}
			addCalls(t, r, 40)
			if err := r.Post(background); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestACallThatFailsInARecordRunFailsAlone(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		r := NewRecordRun[addRequest, addAnswer](c, addMethod, 20)
		for _, refused := range [][]int{{0}, {19}, {7}, {0, 1, 2}, {17, 18, 19}, {3, 5, 19}, {0, 10, 19}} {
			addCalls(t, r, 20, refused...)
			if err := r.Do(background); err != nil {
				t.Fatalf("%v: Do gives %v", refused, err)
			}
			expectSumsBut(t, r, 20, refused...)
		}
	})
}

func TestARecordRunsFailureNamesItsMethod(t *testing.T) {
	c, _ := serve(t, defaults())
	r := NewRecordRun[addRequest, addAnswer](c, addMethod, 1)
	addCalls(t, r, 1, 0)
	if err := r.Do(background); err != nil {
		t.Fatal(err)
	}
	if err := r.Answer(0, new(addAnswer)); err == nil || !strings.HasPrefix(err.Error(), "Sums.Add: ") || !strings.HasSuffix(err.Error(), "failed for record 0 of the batch with code 42: refused") {
		t.Errorf("the failure says %v", err)
	}
}

func TestARecordRunThatNoHandlerTakes(t *testing.T) {
	c, _ := serve(t, defaults())
	r := NewRecordRun[addRequest, addAnswer](c, &Method{ID: methodNone, Name: "Sums.None"}, 3)
	addCalls(t, r, 3)
	if err := r.Do(background); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := r.Answer(i, new(addAnswer)); !errors.Is(err, ErrUnknownMethod) {
			t.Errorf("call %d gives %v", i, err)
		}
	}
}

func TestARecordRunKeepsToItsStages(t *testing.T) {
	c, _ := serve(t, defaults())
	r := NewRecordRun[addRequest, addAnswer](c, addMethod, 2)
	if err := r.Await(background); !isOf(addMethod, err, errNotPosted) {
		t.Errorf("Await of an empty run gives %v", err)
	}
	addCalls(t, r, 2)
	if err := r.Add(&addRequest{}); !isOf(addMethod, err, errRunFull) {
		t.Errorf("Add to a full run gives %v", err)
	}
	if err := r.Answer(0, new(addAnswer)); !isOf(addMethod, err, errNoAnswer) {
		t.Errorf("Answer before the post gives %v", err)
	}
	if err := r.Post(background); err != nil {
		t.Fatal(err)
	}
	if err := r.Add(&addRequest{}); !isOf(addMethod, err, errRunPosted) {
		t.Errorf("Add to a posted run gives %v", err)
	}
	if err := r.Post(background); !isOf(addMethod, err, errRunPosted) {
		t.Errorf("Post of a posted run gives %v", err)
	}
	if err := r.Await(background); err != nil {
		t.Fatal(err)
	}
	expectSumsBut(t, r, 2)
	if err := r.Await(background); !isOf(addMethod, err, errNotPosted) {
		t.Errorf("the second Await gives %v", err)
	}
}

func TestARecordRunBeyondTheArenaIsRefused(t *testing.T) {
	c, _ := serve(t, defaults())
	n := defaultsArena/16 + 1
	r := NewRecordRun[addRequest, addAnswer](c, addMethod, n)
	addCalls(t, r, n)
	err := r.Do(background)
	var large *TooLargeError
	if !errors.As(err, &large) || !errors.Is(err, ErrNeverStarted) {
		t.Fatalf("it gives %v", err)
	}
	if err := r.Await(background); !isOf(addMethod, err, errRunVoid) {
		t.Errorf("Await afterwards gives %v", err)
	}
	addCalls(t, r, 10)
	if err := r.Do(background); err != nil {
		t.Fatal(err)
	}
	expectSumsBut(t, r, 10)
}

// defaultsArena is the capacity of defaults' request arena.
const defaultsArena = 4096

func TestACancelledRecordRunIsAsNewAfterReset(t *testing.T) {
	c, s := serve(t, defaults())
	held := NewRecordRun[addRequest, addAnswer](c, &Method{ID: methodHold, Name: "Sums.Hold"}, 4)
	for range 5 {
		addCalls(t, held, 4)
		ctx, cancel := context.WithTimeout(background, time.Millisecond)
		if err := held.Do(ctx); !errors.Is(err, ErrDeadline) {
			t.Errorf("Do gives %v", err)
		}
		cancel()
		if err := held.Answer(0, new(addAnswer)); !isOf(&Method{Name: "Sums.Hold"}, err, errNoAnswer) {
			t.Errorf("an answer of a void run gives %v", err)
		}
	}
	addCalls(t, held, 4)
	if err := held.Post(background); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(int(c.Stats().Client.Calls)) // a deadline may have come before the post
	held.Reset()                             // in flight
	s.do(func() {
		for i := range s.held {
			s.held[i].code = methodAdd
			s.handleBatch(&s.held[i])
		}
		s.held = nil
		s.publish()
	})
	// All the room has come back.
	all := NewRecordRun[addRequest, addAnswer](c, addMethod, defaultsArena/16)
	addCalls(t, all, defaultsArena/16)
	if err := all.Do(background); err != nil {
		t.Fatal(err)
	}
	expectSumsBut(t, all, defaultsArena/16)
}

func TestARecordRunOfAClosedClient(t *testing.T) {
	c, _ := serve(t, defaults())
	held := NewRecordRun[addRequest, addAnswer](c, &Method{ID: methodHold, Name: "Sums.Hold"}, 3)
	addCalls(t, held, 3)
	if err := held.Post(background); err != nil {
		t.Fatal(err)
	}
	c.Close()
	if err := held.Await(background); !errors.Is(err, ErrClosed) {
		t.Errorf("Await gives %v", err)
	}
	for i := range 3 {
		if err := held.Answer(i, new(addAnswer)); !errors.Is(err, ErrClosed) {
			t.Errorf("call %d gives %v", i, err)
		}
	}
	addCalls(t, held, 1)
	if err := held.Do(background); !errors.Is(err, ErrClosed) || !errors.Is(err, ErrNeverStarted) {
		t.Errorf("Do gives %v", err)
	}
}

func TestARecordRunDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c, _ := serve(t, defaults())
	r := NewRecordRun[addRequest, addAnswer](c, addMethod, 16)
	if n := testing.AllocsPerRun(200, func() {
		addCalls(t, r, 16)
		if err := r.Do(background); err != nil {
			t.Fatal(err)
		}
		expectSumsBut(t, r, 16)
	}); n != 0 {
		t.Errorf("a run of 16 calls allocates %v times", n)
	}
}

func TestAFailureOfARecordThatIsNotThere(t *testing.T) {
	for _, payload := range [][]byte{nil, {4, 0, 0, 0, 0, 0, 0, 0}, {255, 255, 255, 255, 0, 0, 0, 0, 'x'}, bytes.Repeat([]byte{7}, 100)} {
		c, s := serve(t, defaults())
		r := NewRecordRun[addRequest, addAnswer](c, &Method{ID: methodHold, Name: "Sums.Hold"}, 4)
		addCalls(t, r, 4)
		if err := r.Post(background); err != nil {
			t.Fatal(err)
		}
		s.awaitHeld(1)
		s.do(func() {
			s.answer(s.held[0].id, statusBatchFailed, 1, payload)
			s.publish()
		})
		if err := r.Await(background); err != nil {
			t.Fatal(err)
		}
		for i := range 4 {
			if err := r.Answer(i, new(addAnswer)); !errors.Is(err, ErrBadAnswer) {
				t.Errorf("payload %v, call %d: %v, expected ErrBadAnswer", payload, i, err)
			}
		}
	}
}

func TestTheMethodsDeadlineBoundsARecordRun(t *testing.T) {
	c, s := serve(t, defaults())
	r := NewRecordRun[addRequest, addAnswer](c, &Method{ID: methodHold, Name: "Sums.Hold", Deadline: 5 * time.Millisecond}, 2)
	forms := map[string]func() error{
		"Do":             func() error { return r.Do(background) },
		"Post and Await": func() error { return errors.Join(r.Post(background), r.Await(background)) },
	}
	for name, form := range forms {
		addCalls(t, r, 2)
		if err := form(); !errors.Is(err, ErrDeadline) {
			t.Errorf("%s gives %v", name, err)
		}
	}
	s.do(func() {
		for _, h := range s.held {
			if h.detail == 0 {
				t.Error("a request came without its deadline")
			}
		}
	})
}

func TestTheFailureOfARecordMayComeInTheArena(t *testing.T) {
	c, s := serve(t, defaults())
	r := NewRecordRun[addRequest, addAnswer](c, &Method{ID: methodHold, Name: "Sums.Hold"}, 3)
	addCalls(t, r, 3)
	if err := r.Post(background); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(1)
	long := strings.Repeat("long ", 100)
	s.do(func() {
		s.answer(s.held[0].id, statusBatchFailed, 7, append([]byte{2, 0, 0, 0, 0, 0, 0, 0}, long...))
		s.publish()
	})
	if err := r.Await(background); err != nil {
		t.Fatal(err)
	}
	var failed *HandlerError
	if err := r.Answer(2, new(addAnswer)); !errors.As(err, &failed) || failed.Message != long || failed.Code != 7 || failed.Record != 2 {
		t.Errorf("the last call gives %v", err)
	}
	if err := r.Answer(1, new(addAnswer)); err != nil {
		t.Errorf("the call before it gives %v", err)
	}
}
