package ringcall

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

func TestWhatIsSentIsRun(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, s := serve(t, o)
		for i := range 300 { // more than the ring has slots
			if err := SendRecord(background, c, typedEcho, &addRequest{int32(i), 0}); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.Send(background, methodFail, payload(8)); err != nil { // nobody hears of it
			t.Fatal(err)
		}
		for i := range 300 { // more than the arena holds
			if err := c.Send(background, methodEcho, payload(1000+i)); err != nil {
				t.Fatal(err)
			}
		}
		expectEcho(t, c, 4000)
		s.until("all were run", func() bool { return s.segment.serverCounts.answers == 602 })
		if stats := c.Stats().Client; stats.Cancelled != 0 || stats.LateAnswers != 0 || stats.Calls != 602 {
			t.Errorf("%+v", stats)
		}
		if err := c.Send(background, methodEcho, payload(5000)); !errors.Is(err, ErrTooLarge) {
			t.Errorf("beyond the arena: %v", err)
		}
	})
}

func TestCloseLetsTheServerTakeWhatWasSent(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		for range 20 {
			c, s := serve(t, o)
			blocked, ran := make(chan struct{}), uint64(0)
			go s.do(func() { <-blocked })
			for range 10 {
				if err := SendRecord(background, c, typedEcho, &addRequest{}); err != nil {
					t.Fatal(err)
				}
			}
			time.AfterFunc(2*time.Millisecond, func() { close(blocked) })
			c.Close()
			if ran = atomic.LoadUint64(s.segment.taken); ran != 10 {
				t.Errorf("the server had taken %d calls at Close, expected 10", ran)
			}
		}
	})
}

func TestCloseDoesNotWaitForAServerThatTakesNothing(t *testing.T) {
	c, s := serve(t, defaults())
	blocked := make(chan struct{})
	go s.do(func() { <-blocked })
	eventually(t, "it is blocked", func() bool { return !s.ordered.Load() })
	if err := SendRecord(background, c, typedEcho, &addRequest{}); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	c.Close()
	if took := time.Since(begin); took > 10*sentPatience {
		t.Errorf("Close took %v", took)
	}
	close(blocked)
}
