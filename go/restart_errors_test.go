package ringcall

import (
	"errors"
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
