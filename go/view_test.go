package ringcall

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

func TestWhoWaitedInVainReadsOfTheViewsThatAreHeld(t *testing.T) {
	for name, serving := range map[string]func() (*Client, *testServer){
		"of one server": func() (*Client, *testServer) { return serve(t, defaults()) },
		"with restart":  func() (*Client, *testServer) { c, all := serveAgain(t, defaults()); return c, all.last() },
	} {
		t.Run(name, func(t *testing.T) {
			c, s := serving()
			var views []View
			for _, size := range []int{8, 1000, 500} { // the first holds nothing
				v, err := c.View(background, methodEcho, payload(size))
				if err != nil {
					t.Fatal(err)
				}
				views = append(views, v)
			}
			expect := func(told string, not bool) {
				t.Helper()
				for form, err := range inVain(t, c, s) {
					if !errors.Is(err, ErrDeadline) || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrNeverStarted) || !os.IsTimeout(err) {
						t.Errorf("%s gives %v, expected ErrDeadline", form, err)
					}
					if strings.Contains(err.Error(), told) == not {
						t.Errorf("%s gives %v; that it has %q is expected to be %v", form, err, told, !not)
					}
				}
			}
			expect("2 of them, hold 1500 bytes of the answer arena's 4096", false)
			views[1].Release()
			views[1].Release()
			expect("1 of them, hold 500 bytes", false)
			views[0].Release()
			views[2].Release()
			expect("view", true)
		})
	}
}

// heldUntil is a context whose deadline comes when the server holds a request.
type heldUntil struct {
	context.Context
	done chan struct{}
}

func (h heldUntil) Done() <-chan struct{} { return h.done }

func (h heldUntil) Err() error {
	if closed(h.done) {
		return context.DeadlineExceeded
	}
	return nil
}

// inVain are the errors of calls, of every form, that have waited for a handler in vain.
func inVain(t *testing.T, c *Client, s *testServer) map[string]error {
	t.Helper()
	errs := map[string]error{}
	r, b := c.NewRun(1), c.NewBatch(methodHold, 8, 8)
	r.Add(methodHold, nil)
	if _, err := b.Reserve(background, 1); err != nil {
		t.Fatal(err)
	}
	for form, call := range map[string]func(ctx context.Context) error{
		"Call": func(ctx context.Context) error { _, err := c.Call(ctx, methodHold, nil, nil); return err },
		"View": func(ctx context.Context) error { _, err := c.View(ctx, methodHold, nil); return err },
		"Pending": func(ctx context.Context) error {
			p, err := c.Post(background, methodHold, nil)
			if err == nil {
				_, err = p.Await(ctx, nil)
			}
			return err
		},
		"Run":   r.Do,
		"Batch": b.Do,
	} {
		ctx := heldUntil{background, make(chan struct{})}
		go func() {
			s.awaitHeld(1)
			close(ctx.done)
		}()
		errs[form] = call(ctx)
		s.answerHeld()
	}
	return errs
}
