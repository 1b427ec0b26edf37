package ringcall

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/ringcall/ringcall/go/internal/tick"
)

func unsafeBytes(words []uint64) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 8*len(words))
}

func TestAnEndedContextPostsNothing(t *testing.T) {
	c, _ := serve(t, defaults())
	cancelled, cancel := context.WithCancel(background)
	cancel()
	late, cancel := context.WithDeadline(background, time.Unix(1, 0))
	defer cancel()
	for _, test := range []struct {
		ctx  context.Context
		want error
	}{{cancelled, context.Canceled}, {late, ErrDeadline}, {late, context.DeadlineExceeded}, {late, os.ErrDeadlineExceeded}, {late, ErrNeverStarted}} {
		_, callErr := c.Call(test.ctx, methodEcho, nil, nil)
		_, arenaErr := c.Call(test.ctx, methodEcho, payload(1000), nil)
		_, postErr := c.Post(test.ctx, methodEcho, nil)
		_, viewErr := c.View(test.ctx, methodEcho, nil)
		r := c.NewRun(1)
		if err := r.Add(methodEcho, nil); err != nil {
			t.Fatal(err)
		}
		b := c.NewBatch(methodAdd, 8, 8)
		_, reserveErr := b.Reserve(test.ctx, 1)
		for i, err := range []error{callErr, arenaErr, postErr, viewErr, r.Do(test.ctx), reserveErr} {
			if !errors.Is(err, test.want) {
				t.Errorf("form %d: %v, expected %v", i, err, test.want)
			}
			if test.ctx == late && !strings.Contains(err.Error(), "before the call was sent") {
				t.Errorf("form %d: %v, expected to read that the deadline had passed before, since nothing was waited for", i, err)
			}
		}
	}
	if n := c.Stats().Client.Calls; n != 0 {
		t.Errorf("%d calls were posted", n)
	}
	expectEcho(t, c, 4096-16)
}

func TestACancelledCallReturnsAtOnceAndItsAnswerIsDiscarded(t *testing.T) {
	for name, spin := range map[string]time.Duration{"polling": time.Hour, "asleep": 0} {
		t.Run(name, func(t *testing.T) {
			o := defaults()
			o.spin = spin
			c, s := serve(t, o)
			for _, n := range []int{8, 1000} {
				for range 20 {
					ctx, cancel := context.WithCancel(background)
					done := make(chan error)
					go func() {
						_, err := c.Call(ctx, methodHold, payload(n), nil)
						done <- err
					}()
					s.awaitHeld(1)
					if spin == 0 {
						eventually(t, "the client sleeps", c.channel().asleep)
					}
					cancel()
					if err := <-done; !errors.Is(err, context.Canceled) {
						t.Fatalf("a cancelled call: %v", err)
					}
					s.answerHeld()
					expectEcho(t, c, 4000)
				}
			}
			if s := c.Stats().Client; s.Cancelled != 40 || s.LateAnswers != 40 {
				t.Errorf("%d cancelled and %d late answers, expected 40", s.Cancelled, s.LateAnswers)
			}
		})
	}
}

func TestADeadlineEndsTheWait(t *testing.T) {
	for name, spin := range map[string]time.Duration{"polling": time.Hour, "asleep": 0} {
		t.Run(name, func(t *testing.T) {
			o := defaults()
			o.spin = spin
			c, s := serve(t, o)
			ctx, cancel := context.WithTimeout(background, 300*time.Millisecond) // posted before that, on a busy machine, too
			defer cancel()
			_, err := c.Call(ctx, methodHold, nil, nil)
			if !errors.Is(err, ErrDeadline) || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("a call that timed out: %v", err)
			}
			s.awaitHeld(1)
			s.do(func() {
				deadline := uint64(s.held[0].detail) << tickShift
				now := tick.Monotonic() - s.segment.clockBaseNs
				if deadline == 0 || deadline > now+uint64(time.Second) || deadline+uint64(20*time.Second) < now {
					t.Errorf("the request says %d ns, now is %d", deadline, now)
				}
			})
			s.answerHeld()
			expectEcho(t, c, 8)
		})
	}
}

