package ringcall

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestCallEach(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		for _, n := range []int{0, 1, 2, 61, 62, 63, 64, 255, 256, 257, 1000, 5000} {
			requests, answers := make([]addRequest, n), make([]addAnswer, n+1)
			for i := range requests {
				requests[i] = addRequest{int32(i), 5}
			}
			answers[n].Sum = -1
			if err := CallEach(background, c, typedAdd, requests, answers); err != nil {
				t.Fatalf("%d: %v", n, err)
			}
			for i := range requests {
				if answers[i].Sum != int64(i)+5 {
					t.Fatalf("answer %d of %d is %d", i, n, answers[i].Sum)
				}
			}
			if answers[n].Sum != -1 {
				t.Errorf("an answer behind the last of %d was written", n)
			}
		}
		expectEcho(t, c, 4080)
	})
}

func TestManyCallEachSideBySide(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		const callers = 6
		done := make(chan error)
		for k := range int32(callers) {
			go func() {
				requests, answers := make([]addRequest, 700), make([]addAnswer, 700)
				for i := range requests {
					requests[i] = addRequest{int32(i), k}
				}
				var err error
				for range 20 {
					err = errors.Join(err, CallEach(background, c, typedAdd, requests, answers))
					for i, a := range answers {
						if a.Sum != int64(i)+int64(k) {
							err = errors.Join(err, fmt.Errorf("answer %d is %d", i, a.Sum))
						}
					}
				}
				done <- err
			}()
		}
		for range callers {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestCallEachTellsWhichRequestFailed(t *testing.T) {
	c, _ := serve(t, defaults())
	const n, bad = 1000, 777
	requests, answers := make([]addRequest, n), make([]addAnswer, n)
	for i := range requests {
		requests[i] = addRequest{int32(i), 5}
	}
	requests[bad].A = refusedA
	var failed *HandlerError
	err := CallEach(background, c, typedAdd, requests, answers)
	if !errors.Is(err, errRefused) || !errors.As(err, &failed) || failed.Record != bad || !failed.InBatch {
		t.Errorf("%v: %+v", err, failed)
	}
	for i := range bad {
		if answers[i].Sum != int64(i)+5 {
			t.Fatalf("answer %d is %d", i, answers[i].Sum)
		}
	}
	if err := CallEach(background, c, typedAdd, requests, answers[:n-1]); err == nil {
		t.Error("too few answers were accepted")
	}
	if err := CallEach(background, c, &Method{ID: methodNone, Name: "Sums.None"}, requests, answers); !errors.Is(err, ErrUnknownMethod) {
		t.Errorf("an unknown method: %v", err)
	}
	if err := CallEach(background, c, typedAdd, make([]struct{}, 3), answers); err == nil {
		t.Error("requests of nothing were accepted")
	}
	if err := CallEach(background, c, typedAdd, make([][3000]uint64, 3), answers); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a record beyond the arena: %v", err)
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if err := CallEach(ctx, c, typedAdd, requests, answers); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
	expectEcho(t, c, 4080)
	c.Close()
	if err := CallEach(background, c, typedAdd, requests, answers); !errors.Is(err, ErrClosed) || !errors.Is(err, ErrNeverStarted) {
		t.Errorf("a closed client: %v", err)
	}
}
