package ringcall

import "sync/atomic"

// What only the channels of clients with restart need: they are lost and replaced while calls are on their way through them.

// visit has the mapping stay until exit.
func (c *channel) visit() { c.users.Add(1) }

// visitIfLive visits unless nothing can be posted any more.
func (c *channel) visitIfLive() bool {
	c.visit()
	if atomic.LoadUint32(&c.stop) == 0 {
		return true
	}
	c.exit()
	return false
}

// exit ends what visit began.
func (c *channel) exit() {
	if c.users.Add(-1) == 0 && atomic.LoadUint32(&c.stop) != 0 {
		c.mu.Lock()
		c.lettingGo()
		c.mu.Unlock()
	}
}

// retire ends a channel that has stopped, as close does, but leaves its error: what comes to it late is told that, and goes on elsewhere.
func (c *channel) retire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.retired || c.closed {
		return
	}
	c.retired = true
	if !c.poisoned {
		atomic.StoreUint32(&c.segment.client.state, stateClosed)
	}
	c.bell.conn.Close()
	if c.claim() {
		c.finish()
	}
}

func (c *channel) isRetired() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.retired
}

// finalStats are those of an unmapped channel; final says whether it is one.
func (c *channel) finalStats() (s Stats, final bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lastStats, c.unmapped
}

// reapForgotten reaps answers that nobody waits for.
func (c *channel) reapForgotten() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil && c.leadNow() == leadNone {
		c.reapNow(nil)
	}
}
