package ringcall

import "time"

const (
	netInterval = 200 * time.Millisecond // how long a sleep is until it is doubted
	netDoubt    = 200 * time.Millisecond // how late the bell of an answer that is there may be: its server may have been put aside in between
)

// listenForever is the bell goroutine: while nobody polls it reaps what the server rings for, and it notices the server's end at once.
func (c *channel) listenForever() {
	var doubt wakeDoubt
	for {
		rung, err := c.bell.listen()
		if err != nil {
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
				if rung && c.waited != nil {
					c.waited.woken(time.Since(c.armedTime))
					c.waited = nil
				}
				c.reapNow()
			}
			if !rung && !c.netSet {
				c.bell.limit(0)
			}
		}
		if !missed {
			doubt = wakeDoubt{}
		}
		c.mu.Unlock()
	}
}

// reapNow reaps what is there, and sees to it that the bell is armed if anybody still sleeps. mu is held, and nobody polls.
func (c *channel) reapNow() {
	c.lead = leadFollowed
	c.known = c.ring.posted.position
	if !c.reapAll() {
		c.finish()
		return
	}
	c.passOn()
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
