package interop

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

const (
	soon = 20 * time.Millisecond
	long = time.Second
)

func sleepRequest(d time.Duration) []byte { return numbers(uint64(d)) }

func wantDeadline(t *testing.T, err error) {
	t.Helper()
	for _, is := range []error{ringcall.ErrDeadline, os.ErrDeadlineExceeded, context.DeadlineExceeded} {
		if !errors.Is(err, is) {
			t.Errorf("the error is %v, expected it to be %v", err, is)
		}
	}
}

func TestADeadlineEndsTheWaitInTime(t *testing.T) {
	each(t, nil, func(t *testing.T, client *ringcall.Client) {
		for name, call := range map[string]func(ctx context.Context) error{
			"Call": func(ctx context.Context) error {
				_, err := client.Call(ctx, methodSleep, sleepRequest(long), nil)
				return err
			},
			"Await": func(ctx context.Context) error {
				pending, err := client.Post(background, methodSleep, sleepRequest(long))
				if err != nil {
					return err
				}
				_, err = pending.Await(ctx, nil)
				return err
			},
			"View": func(ctx context.Context) error {
				_, err := client.View(ctx, methodSleep, sleepRequest(long))
				return err
			},
			"Run": func(ctx context.Context) error {
				run := client.NewRun(2)
				for range 2 {
					if err := run.Add(methodSleep, sleepRequest(long)); err != nil {
						return err
					}
				}
				return run.Do(ctx)
			},
		} {
			t.Run(name, func(t *testing.T) {
				begin := time.Now()
				ctx, cancel := context.WithTimeout(background, soon)
				defer cancel()
				wantDeadline(t, call(ctx))
				if took := time.Since(begin); took < soon || took >= long {
					t.Errorf("it took %v, expected at least the deadline's %v and less than the handler's %v", took, soon, long)
				}
				mustAdd(t, client)
			})
		}
	})
}

func TestAnExpiredRequestNeverRuns(t *testing.T) {
	var said journal
	client, _ := start(t, nil, ringcall.WithOutput(said.line))
	blocked, err := client.Post(background, methodBlock, sleepRequest(5*soon))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(background, soon)
	defer cancel()
	_, err = client.Call(ctx, methodPrint, []byte("it ran"), nil)
	wantDeadline(t, err)
	if _, err := blocked.Await(background, nil); err != nil {
		t.Error(err)
	}
	eventually(t, "the server counts the expired request", func() bool { mustAdd(t, client); return client.Stats().Server.Expired == 1 })
	if _, err := client.Call(background, methodPrint, []byte("the last"), nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the last line comes", func() bool { return strings.Contains(said.String(), "stdout: the last") })
	if strings.Contains(said.String(), "it ran") {
		t.Error("the handler ran after the deadline")
	}
}

func TestAnEndedContextPostsNothing(t *testing.T) {
	each(t, nil, func(t *testing.T, client *ringcall.Client) {
		cancelled, cancel := context.WithCancel(background)
		cancel()
		expired, cancelExpired := context.WithTimeout(background, -time.Second)
		defer cancelExpired()
		before := client.Stats().Client.Calls
		for _, test := range []struct {
			ctx context.Context
			is  error
		}{{cancelled, context.Canceled}, {expired, ringcall.ErrDeadline}, {expired, context.DeadlineExceeded}} {
			if _, err := client.Call(test.ctx, methodAdd, addRequest(1, 1), nil); !errors.Is(err, test.is) {
				t.Errorf("Call gives %v, expected %v", err, test.is)
			}
			if _, err := client.Call(test.ctx, methodHash, pattern(1000), nil); !errors.Is(err, test.is) {
				t.Errorf("Call through the arena gives %v, expected %v", err, test.is)
			}
			if _, err := client.Post(test.ctx, methodAdd, addRequest(1, 1)); !errors.Is(err, test.is) {
				t.Errorf("Post gives %v, expected %v", err, test.is)
			}
			if _, err := client.View(test.ctx, methodAdd, addRequest(1, 1)); !errors.Is(err, test.is) {
				t.Errorf("View gives %v, expected %v", err, test.is)
			}
			if _, err := client.NewBatch(methodAdd, 8, 8).Reserve(test.ctx, 1); err != nil && !errors.Is(err, test.is) {
				t.Errorf("Reserve gives %v, expected %v or room", err, test.is)
			}
		}
		if after := client.Stats().Client.Calls; after != before {
			t.Errorf("%d calls were posted", after-before)
		}
	})
}

func TestACancelledCallLeavesTheChannelWhole(t *testing.T) {
	each(t, []string{"--workers", "2"}, func(t *testing.T, client *ringcall.Client) {
		ctx, cancel := context.WithCancel(background)
		time.AfterFunc(soon, cancel)
		within(t, "the cancelled call", long, func() {
			if _, err := client.Call(ctx, methodSleep, sleepRequest(long), nil); !errors.Is(err, context.Canceled) {
				t.Errorf("the error is %v, expected context.Canceled", err)
			}
		})
		for range 100 {
			mustAdd(t, client)
		}
		eventually(t, "the late answer is discarded", func() bool { mustAdd(t, client); return client.Stats().Client.LateAnswers == 1 })
		if cancelled := client.Stats().Client.Cancelled; cancelled != 1 {
			t.Errorf("%d calls count as cancelled, expected 1", cancelled)
		}
	})
}

func TestAbandonedAnswersGiveTheirRoomBack(t *testing.T) {
	each(t, arenaFlags, func(t *testing.T, client *ringcall.Client) {
		// Ten times what the arenas hold, never awaited.
		const count, size = 40, 8 << 10
		for range count {
			ctx, cancel := context.WithTimeout(background, 5*time.Second)
			pending, err := client.Post(ctx, methodEcho, pattern(size))
			cancel()
			if err != nil {
				t.Fatal(err)
			}
			pending.Abandon()
			if _, err := pending.Await(background, nil); !errors.Is(err, ringcall.ErrAwaited) {
				t.Errorf("awaiting an abandoned call gives %v", err)
			}
		}
		answer, err := client.Call(background, methodGrow, count32(answerCapacity), nil)
		if err != nil || len(answer) != answerCapacity {
			t.Errorf("an answer that needs the whole arena has %d bytes (%v)", len(answer), err)
		}
	})
}

// The channel has to come out whole whatever is cancelled when.
func TestAStormOfCancellations(t *testing.T) {
	each(t, []string{"--workers", "2", "--slots", "64"}, func(t *testing.T, client *ringcall.Client) {
		var group sync.WaitGroup
		for g := range 16 {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := range 200 {
					ctx, cancel := context.WithTimeout(background, time.Duration((g*7+i*13)%400)*time.Microsecond)
					request := pattern((g*31 + i*97) % 3000)
					answer, err := client.Call(ctx, methodHash, request, nil)
					cancel()
					if err == nil && string(answer) != string(numbers(fnv1a(request))) {
						t.Errorf("a wrong answer: %x", answer)
					}
					if err != nil && !errors.Is(err, ringcall.ErrDeadline) {
						t.Errorf("the error is %v, expected ErrDeadline", err)
					}
				}
			}()
		}
		group.Wait()
		for i := range int32(1000) {
			answer, err := client.Call(background, methodAdd, addRequest(i, 1), nil)
			wantSum(t, answer, err, i, 1)
		}
	})
}
