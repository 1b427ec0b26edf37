package ringcall

import "sync/atomic"

// beginWait is leadUnlessDone for those who do not hold mu.
func (c *channel) beginWait(k *call) (leading bool, end outcome) {
	if atomic.LoadUint32(&k.state) == callDone {
		return false, answered
	}
	c.mu.Lock()
	leading, end = c.leadUnlessDone(k)
	c.mu.Unlock()
	return leading, end
}

// leadUnlessDone is leadOrFollow, except that the outcome is answered, and the caller has neither to lead nor to follow, if k is, or if its answer is there and nobody was there to
// reap it. mu is held.
func (c *channel) leadUnlessDone(k *call) (leading bool, end outcome) {
	if atomic.LoadUint32(&k.state) == callDone || c.leadNow() == leadNone && c.reapDue(k) {
		return false, answered
	}
	return c.leadOrFollow(k), unpolled
}

// reapDue reaps what the next look finds, and says whether k is answered by it. A run that begins with a payload it leaves to a leader, who copies without mu; that others hold
// one as well is not looked for. mu is held, and nobody leads: so nobody waits either.
func (c *channel) reapDue(k *call) bool {
	if c.err != nil { // or else the segment is mapped
		return false
	}
	count := c.ring.reaped.look()
	if count == 0 || c.ring.reaped.firstShape == shapeArena {
		return false
	}
	c.known = c.ring.posted.position
	if v := c.reap(count, k); v != violationNone {
		c.poison(v)
		c.finish()
		return true
	}
	if atomic.LoadUint32(&c.rung) != 0 && c.ring.outstanding() == 0 {
		atomic.StoreUint32(&c.rung, 0) // the server has woken: nobody will wait for that
	}
	if k.state != callDone {
		return false
	}
	c.counters.spins++
	return true
}

// reapNow reaps what is there, and sees to it that the bell is armed if anybody still sleeps. own is the caller's call, or nil. mu is held, and nobody polls.
func (c *channel) reapNow(own *call) {
	c.lead = leadFollowed
	c.known = c.ring.posted.position
	if !c.reapAll(own) {
		c.finish()
		return
	}
	c.passOn(nil)
}
