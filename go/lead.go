package ringcall

import (
	"context"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/ringcall/ringcall/go/internal/pause"
)

// Of all goroutines that wait for answers one leads: it polls the ring and reaps for everybody. Client.lead says how that stands.
//
// Leading is taken under mu only. It is given up under mu too, by passOn, which names a successor among those that registered under mu; except that a
// leader whom nobody follows turns leadAlone into leadNone by itself, which fails if a follower came in time to turn it into leadFollowed.
// All that the leader owns passes from one to the next through mu, that word, or the wake of the successor.
const (
	leadNone     uint32 = iota
	leadAlone           // somebody leads and may leave without a look back
	leadFollowed        // somebody leads and must leave by passOn
	leadBell            // nobody polls: want_answer is set and somebody listens for the bell: see listen.go
)

type outcome int

const (
	unpolled outcome = iota
	answered
	spent     // the time to poll is used up
	cancelled // the context ended
	stopped   // the client was closed, poisoned or left by its server
)

// claim makes the caller the leader if nobody polls. Otherwise the leader will leave by passOn. mu is held.
func (c *channel) claim() bool {
	switch c.leadNow() {
	case leadNone:
		c.lead = leadAlone
	case leadBell:
		c.lead = leadFollowed
		c.armedAt = wantNone
		c.waited = nil // who arms the bell next has not waited since that miss
		atomic.StoreUint64(c.segment.wantAnswer, wantNone)
	case leadAlone:
		if atomic.CompareAndSwapUint32(&c.lead, leadAlone, leadFollowed) {
			return false
		}
		c.lead = leadAlone
	default:
		return false
	}
	c.known = c.ring.posted.position
	storeRelease(&c.reapedMark, c.ring.reaped.position) // or else hasSlot, which looks there while somebody leads, would not know what was reaped since
	if c.unused == nil {
		c.unused, c.spares = c.spares, nil
	}
	return true
}

// leadNow is the word read so that what the last leader did before it left is seen. Only a leader writes it without mu.
func (c *channel) leadNow() uint32 { return atomic.LoadUint32(&c.lead) }

// leadOrFollow is called by who is about to wait for k. mu is held.
func (c *channel) leadOrFollow(k *call) (leading bool) {
	if !c.claim() {
		c.follow(k)
		return false
	}
	if atomic.LoadUint32(&k.state) == callDone {
		c.passOn(nil)
		return false
	}
	return true
}

// follow registers k's goroutine as one that sleeps. mu is held, and somebody leads or will be named in the same critical section.
func (c *channel) follow(k *call) {
	if !atomic.CompareAndSwapUint32(&k.state, callPosted, callWaiting) {
		return
	}
	c.followers.push(k)
	k.listed = true
	if k.starved {
		atomic.AddInt32(&c.starving, 1)
	}
}

// unlist ends what follow began. mu is held.
func (c *channel) unlist(k *call) {
	if !k.listed {
		return
	}
	k.listed = false
	list := &c.followers
	if k.rested {
		list = &c.sleepers
		k.rested = false
	}
	list.remove(k)
	if k.starved {
		atomic.AddInt32(&c.starving, -1)
	}
}

// leave ends the caller's leading.
func (c *channel) leave() {
	if atomic.CompareAndSwapUint32(&c.lead, leadAlone, leadNone) {
		return
	}
	c.mu.Lock()
	c.passOn(nil)
	c.mu.Unlock()
}

// passOn ends the caller's leading, mu being held: it names a follower that has not polled in vain yet, or else leaves those that have to the bell. own is the call
// that the caller goes to sleep for, or nil if it does not: it may become the one that listens.
func (c *channel) passOn(own *call) {
	if c.stop != 0 {
		c.finish()
		return
	}
	if c.reapedMark != c.ring.reaped.position {
		atomic.StoreUint64(&c.reapedMark, c.ring.reaped.position)
		c.feed()
	}
	if c.unused == nil {
		c.unused, c.spares = c.spares, nil
	}
	if k := c.firstWaiting(&c.followers); k != nil {
		c.unlist(k)
		atomic.StoreUint32(&k.state, callPosted)
		k.leads = true
		c.lead = leadFollowed
		c.known = c.ring.posted.position
		k.signal()
		return
	}
	for c.firstWaiting(&c.sleepers) != nil {
		if c.arm() {
			c.lead = leadBell
			c.seeToBell(own)
			return
		}
		if !c.reapAll(own) {
			c.finish()
			return
		}
	}
	c.lead = leadNone
	c.lettingGo()
}

