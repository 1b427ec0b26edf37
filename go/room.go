package ringcall

import (
	"context"
	"sync/atomic"
)

// lockToPost locks mu once a record may be posted. It does not hold mu if it returns an error.
func (c *channel) lockToPost(ctx context.Context) error {
	c.mu.Lock()
	if c.ring.posted.position != c.roomEnd && c.err == nil {
		return nil
	}
	return c.awaitSlot(ctx)
}

// awaitSlot waits for room in the ring. mu is held on entry, and on return without an error. One goroutine at a time waits for the leader,
// the others for their turn, so that an answer does not wake them all.
func (c *channel) awaitSlot(ctx context.Context) error {
	err := c.ended()
	if err == nil && c.hasSlot() {
		return nil
	}
	c.counters.ringWaits++
	c.mu.Unlock()
	if err != nil {
		return err
	}
	if err := c.awaitTurn(ctx, c.slotTurn); err != nil {
		return err
	}
	defer func() { <-c.slotTurn }()
	for {
		c.mu.Lock()
		err := c.ended()
		if err == nil && c.hasSlot() {
			return nil
		}
		if err != nil {
			c.mu.Unlock()
			return err
		}
		if err := c.starve(ctx, (*channel).hasSlot); err != nil {
			return err
		}
	}
}

// awaitTurn waits for a turn, which its taker ends by receiving from it.
func (c *channel) awaitTurn(ctx context.Context, turn chan struct{}) error {
	select {
	case turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return contextError(ctx)
	case <-lateOf(ctx):
		return contextError(ctx)
	case <-c.done:
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.ended()
	}
}

// hasSlot says whether a record may be posted, and brings roomEnd up to date. mu is held.
func (c *channel) hasSlot() bool {
	var reaped uint64
	switch c.leadNow() {
	case leadNone, leadBell:
		reaped = c.ring.reaped.position
	default:
		reaped = atomic.LoadUint64(&c.reapedMark)
	}
	c.roomEnd = max(c.roomEnd, reaped+uint64(c.segment.slots.count()))
	return c.ring.posted.position != c.roomEnd
}

// starve waits until something was answered or freed, leading if nobody does. ready is what the caller found false. mu is held on entry, not on return. Who leads
// is in no list that feed knows, so it asks ready once more before it sleeps, in rest.
func (c *channel) starve(ctx context.Context, ready func(*channel) bool) error {
	k := c.take()
	k.reset(0)
	k.starved = true
	k.ready = ready
	leading := c.leadOrFollow(k)
	// PAIR room-made: with progressed; the registration above fences before these loads.
	if !leading && ready(c) {
		c.unlist(k)
		c.recycle(k)
		c.mu.Unlock()
		return nil
	}
	c.mu.Unlock()
	err := c.await(ctx, k, leading, unpolled)
	c.mu.Lock()
	c.recycle(k)
	c.mu.Unlock()
	return err
}

// reserve returns a region of the request arena and a hold on the mapping. It waits for room, in the order of arrival, within ctx.
func (c *channel) reserve(ctx context.Context, size int) (*region, error) {
	if capacity := int(c.arena.capacity()); size > capacity {
		return nil, &TooLargeError{Size: size, Capacity: capacity}
	}
	c.mu.Lock()
	if r := c.reserveNow(size); r != nil {
		c.mu.Unlock()
		return r, nil
	}
	err := c.ended()
	if err == nil {
		c.counters.arenaWaits++
		c.queued++
	}
	c.mu.Unlock()
	if err != nil {
		return nil, notPosted(err)
	}
	r, err := c.reserveInTurn(ctx, uint32(size))
	return r, notPosted(err)
}

// reserveNow is reserve for who finds room without a wait, else nil, also if there is none for so many bytes. mu is held.
func (c *channel) reserveNow(size int) *region {
	if c.err != nil || c.queued != 0 {
		return nil
	}
	r := c.arena.alloc(uint32(size))
	if r != nil {
		c.holds++
	}
	return r
}

func (c *channel) reserveInTurn(ctx context.Context, size uint32) (r *region, err error) {
	if err = c.awaitTurn(ctx, c.arenaTurn); err == nil {
		r, err = c.awaitRegion(ctx, size)
		<-c.arenaTurn
	}
	c.mu.Lock()
	c.queued--
	c.mu.Unlock()
	return r, err
}

// awaitRegion is called by the one whose turn it is.
func (c *channel) awaitRegion(ctx context.Context, size uint32) (*region, error) {
	for {
		c.mu.Lock()
		if err := c.ended(); err != nil {
			c.mu.Unlock()
			return nil, err
		}
		if r := c.arena.alloc(size); r != nil {
			c.holds++
			c.mu.Unlock()
			return r, nil
		}
		if err := c.starve(ctx, (*channel).hasFreed); err != nil {
			return nil, err
		}
	}
}

// hasFreed says whether the arena has more room than when alloc failed. mu is held.
func (c *channel) hasFreed() bool { return c.arena.hasFreed() }

// release frees a region that was not posted, or was answered, and ends the hold.
func (c *channel) release(r *region) {
	c.mu.Lock()
	c.releaseNow(r)
	c.mu.Unlock()
}

// releaseNow is release. mu is held.
func (c *channel) releaseNow(r *region) {
	r.free()
	c.feed()
	c.unhold()
}

// unhold ends a use of the mapping. mu is held.
func (c *channel) unhold() {
	c.holds--
	c.lettingGo()
}
