package ringcall

import (
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

func TestCloseInMidCallEndsEveryCall(t *testing.T) {
	for name, spin := range map[string]time.Duration{"polling": time.Hour, "asleep": 0} {
		t.Run(name, func(t *testing.T) {
			o := defaults()
			o.spin = spin
			c, s := serve(t, o)
			const callers = 10
			done := make(chan error, callers)
			for i := range callers {
				go func() {
					_, err := c.Call(background, methodHold, payload(i*10), nil)
					done <- err
				}()
			}
			posted, err := c.Post(background, methodHold, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := c.NewRun(3)
			for range 3 {
				r.Add(methodHold, nil)
			}
			if err := r.Post(background); err != nil {
				t.Fatal(err)
			}
			s.awaitHeld(callers + 4)
			for range 3 {
				if err := c.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}
			for range callers {
				if err := <-done; !errors.Is(err, ErrClosed) || !errors.Is(err, os.ErrClosed) {
					t.Errorf("a call in flight: %v", err)
				}
			}
			if _, err := posted.Await(background, nil); !errors.Is(err, ErrClosed) {
				t.Errorf("a posted call: %v", err)
			}
			if err := r.Await(background); !errors.Is(err, ErrClosed) {
				t.Errorf("a run: %v", err)
			}
			if _, err := r.Answer(1); !errors.Is(err, ErrClosed) {
				t.Errorf("a call of a run: %v", err)
			}
			expectAllFail(t, c, ErrClosed)
		})
	}
}

// expectAllFail checks that the client has ended for this reason and that every form of call fails at once.
func expectAllFail(t *testing.T, c *Client, want error) {
	t.Helper()
	expectRefused(t, c, want)
	if err := c.Err(); !errors.Is(err, want) {
		t.Errorf("Err: %v, expected %v", err, want)
	}
	select {
	case <-c.Done():
	default:
		t.Error("Done is not closed")
	}
}

func expectRefused(t *testing.T, c *Client, want error) {
	t.Helper()
	_, callErr := c.Call(background, methodEcho, nil, nil)
	_, arenaErr := c.Call(background, methodEcho, payload(1000), nil)
	_, postErr := c.Post(background, methodEcho, nil)
	_, viewErr := c.View(background, methodEcho, nil)
	small, large := c.NewRun(1), c.NewRun(2)
	if err := errors.Join(small.Add(methodEcho, nil), large.Add(methodEcho, nil), large.Add(methodEcho, payload(1000))); err != nil {
		t.Error(err)
	}
	_, reserveErr := c.NewBatch(methodAdd, 8, 8).Reserve(background, 1)
	for i, err := range []error{callErr, arenaErr, postErr, viewErr, small.Do(background), large.Do(background), reserveErr} {
		if !errors.Is(err, want) || !errors.Is(err, ErrNeverStarted) {
			t.Errorf("form %d: %v, expected %v, and that it never started", i, err, want)
		}
		var gone *GoneError
		if want == ErrServerGone && (!errors.As(err, &gone) || gone.Fate != ErrNeverStarted) {
			t.Errorf("form %d: the fate is not told", i)
		}
	}
}

func TestBytesOutliveCloseUntilReleased(t *testing.T) {
	c, _ := serve(t, defaults())
	v, err := c.View(background, methodEcho, payload(1000))
	if err != nil {
		t.Fatal(err)
	}
	b := c.NewBatch(methodAdd, 8, 8)
	reserveAdds(t, b, 10)
	if err := b.Do(background); err != nil {
		t.Fatal(err)
	}
	c.Close()
	unmapped := func() bool { c.channel().mu.Lock(); defer c.channel().mu.Unlock(); return c.channel().unmapped }
	if unmapped() {
		t.Fatal("unmapped under a view")
	}
	if string(v.Bytes()) != string(payload(1000)) {
		t.Error("the view changed")
	}
	v.Release()
	expectBatch(t, b, 10)
	if unmapped() {
		t.Fatal("unmapped under a batch")
	}
	b.Release()
	eventually(t, "it is unmapped", unmapped)
	c.Stats()
	c.Close()
}

func TestCloseWhileManyCall(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		o.slots = 8
		for range 20 {
			c, _ := serve(t, o)
			const callers = 16
			var calls atomic.Int32
			done := make(chan error, callers)
			for i := range callers {
				go func() {
					for {
						_, err := c.Call(background, methodEcho, payload(i*30), nil)
						if err != nil {
							done <- err
							return
						}
						calls.Add(1)
					}
				}()
			}
			eventually(t, "calls run", func() bool { return calls.Load() > 100 })
			c.Close()
			for range callers {
				if err := <-done; !errors.Is(err, ErrClosed) {
					t.Error(err)
				}
			}
		}
	})
}

func TestALostServerSplitsItsCalls(t *testing.T) {
	for name, spin := range map[string]time.Duration{"polling": time.Hour, "asleep": 0} {
		for _, onPurpose := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				o := defaults()
				o.spin = spin
				c, s := serve(t, o)
				waiting := make(chan error, 1)
				go func() {
					_, err := c.Call(background, methodHold, nil, nil)
					waiting <- err
				}()
				s.awaitHeld(1)
				var taken, untaken, done Pending
				var err error
				if taken, err = c.Post(background, methodHold, payload(100)); err != nil {
					t.Fatal(err)
				}
				if done, err = c.Post(background, methodEcho, payload(1000)); err != nil {
					t.Fatal(err)
				}
				s.awaitHeld(2)
				s.until("it has answered", func() bool { return s.segment.serverCounts.answers == 1 })
				s.do(func() {
					// From here on nothing is taken: this goroutine is the server's own.
					if untaken, err = c.Post(background, methodHold, payload(100)); err != nil {
						t.Error(err)
					}
					if onPurpose {
						atomic.StoreUint32(&s.segment.server.state, stateClosed)
					}
					s.conn.Close()
					s.dead = true
				})
				expectFate(t, "the waiting call", <-waiting, ErrMayHaveRun, onPurpose)
				_, err = taken.Await(background, nil)
				expectFate(t, "a call that was taken", err, ErrMayHaveRun, onPurpose)
				_, err = untaken.Await(background, nil)
				expectFate(t, "a call that was not", err, ErrNeverStarted, onPurpose)
				if answer, err := done.Await(background, nil); err != nil || len(answer) != 1000 {
					t.Errorf("an answered call: %d bytes, %v", len(answer), err)
				}
				expectAllFail(t, c, ErrServerGone)
				c.Close()
				expectRefused(t, c, os.ErrClosed)
				if err := c.Err(); !errors.Is(err, ErrServerGone) {
					t.Errorf("Err forgot its reason: %v", err)
				}
			})
		}
	}
}

func expectFate(t *testing.T, what string, err, fate error, onPurpose bool) {
	t.Helper()
	var gone *GoneError
	if !errors.As(err, &gone) || !errors.Is(err, ErrServerGone) || !errors.Is(err, fate) || gone.Closed != onPurpose {
		t.Errorf("%s: %v", what, err)
	}
}

func TestASlowCallDoesNotDelayOthers(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, s := serve(t, o)
		slow := make(chan error)
		go func() {
			_, err := c.Call(background, methodHold, nil, nil)
			slow <- err
		}()
		s.awaitHeld(1)
		for range 1000 {
			expectEcho(t, c, 8)
		}
		s.answerHeld()
		if err := <-slow; err != nil {
			t.Error(err)
		}
	})
}