func (c *channel) firstWaiting(list *callList) *call {
	for list.first != nil {
		k := list.first
		if atomic.LoadUint32(&k.state) == callWaiting {
			return k
		}
		c.unlist(k)
	}
	return nil
}

// arm asks the server to ring when the next answer is published, and says whether it is safe to sleep: none is there. mu is held by the leader.
func (c *channel) arm() bool {
	c.known = c.ring.posted.position
	// PAIR want-answer: the server publishes, fences and loads want_answer; this store fences before the look.
	c.armedAt = c.ring.reaped.position
	atomic.StoreUint64(c.segment.wantAnswer, c.ring.reaped.position)
	if c.ring.reaped.look() != 0 {
		c.armedAt = wantNone
		atomic.StoreUint64(c.segment.wantAnswer, wantNone)
		return false
	}
	c.counters.sleeps++
	c.armedTime = time.Now()
	if c.listening == bellByGoroutine && !c.netSet && c.ring.outstanding() != 0 {
		c.netSet = true
		c.bell.limit(netInterval)
	}
	return true
}

// reapAll reaps what is there, mu being held by the leader, whose own call need not be woken. It says whether all of it was valid; if not the channel is poisoned.
func (c *channel) reapAll(own *call) bool {
	for {
		count := c.ring.reaped.look()
		if count == 0 {
			break
		}
		if v := c.reap(count, own); v != violationNone {
			c.poison(v)
			return false
		}
	}
	atomic.StoreUint64(&c.reapedMark, c.ring.reaped.position)
	c.feed()
	return true
}

// feed wakes those that wait for room, who then look again. mu is held.
func (c *channel) feed() {
	if c.starving == 0 {
		return
	}
	for _, list := range []*callList{&c.followers, &c.sleepers} {
		for k := list.first; k != nil; {
			next := k.next
			if k.starved {
				c.unlist(k)
				atomic.StoreUint32(&k.state, callDone)
				c.wake(k)
			}
			k = next
		}
	}
}

// poll leads until k is answered, or ctx ends, or the time to poll is used up, or the client stops. After answered alone the
// caller still leads as before; it does so after the others too, but then must not leave otherwise than by passOn.
func (c *channel) poll(k *call, ctx context.Context) outcome {
	if k.starved && c.known == c.ring.reaped.position {
		return spent
	}
	if c.fresh {
		// A look right behind the publication takes the line away from the server that is about to read it.
		c.fresh = false
		pause.Pause()
		pause.Pause()
	}
	spin := &c.spin
	if atomic.LoadUint32(&c.rung) != 0 {
		atomic.StoreUint32(&c.rung, 0)
		spin = &c.wakeSpin
	}
	if policy := atomic.LoadUint32(c.segment.clientSpin); policy != spin.policy {
		spin.obey(policy)
	}
	budget, yields, runs := spin.begin(), 0, 0
	for round := uint32(1); ; round++ {
		if count := c.ring.reaped.look(); count != 0 {
			if v := c.reap(count, k); v != violationNone {
				c.mu.Lock()
				c.poison(v)
				c.mu.Unlock()
				return stopped
			}
			if k.state == callDone || k.starved {
				c.counters.spins++
				spin.hit()
				return answered
			}
			c.progressed()
			// Others' answers may come without a pause, and then nothing below is reached.
			if runs++; runs%runsBetweenLooks == 0 {
				if end := c.interrupted(ctx); end != unpolled {
					return end
				}
			}
			round = 0
			continue
		}
		if round < budget {
			pause.Pause()
			if round&spin.yieldMask != 0 {
				continue
			}
		} else if yields++; yields > yieldsMax || budget == 0 {
			spin.miss(budget)
			c.waited = spin
			return spent
		}
		if end := c.interrupted(ctx); end != unpolled {
			return end
		}
		runtime.Gosched()
	}
}