func TestADeadlineInTicksIsRoundedUpAndFarOnesAreNotSent(t *testing.T) {
	c, _ := serve(t, defaults())
	const tick = 1 << tickShift
	at := func(ns int64) time.Time { return c.channel().clockAt.Add(time.Duration(ns - c.channel().clockTicks)) }
	for _, test := range []struct {
		ns   int64
		want uint32
	}{{10*tick - 1, 10}, {10 * tick, 10}, {10*tick + 1, 11}, {-5 * tick, 1<<32 - 5}, {-tick / 2, 1}, {deadlineFar / 2 * tick, deadlineFar / 2}, {(deadlineFar + 1000000) * tick, 0}, {1 << 62, 0}} {
		if got := c.channel().tick(at(test.ns)); got != test.want {
			t.Errorf("%d ns came to tick %d, expected %d", test.ns, got, test.want)
		}
	}
}

func TestAVeryFarDeadlineIsNone(t *testing.T) {
	c, _ := serve(t, defaults())
	longest, cancel := context.WithTimeout(background, math.MaxInt64)
	defer cancel()
	distant, cancel := context.WithDeadline(background, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
	defer cancel()
	for _, ctx := range []context.Context{longest, distant} {
		if tick, err := c.channel().admit(ctx); tick != 0 || err != nil {
			t.Errorf("the deadline came to tick %d, %v", tick, err)
		}
		if _, err := c.Call(ctx, methodEcho, nil, nil); err != nil {
			t.Error(err)
		}
	}
}

func TestADeadlineOfTheWallClockOutlivesItsSetting(t *testing.T) {
	c, _ := serve(t, defaults())
	// As if the wall clock had been set forward by a minute since the attach: a Time's first word holds its seconds from bit 30 on.
	*(*uint64)(unsafe.Pointer(&c.channel().clockAt)) -= 60 << 30
	deadline := time.Now().Add(time.Hour)
	exact, wall := c.channel().tick(deadline), c.channel().tick(deadline.Round(0))
	if off := int32(wall - exact); off < -1000 || off > 1000 {
		t.Errorf("without the monotonic clock the deadline is %d ticks off", off)
	}
}

func TestWhatWaitsForRoomInVainNeverStarted(t *testing.T) {
	for name, spin := range map[string]time.Duration{"polling": time.Hour, "asleep": 0} {
		t.Run(name, func(t *testing.T) {
			o := defaults()
			o.spin, o.slots, o.answers = spin, 4, 8192
			c, s := serve(t, o)
			var held [4]Pending
			var err error
			for i := range held {
				if held[i], err = c.Post(background, methodHold, payload(1024)); err != nil {
					t.Fatal(err)
				}
			}
			s.awaitHeld(len(held))
			cancelled, cancel := context.WithCancel(background)
			late, cancelLate := context.WithTimeout(background, 10*time.Millisecond)
			defer cancel()
			defer cancelLate()
			for _, test := range []struct {
				ctx  context.Context
				want error
			}{{late, ErrDeadline}, {cancelled, context.Canceled}} {
				if test.ctx == cancelled {
					waits := c.Stats().Client.RingWaits
					go func() {
						eventually(t, "it waits", func() bool { return c.Stats().Client.RingWaits > waits })
						cancel()
					}()
				}
				r := c.NewRun(1)
				r.Add(methodEcho, nil)
				errs := []error{r.Do(test.ctx)}
				for _, size := range []int{8, 100} {
					_, err := c.Call(test.ctx, methodEcho, payload(size), nil)
					errs = append(errs, err)
				}
				for i, err := range errs {
					if !errors.Is(err, test.want) || !errors.Is(err, ErrNeverStarted) {
						t.Errorf("form %d: %v, expected %v, and that it never started", i, err, test.want)
					}
				}
			}
			s.answerHeld()
			for _, p := range held {
				if _, err := p.Await(background, nil); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestALeaderOverAStreamOfOthersAnswersHeedsItsContext(t *testing.T) {
	c, s := serve(t, defaults())
	const others = 60
	var posted [others]Pending
	var err error
	for i := range posted {
		if posted[i], err = c.Post(background, methodHold, nil); err != nil {
			t.Fatal(err)
		}
	}
	s.awaitHeld(others)
	own, _, err := c.channel().post(background, methodHold, nil, toAwait)
	if err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(others + 1)
	s.do(func() {
		for _, r := range s.held[:others] {
			s.answer(r.id, statusOK, 0, nil)
			s.publish()
		}
		s.held = s.held[others:]
	})
	ctx, cancel := context.WithCancel(background)
	cancel()
	c.channel().mu.Lock()
	leading := c.channel().leadOrFollow(own)
	c.channel().mu.Unlock()
	end := c.channel().poll(own, ctx)
	if reaped := c.channel().ring.reaped.position; end != cancelled || reaped > runsBetweenLooks {
		t.Errorf("it reaped %d runs before it looked at its context, and ended with %d", reaped, end)
	}
	if err := c.channel().await(ctx, own, leading, end); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	for _, p := range posted {
		if _, err := p.Await(background, nil); err != nil {
			t.Error(err)
		}
	}
	s.answerHeld()
}

func TestALeaderThatIsCancelledNamesItsSuccessor(t *testing.T) {
	o := defaults()
	o.spin = time.Hour
	c, s := serve(t, o)
	const followers = 10
	ctx, cancel := context.WithCancel(background)
	leader := make(chan error)
	go func() {
		_, err := c.Call(ctx, methodHold, []byte{0}, nil)
		leader <- err
	}()
	s.awaitHeld(1)
	done := make(chan error, followers)
	for i := range followers {
		go func() {
			request := []byte{byte(i)}
			answer, err := c.Call(background, methodHold, request, nil)
			if err == nil && !bytes.Equal(answer, request) {
				err = errors.New("the answer is another's")
			}
			done <- err
		}()
	}
	s.awaitHeld(1 + followers)
	eventually(t, "all follow", func() bool { return c.channel().followerCount() == followers })
	cancel()
	if err := <-leader; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	s.answerHeld()
	for range followers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := c.Stats().Client.Sleeps; n != 0 {
		t.Errorf("the client slept %d times: nobody was named", n)
	}
}

func (c *channel) followerCount() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k := c.followers.first; k != nil; k = k.next {
		n++
	}
	return n
}

func TestCancelledFollowersAndLeadersInAStorm(t *testing.T) {
	for name, spin := range map[string]time.Duration{"polling": 50 * time.Microsecond, "asleep": 0} {
		t.Run(name, func(t *testing.T) {
			o := defaults()
			o.slots, o.spin = 8, spin
			c, _ := serve(t, o)
			done := make(chan struct{})
			const callers = 16
			for g := range callers {
				go func() {
					defer func() { done <- struct{}{} }()
					for i := range 100 {
						ctx, cancel := context.WithTimeout(background, time.Duration((g*31+i*17)%200)*time.Microsecond)
						request := payload((g*13 + i) % 40)
						answer, err := c.Call(ctx, methodEcho, request, nil)
						if err == nil && !bytes.Equal(answer, request) {
							t.Error("the answer is another's")
						} else if err != nil && !errors.Is(err, ErrDeadline) {
							t.Error(err)
						}
						cancel()
					}
				}()
			}
			for range callers {
				<-done
			}
			expectEcho(t, c, 4000)
		})
	}
}

func TestAbandonedCallsAreDiscarded(t *testing.T) {
	c, s := serve(t, defaults())
	for i := range 100 {
		before, err := c.Post(background, methodHold, payload(1000))
		if err != nil {
			t.Fatal(err)
		}
		after, err := c.Post(background, methodEcho, payload(1000))
		if err != nil {
			t.Fatal(err)
		}
		s.awaitHeld(1)
		before.Abandon()
		s.answerHeld()
		expectEcho(t, c, 8)
		after.Abandon()
		after.Abandon()
		if _, err := after.Await(background, nil); !errors.Is(err, ErrAwaited) {
			t.Fatalf("round %d: %v", i, err)
		}
	}
	expectEcho(t, c, 4000)
}
