package ringcall

import (
	"context"
	"sync/atomic"
	"time"
)

// Who listens for the bell: one at a time, guarded by mu. Whenever anybody sleeps somebody listens, or is about to.
//
// The bell goroutine may listen for ever, and does where nobody calls. To be woken through it costs a sleeper a second wake, though, in which Go's scheduler may
// also wake another thread: more than the whole trip of a byte through a socket. So the bell goroutine stays away once the only sleeper was woken
// soon, and who goes to sleep next listens itself, as who reads from a socket does. It does so for a moment, since no context ends a read; what takes longer, or
// what others still sleep for when it leaves, is left to the bell goroutine again.
const (
	bellByGoroutine uint8 = iota
	bellByCaller          // the goroutine of the call in listener
	bellByNobody          // nobody sleeps; the bell goroutine comes back by itself in time
)

const (
	netInterval = 200 * time.Millisecond // how long a sleep is until it is doubted
	netDoubt    = 200 * time.Millisecond // how late the bell of an answer that is there may be: its server may have been put aside in between
	listenLeast = 300 * time.Microsecond // that a caller listens whose context may be cancelled
	listenMost  = time.Millisecond       // so much later a cancellation may be noticed
	absence     = 5 * time.Millisecond   // so long after the last call that slept the bell goroutine comes back
)

// listenForever is the bell goroutine: while nobody polls it reaps what the server rings for, and it notices the server's end at once where nobody
// calls.
func (c *channel) listenForever() {
	var doubt wakeDoubt
	for {
		rung, err := c.bell.listen()
		if err != nil {
			c.bell.peer.close()
			c.peerGone(err)
			return
		}
		c.mu.Lock()
		missed := false
		if !rung {
			c.netSet = false
			missed = c.leadNow() == leadBell && c.ring.reaped.look() != 0
		}
		late := missed && doubt.confirmed(c.ring.reaped.position)
		switch {
		case missed && !late:
			c.netSet = true
			c.bell.limit(netDoubt)
		case missed:
			c.counters.recoveredWakes++
			fallthrough
		default:
			if c.leadNow() == leadBell {
				c.answerBell(rung, nil)
			}
			if !rung && !c.netSet {
				c.bell.limit(0)
			}
		}
		if !missed {
			doubt = wakeDoubt{}
		}
		away := c.listening == bellByNobody
		c.mu.Unlock()
		if away {
			c.stayAway()
		}
	}
}

// stayAway returns when the bell goroutine is to listen again.
func (c *channel) stayAway() {
	look := time.NewTicker(absence)
	defer look.Stop()
	seen := uint64(0)
	for {
		select {
		case <-c.recalled:
			return
		case <-look.C:
		}
		c.mu.Lock()
		back := c.listening == bellByNobody && c.listened == seen
		if back {
			c.listening = bellByGoroutine
			c.netSet = false
			c.bell.limit(0)
		}
		seen = c.listened
		c.mu.Unlock()
		if back {
			return
		}
	}
}

// recall has the bell goroutine listen for those who sleep. mu is held, and nobody else will listen.
func (c *channel) recall() {
	c.listening = bellByGoroutine
	c.netSet = true
	c.bell.limit(netInterval)
	select {
	case c.recalled <- struct{}{}:
	default:
	}
}

// seeToBell has somebody listen for the bell, which was armed just now: own's goroutine, if it goes to sleep, or the bell goroutine. mu is held.
func (c *channel) seeToBell(own *call) {
	if c.listening != bellByNobody {
		return
	}
	if own == nil || atomic.LoadUint32(&own.state) != callWaiting {
		c.recall()
		return
	}
	c.listening = bellByCaller
	c.listened++
	c.listener.Store(own)
}

// boundsOf says how long a caller with that context may listen.
func boundsOf(ctx context.Context) bounds {
	b := bounds{least: listenLeast, most: listenMost}
	if ctx.Done() == nil { // timers that are never due cost less
		b.least, b.most = netInterval/2, netInterval
	}
	b.deadline, b.ends = ctx.Deadline()
	return b
}

// listen waits a moment for the bell in place of the bell goroutine and does what that would have done. k is the caller's, which may or may not be answered then.
func (c *channel) listen(k *call) {
	rung, _ := c.bell.listen() // an error lasts: the bell goroutine gets it, too
	c.mu.Lock()
	c.listener.Store(nil)
	c.listening = bellByNobody
	if !rung || atomic.LoadUint32(&k.state) == callDone { // it was, or may have been, interrupted
		c.bell.until = time.Time{}
	}
	if rung && c.leadNow() == leadBell {
		c.answerBell(rung, k)
	}
	if c.listening == bellByNobody && c.firstWaiting(&c.sleepers) != nil {
		c.recall()
	}
	c.mu.Unlock()
}

// answerBell reaps what the bell was rung for, or what was found without; own is the call of the goroutine that listened, or nil. mu is held, and nobody polls.
func (c *channel) answerBell(rung bool, own *call) {
	slept := time.Since(c.armedTime)
	if rung && c.waited != nil {
		c.waited.woken(slept)
	}
	c.waited = nil
	c.reapNow(own)
	if own == nil && rung && slept < listenMost && c.leadNow() == leadNone {
		c.listening = bellByNobody
		c.netSet = false
	}
}

// wake wakes the goroutine that sleeps for k. Its caller has ended k, in whose state that shows.
func (c *channel) wake(k *call) {
	k.signal()
	if c.listener.Load() == k {
		c.bell.interrupt()
	}
}

// wakeDoubt tells an answer whose bell was lost from answers whose bells are only a little late: there was no progress between two looks.
type wakeDoubt struct {
	open     bool
	position uint64
}

// confirmed is told that the answer at position is there, unrung, and says whether it was so at the last look too.
func (d *wakeDoubt) confirmed(position uint64) bool {
	again := d.open && d.position == position
	*d = wakeDoubt{open: !again, position: position}
	return again
}