// interrupted says why polling must end, or unpolled.
func (c *channel) interrupted(ctx context.Context) outcome {
	if atomic.LoadUint32(&c.stop) != 0 {
		return stopped
	}
	if closed(ctx.Done()) {
		return cancelled
	}
	if p, ok := ctx.(*patience); ok && p.isLate() {
		return cancelled
	}
	return unpolled
}

// progressed lets posters know of the room that the leader, who goes on leading, has made.
func (c *channel) progressed() {
	// PAIR room-made: with starve, which registers and then looks for room once more; this store fences before the load.
	atomic.StoreUint64(&c.reapedMark, c.ring.reaped.position)
	if atomic.LoadInt32(&c.starving) != 0 {
		c.mu.Lock()
		c.feed()
		c.mu.Unlock()
	}
}

// await waits until k is done and returns nil, or abandons it and returns why. leading says that the caller leads, and end what came of
// polling so far, or of leadUnlessDone; the caller does not lead any more on return.
func (c *channel) await(ctx context.Context, k *call, leading bool, end outcome) error {
	if !leading && atomic.LoadUint32(&k.state) == callYielding && !c.yield(ctx, k) {
		c.mu.Lock()
		atomic.CompareAndSwapUint32(&k.state, callYielding, callPosted)
		leading = c.leadOrFollow(k)
		c.mu.Unlock()
	}
	for {
		switch {
		case leading && end == unpolled:
			end = c.poll(k, ctx)
			continue
		case end == answered:
			if leading {
				c.leave()
			}
			return nil
		case !leading && c.listener.Load() == k: // also if it was answered since: who listens gives that up by listen alone
			c.listen(k)
			continue
		case !leading && atomic.LoadUint32(&k.state) == callDone:
			c.mu.Lock()
			c.unlist(k)
			c.mu.Unlock()
			c.handedOver(k)
			return nil
		case !leading:
			end = unpolled
			select {
			case <-k.wake:
			case <-ctx.Done():
				end = cancelled
			case <-lateOf(ctx):
				end = cancelled
			}
		}
		var listening bounds
		if leading {
			listening = boundsOf(ctx) // without mu: a context may be anybody's
		}
		c.mu.Lock()
		if end == cancelled && atomic.LoadUint32(&k.state) != callDone {
			ring := c.cancel(k, leading)
			c.mu.Unlock()
			if ring {
				c.bell.ring()
			}
			return contextError(ctx)
		}
		if leading {
			c.rest(k, listening)
		}
		leading, end = k.leads, unpolled
		k.leads = false
		c.mu.Unlock()
	}
}

// cancel leaves k unanswered. mu is held; it says whether the server is to be rung.
func (c *channel) cancel(k *call, leading bool) (ring bool) {
	leading = leading || k.leads
	k.leads = false
	c.unlist(k)
	if !k.starved {
		ring = c.abandon(k)
	}
	if leading {
		c.passOn(nil)
	}
	return ring
}

// rest ends the leading of one who polled in vain: it and all who followed it go to sleep. mu is held.
func (c *channel) rest(k *call, listening bounds) {
	c.follow(k)
	if k.starved && k.ready(c) { // made while it led, when feed knew nothing of it
		c.feed()
	}
	for f := c.firstWaiting(&c.followers); f != nil; f = c.firstWaiting(&c.followers) {
		c.followers.remove(f)
		c.sleepers.push(f)
		f.rested = true
	}
	c.passOn(k)
	if c.listener.Load() == k { // mu is held as since passOn: nobody can have ended k and interrupted its listening
		c.bell.bound(c.armedTime, listening)
	}
}
