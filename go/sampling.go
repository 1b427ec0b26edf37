package ringcall

import (
	"sync/atomic"
	"unsafe"

	"github.com/ringcall/ringcall/go/internal/ahead"
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

// observation is a sampled call whose answer is being reaped.
type observation struct {
	mark
	now     uint64 // when that was, by the segment's clock
	profile *methodProfile
	id      uint16
	rung    bool // the client slept until then
}

// observe takes note of a sampled call whose answer is being reaped. It is false if the call was not a sampled one. The times of one that belongs to a run, whose
// other answers are to be reaped before anybody has it, are taken in once they have come near. The caller leads, and has found that the entry is of a
// published request.
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
	o := observation{m, max(c.segment.clock.Now(), m.posted), c.profile.of(k.methodAt(atomic.LoadUint32(&entry.index))), id, rung}
	if k.run != nil && c.observed < len(c.observations) {
		ahead.Read(unsafe.Pointer(c.segment.timesOf(id)), int(unsafe.Sizeof(times{})))
		c.observations[c.observed] = o
		c.observed++
		return true
	}
	c.measure(&o)
	if state := atomic.LoadUint32(&k.state); o.profile != nil && k.run == nil && (state == callWaiting || state == callYielding) {
		k.observed = o.now
	}
	return true
}

// measureObserved is called before the ids of what was reaped may be used again.
func (c *channel) measureObserved() {
	for i := range c.observations[:c.observed] {
		c.measure(&c.observations[i])
	}
	c.observed = 0
}

// measure takes in the times of an observed call.
func (c *channel) measure(o *observation) {
	clock, shared := &c.segment.clock, c.segment.timesOf(o.id)
	storeRelease(&shared.observed, o.now)
	// Of two clocks that disagree, or a server that lies, no stage comes out negative or longer than the whole.
	taken := min(max(atomic.LoadUint64(&shared.taken), o.posted), o.now)
	answered := min(max(atomic.LoadUint64(&shared.answered), taken), o.now)
	p := o.profile
	if p == nil {
		return
	}
	queue, handler, response := clock.Nanoseconds(taken-o.posted), clock.Nanoseconds(answered-taken), clock.Nanoseconds(o.now-answered)
	last := stageResponse
	if o.rung {
		last = stageClientWake
	}
	p.adding.Lock()
	storeRelease(&p.sampled, p.sampled+1)
	storeRelease(&p.calls, p.calls+uint64(o.every))
	p.stages[stageTotal].add(queue + handler + response)
	p.stages[stageQueue].add(queue)
	p.stages[stageHandler].add(handler)
	p.stages[last].add(response)
	p.adding.Unlock()
}

// handedOver is called by the goroutine that slept or gave way for k, once it runs on.
func (c *channel) handedOver(k *call) {
	if k.observed == 0 {
		return
	}
	if p := c.profile.of(k.method); p != nil {
		clock := &c.segment.clock
		took := clock.Nanoseconds(max(clock.Now(), k.observed) - k.observed)
		p.handing.Lock()
		p.stages[stageHandOver].add(took)
		p.handing.Unlock()
	}
	k.observed = 0
}
