package ringcall

import (
	"sync/atomic"
	"unsafe"
)

// Sampled calls. Whoever posts one marks its id and notes the time; whoever reaps its answer, the leader, takes the times of all its stages in. What the
// server says of them may be anything: it is clamped to what the client knows itself.

// mark is what the client notes of a sampled call.
type mark struct {
	posted   uint64 // count of the segment's clock
	position uint32 // of the request, modulo 2^32
	every    uint32 // it stands for so many calls
}

// sample marks those of the records that were put and are to be sampled. mu is held, and they are about to be published.
func (c *channel) sample(every uint32) {
	if c.choice.every != every {
		c.choice.set(every)
	}
	posted := &c.ring.posted
	count := uint64(posted.pending)
	if c.choice.left > count {
		c.choice.left -= count
		return
	}
	marks := c.marks.Load()
	if marks == nil {
		table := make([]mark, len(c.pending))
		marks = &table
		c.marks.Store(marks)
	}
	now := c.segment.clock.Now()
	for ; c.choice.left <= count; c.choice.left += c.choice.next() {
		position := posted.position + c.choice.left - 1
		id := c.ids[position&posted.ring.mask] // the slot has it too, but there the server may write
		*(*uint16)(unsafe.Add(posted.ring.at(position), 10)) = id | idSampled
		c.segment.timesOf(id).posted = now // becomes visible with the run's first word, as the record does
		(*marks)[id] = mark{now, uint32(position), every}
	}
	c.choice.left -= count
}

// observe takes in the times of a sampled call whose answer is being reaped; rung says that the client slept until then. It is false if the call was not a
// sampled one. The caller leads, and has found that the entry is of a published request.
func (c *channel) observe(id uint16, entry *outstanding, rung bool) bool {
	marks := c.marks.Load()
	if marks == nil {
		return false
	}
	m := (*marks)[id]
	if m.every == 0 || m.position != atomic.LoadUint32(&entry.position) {
		return false
	}
	k := entry.call
	clock, shared := &c.segment.clock, c.segment.timesOf(id)
	now := max(clock.Now(), m.posted)
	atomic.StoreUint64(&shared.observed, now)
	// Of two clocks that disagree, or a server that lies, no stage comes out negative or longer than the whole.
	taken := min(max(atomic.LoadUint64(&shared.taken), m.posted), now)
	answered := min(max(atomic.LoadUint64(&shared.answered), taken), now)
	p := c.profile.of(k.methodAt(atomic.LoadUint32(&entry.index)))
	if p == nil {
		return true
	}
	p.sampled.Add(1)
	p.calls.Add(uint64(m.every))
	queue, handler, response := clock.Nanoseconds(taken-m.posted), clock.Nanoseconds(answered-taken), clock.Nanoseconds(now-answered)
	p.stages[stageTotal].add(queue + handler + response)
	p.stages[stageQueue].add(queue)
	p.stages[stageHandler].add(handler)
	if rung {
		p.stages[stageClientWake].add(response)
	} else {
		p.stages[stageResponse].add(response)
	}
	if state := atomic.LoadUint32(&k.state); k.run == nil && (state == callWaiting || state == callYielding) {
		k.observed = now
	}
	return true
}

// handedOver is called by the goroutine that slept or gave way for k, once it runs on.
func (c *channel) handedOver(k *call) {
	if k.observed == 0 {
		return
	}
	if p := c.profile.of(k.method); p != nil {
		clock := &c.segment.clock
		p.stages[stageHandOver].add(clock.Nanoseconds(max(clock.Now(), k.observed) - k.observed))
	}
	k.observed = 0
}
