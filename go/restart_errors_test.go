package ringcall

import (
	"errors"
	"strings"
	"testing"
)

func TestACallAfterCloseHasWaitedForNothing(t *testing.T) {
	c, all := serveAgain(t, defaults())
	all.last().die()
	all.next(2)
	expectEcho(t, c, 100)
	c.Close()
	_, err := c.Call(background, methodEcho, nil, nil)
	if !errors.Is(err, ErrClosed) || !errors.Is(err, ErrNeverStarted) || errors.Is(err, ErrServerGone) || err.Error() != ErrClosed.Error() {
		t.Errorf("%v, expected %v and no word of a server that was replaced", err, ErrClosed)
	}
}

func TestACallAfterCloseSaysNothingOfAServerThatWasLost(t *testing.T) {
	c, all := serveAgain(t, defaults())
	all.fail(ErrNoServer)
	all.last().die()
	eventually(t, "it is known", func() bool { return c.channel().isRetired() })
	c.Close()
	if _, err := c.Call(background, methodEcho, nil, nil); !errors.Is(err, ErrClosed) || err.Error() != ErrClosed.Error() {
		t.Errorf("%v, expected %v", err, ErrClosed)
	}
}

func TestWhileThereIsAServerNoReasonIsKeptForWantOfOne(t *testing.T) {
	c, all := serveAgain(t, defaults())
	all.fail(ErrNoServer)
	all.last().die()
	eventually(t, "a try has failed", func() bool {
		c.restart.mu.Lock()
		defer c.restart.mu.Unlock()
		return errors.Is(c.restart.cause, ErrNoServer)
	})
	all.fail(nil)
	all.next(2)
	expectEcho(t, c, 100)
	c.restart.mu.Lock()
	defer c.restart.mu.Unlock()
	if c.restart.cause != nil {
		t.Errorf("with a server at hand the client remembers why there was none: %v", c.restart.cause)
	}
}

func TestACallThatIsNotKeptWaitingTellsTheCauseOnce(t *testing.T) {
	c, all := serveAgain(t, defaults())
	all.fail(ErrNoServer)
	all.last().die()
	eventually(t, "it is known", func() bool { return c.channel().isRetired() })
	c.restart.mu.Lock()
	c.restart.failures, c.restart.cause = failuresMost, ErrNoServer
	c.restart.mu.Unlock()
	_, err := c.Call(background, methodEcho, nil, nil)
	if !errors.As(err, new(*RestartError)) || !errors.Is(err, ErrNoServer) || strings.Count(err.Error(), ErrNoServer.Error()) != 1 {
		t.Errorf("%v\nexpected a RestartError and its cause once", err)
	}
}

func TestAClientWithRestartIsNotToldToBeMadeAnew(t *testing.T) {
	for restarts, serving := range map[bool]func() (*Client, *testServer){
		false: func() (*Client, *testServer) { return serve(t, defaults()) },
		true:  func() (*Client, *testServer) { c, all := serveAgain(t, defaults()); return c, all.last() },
	} {
		c, s := serving()
		b := c.NewBatch(methodAdd, 8, 8)
		if _, err := b.Reserve(background, 1); err != nil {
			t.Fatal(err)
		}
		ch := c.channel()
		s.die()
		<-ch.done
		err := b.Post(background)
		b.Release()
		if !errors.Is(err, ErrServerGone) || !errors.Is(err, ErrNeverStarted) || !strings.HasSuffix(err.Error(), " is safe") {
			t.Errorf("restart %v: %v, expected to read that a retry is safe", restarts, err)
		}
		if anew := strings.Contains(err.Error(), "new client"); anew == restarts {
			t.Errorf("restart %v: %v", restarts, err)
		}
	}
}
