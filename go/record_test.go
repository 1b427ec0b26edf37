package ringcall

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

var errRefused = errors.New("sums: refused")

// The methods of a testServer as generated code describes them.
var (
	typedAdd  = &Method{ID: methodAdd, Name: "Sums.Add", Failure: knownFailure}
	typedEcho = &Method{ID: methodEcho, Name: "Sums.Echo"}
	typedFail = &Method{ID: methodFail, Name: "Sums.Fail", Failure: knownFailure}
	typedHold = &Method{ID: methodHold, Name: "Sums.Hold"}
	timedEcho = &Method{ID: methodEcho, Name: "Sums.Echo", Deadline: time.Hour}
	shortHold = &Method{ID: methodHold, Name: "Sums.Hold", Deadline: 5 * time.Millisecond}
)

func knownFailure(code uint32) error {
	if code == 42 {
		return errRefused
	}
	return nil
}

func TestARecordIsCalled(t *testing.T) {
	for _, stride := range []uint32{strideSmall, strideLarge} {
		t.Run(fmt.Sprint("stride=", stride), func(t *testing.T) {
			bothWays(t, func(t *testing.T, o testOptions) {
				o.stride = stride
				c, _ := serve(t, o)
				for i := range int32(1000) {
					var answer addAnswer
					if err := CallRecord(background, c, typedAdd, &addRequest{i, -7}, &answer); err != nil || answer.Sum != int64(i)-7 {
						t.Fatalf("%d, %v", answer.Sum, err)
					}
				}
				large := [200]uint64{5: 5, 199: 1 << 63} // through the arenas
				var echo [200]uint64
				if err := CallRecord(background, c, typedEcho, &large, &echo); err != nil || echo != large {
					t.Errorf("%v", err)
				}
				if err := CallRecord(background, c, typedEcho, &struct{}{}, &struct{}{}); err != nil {
					t.Errorf("nothing: %v", err)
				}
			})
		})
	}
}

func TestARecordIsPosted(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		var posted []Pending
		for i := range int32(200) {
			p, err := PostRecord(background, c, typedAdd, &addRequest{i, 1})
			if err != nil {
				t.Fatal(err)
			}
			posted = append(posted, p)
		}
		var answer addAnswer
		for i, p := range posted {
			if err := AwaitRecord(background, p, typedAdd, &answer); err != nil || answer.Sum != int64(i)+1 {
				t.Fatalf("%d, %v", answer.Sum, err)
			}
		}
		if err := AwaitRecord(background, posted[7], typedAdd, &answer); !errors.Is(err, ErrAwaited) {
			t.Errorf("awaited twice: %v", err)
		}
		if err := AwaitRecord(background, Pending{}, timedEcho, &answer); !errors.Is(err, ErrAwaited) {
			t.Errorf("nothing awaited: %v", err)
		}
	})
}

func TestAnAnswerOfAnotherSizeIsABadOne(t *testing.T) {
	c, _ := serve(t, defaults())
	for name, call := range map[string]func() error{
		"shorter":             func() error { return CallRecord(background, c, typedEcho, new(uint32), new(uint64)) },
		"longer":              func() error { return CallRecord(background, c, typedEcho, new([2]uint64), new(uint64)) },
		"longer, arena":       func() error { return CallRecord(background, c, typedEcho, new([100]uint64), new(uint64)) },
		"where none is asked": func() error { return CallRecord(background, c, typedEcho, new(uint64), new(struct{})) },
		"none":                func() error { return CallRecord(background, c, typedEcho, new(struct{}), new(uint64)) },
		"posted": func() error {
			p, err := PostRecord(background, c, typedEcho, new(uint32))
			return errors.Join(err, AwaitRecord(background, p, typedEcho, new(uint64)))
		},
	} {
		if err := call(); !errors.Is(err, ErrBadAnswer) || !strings.HasPrefix(err.Error(), "Sums.Echo: ringcall: bad answer: it has ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for n := range 100 {
		expectEcho(t, c, n)
	}
}

func TestErrorsOfAMethodNameIt(t *testing.T) {
	c, s := serve(t, defaults())
	message := [8]byte([]byte("too low\n"))
	err := CallRecord(background, c, typedFail, &message, new(uint64))
	var failed *HandlerError
	if !errors.Is(err, errRefused) || !errors.As(err, &failed) || failed.Code != 42 || err.Error() != "Sums.Fail: sums: refused: too low\n" {
		t.Errorf("a failure that the interface names: %v", err)
	}
	if err := CallRecord(background, c, typedFail, new(struct{}), new(uint64)); err.Error() != "Sums.Fail: sums: refused" {
		t.Errorf("the same without a message: %v", err)
	}
	if err := typedFail.Error(&HandlerError{Method: 3, Code: 43, Message: "why"}); errors.Is(err, errRefused) || err.Error() != "Sums.Fail: ringcall: method 3 failed with code 43: why" {
		t.Errorf("a failure that it does not name: %v", err)
	}
	if err := typedEcho.Error(&HandlerError{Code: 42}); errors.Is(err, errRefused) || !strings.HasPrefix(err.Error(), "Sums.Echo: ringcall: method 0 failed with code 42") {
		t.Errorf("a failure of an interface that names none: %v", err)
	}
	if err := typedFail.Error(nil); err != nil {
		t.Errorf("no error: %v", err)
	}
	if err := CallRecord(background, c, &Method{ID: methodNone, Name: "Sums.None"}, new(uint64), new(uint64)); !errors.Is(err, ErrUnknownMethod) ||
		!strings.HasPrefix(err.Error(), "Sums.None: ringcall: unknown method 99") {
		t.Errorf("an unknown method: %v", err)
	}
	ctx, cancel := context.WithCancel(background)
	cancel()
	if err := CallRecord(ctx, c, timedEcho, new(uint64), new(uint64)); !errors.Is(err, context.Canceled) || !errors.Is(err, ErrNeverStarted) ||
		err.Error() != "Sums.Echo: context canceled" {
		t.Errorf("a cancelled context: %v", err)
	}
	s.do(func() { s.dead = true })
	<-c.Done()
	if err := SendRecord(background, c, typedEcho, new(uint64)); !errors.Is(err, ErrServerGone) || !strings.HasPrefix(err.Error(), "Sums.Echo: ") {
		t.Errorf("a dead server: %v", err)
	}
}

func TestRecordsHoldNoPointers(t *testing.T) {
	c, _ := serve(t, defaults())
	for name, f := range map[string]func(){
		"request":     func() { CallRecord(background, c, typedEcho, new(string), new(uint64)) },
		"answer":      func() { CallRecord(background, c, typedEcho, new(uint64), new(*int)) },
		"posted":      func() { PostRecord(background, c, typedEcho, new([]int)) },
		"awaited":     func() { AwaitRecord(background, Pending{}, typedEcho, new(any)) },
		"sent":        func() { SendRecord(background, c, typedEcho, new(func())) },
		"a batch":     func() { NewRecordBatch[addRequest, string](c, typedEcho) },
		"one by one":  func() { CallEach(background, c, typedEcho, []string{"x"}, []int64{1}) },
		"its answers": func() { CallEach(background, c, typedEcho, []int64{1}, []string{"x"}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if text, _ := recover().(string); !strings.Contains(text, "is no type for records: it holds pointers") {
					t.Errorf("the panic is %q", text)
				}
			}()
			f()
		})
	}
}

func TestTypedCallsAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		cancellable, cancel := context.WithCancel(background)
		defer cancel()
		bounded, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		requests, answers := make([]addRequest, 1000), make([]addAnswer, 1000)
		b := NewRecordBatch[addRequest, addAnswer](c, typedAdd)
		defer b.Release()
		call := func(ctx context.Context, m *Method) func() error {
			return func() error {
				var answer uint64
				request := uint64(7)
				return CallRecord(ctx, c, m, &request, &answer)
			}
		}
		for name, f := range map[string]func() error{
			"CallRecord":                            call(background, typedEcho),
			"CallRecord, cancellable":               call(cancellable, typedEcho),
			"CallRecord, a time":                    call(bounded, timedEcho),
			"CallRecord, the method's":              call(background, timedEcho),
			"CallRecord, the method's, cancellable": call(cancellable, timedEcho),
			"CallRecord, arena": func() error {
				var large, answer [100]uint64
				return CallRecord(background, c, timedEcho, &large, &answer)
			},
			"PostRecord": func() error {
				request, answer := uint64(7), uint64(0)
				p, err := PostRecord(background, c, timedEcho, &request)
				return errors.Join(err, AwaitRecord(background, p, timedEcho, &answer))
			},
			"SendRecord": func() error {
				request := uint64(7)
				return SendRecord(background, c, timedEcho, &request)
			},
			"RecordBatch": func() error {
				_, err := b.Reserve(background, 100)
				return errors.Join(err, b.Do(background))
			},
			"CallEach": func() error { return CallEach(background, c, typedAdd, requests, answers) },
			"Frame, its answer not looked at": func() error {
				f, err := c.NewFrame(background, timedEcho, 100)
				if err != nil {
					return err
				}
				v, err := f.View(background)
				v.Release()
				return err
			},
		} {
			for range 50 {
				if err := f(); err != nil {
					t.Fatal(name, err)
				}
			}
			if n := testing.AllocsPerRun(200, func() {
				if err := f(); err != nil {
					t.Error(name, err)
				}
			}); n != 0 {
				t.Errorf("%s allocates %v times", name, n)
			}
		}
	})
}

func BenchmarkTyped(b *testing.B) {
	c, _ := serve(b, defaults())
	request, answer, buf := addRequest{1, 2}, addAnswer{}, make([]byte, 16)
	raw := add(1, 2)
	run := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	timedAdd := *typedAdd
	timedAdd.Deadline = time.Second
	bounded, cancel := context.WithTimeout(background, time.Hour)
	defer cancel()
	run("Call", func() (err error) { _, err = c.Call(background, methodAdd, raw, buf); return })
	run("CallRecord", func() error { return CallRecord(background, c, typedAdd, &request, &answer) })
	run("Call/bounded", func() (err error) { _, err = c.Call(bounded, methodAdd, raw, buf); return })
	run("CallRecord/bounded", func() error { return CallRecord(bounded, c, typedAdd, &request, &answer) })
	run("CallRecord/method's", func() error { return CallRecord(background, c, &timedAdd, &request, &answer) })
}
