package ringcall

import (
	"sync/atomic"
	"unsafe"
)

// reap copies the next count answers, which look has seen, out of the ring and hands them to their calls. The caller leads; own is the
// call that it waits for itself, or nil.
func (c *channel) reap(count uint32, own *call) violation {
	reaped := &c.ring.reaped
	limit := c.known
	// PAIR post-known: with the store in publish; what was written for a call before that store is seen after this load.
	if mark := atomic.LoadUint64(&c.mark); int64(mark-limit) > 0 {
		limit = mark
		c.known = mark
	}
	if count > runMax || uint64(count) > limit-reaped.position {
		return violationCount
	}
	if count == 1 && own != nil && c.reapOwn(own) {
		return violationNone
	}
	reaped.touch(count)
	c.observed = 0 // of a run that broke a rule
	r := &c.scratch
	for i := c.reapPlain(0, count, own); i < count; i = c.reapPlain(i+1, count, own) {
		if v := reaped.copy(i, r); v != violationNone {
			return v
		}
		id := r.id &^ idSampled
		if int(id) >= len(c.pending) {
			return violationID
		}
		entry := &c.pending[id]
		k, index := entry.call, atomic.LoadUint32(&entry.index)
		if !c.expects(entry, k, index) {
			return violationID
		}
		if v := c.checkAnswer(r, k); v != violationNone {
			return v
		}
		if id != r.id && !c.observe(id, entry, crosses(reaped.position, uint64(count), c.armedAt)) {
			return violationID
		}
		if r.code != statusOK {
			c.profile.failed(k.methodAt(index), r.code, r.detail)
		}
		entry.call = nil
		c.ids[(reaped.position+uint64(i))&reaped.ring.mask] = id
		if k.run != nil {
			if k.run.deliver(c, index, r) {
				c.measureObserved() // before anybody may see that they are there
				c.complete(k, own)
			}
			continue
		}
		c.deliver(k, r, own)
	}
	c.measureObserved()
	reaped.advance(count)
	c.counters.answers += uint64(count)
	c.counters.answerRuns++
	if c.acked {
		c.endAcks()
	}
	return violationNone
}

// reapOwn reaps the next answer, which comes alone, if it is a small good one, or a batch's, and the one that the leader itself waits for; it says whether it was.
func (c *channel) reapOwn(own *call) bool {
	reaped := &c.ring.reaped
	slot := reaped.ring.at(reaped.position)
	head := atomic.LoadUint64(wordAt(slot, 8))
	id, shape := uint16(head>>16), reaped.firstShape
	if uint16(head) != statusOK || shape > strideSmall-slotRecord || int(id) >= len(c.pending) {
		return false
	}
	entry := &c.pending[id]
	if entry.call != own || own.run != nil {
		return false
	}
	first := atomic.LoadUint64(wordAt(slot, slotRecord))
	if own.batch == 0 && own.region != nil || !own.mayBeCount(shape, first) {
		return false
	}
	own.answer.words[0] = first
	own.answer.words[1] = atomic.LoadUint64(wordAt(slot, slotRecord+8))
	own.answer.code, own.answer.shape = statusOK, shape
	own.state = callDone
	entry.call = nil
	c.ids[reaped.position&reaped.ring.mask] = id
	reaped.advance(1)
	c.counters.answers++
	c.counters.answerRuns++
	return true
}

// reapPlain reaps small good answers to the calls of Runs, from number i on, straight from their slots to where they belong, and returns the
// number of the first that is not such a one, of which it has changed nothing.
func (c *channel) reapPlain(i, count uint32, own *call) uint32 {
	reaped := &c.ring.reaped
	ring, position, state, room := reaped.ring, reaped.position+uint64(i), reaped.state, c.recordSize
	ids, pending := c.ids, c.pending
	shape := reaped.firstShape
	for ; i < count; i++ {
		slot := ring.at(position)
		if i != 0 {
			word := atomic.LoadUint64(slotWord(slot))
			if word&^(shapeMask<<shapeShift) != makeWord(position, 0, 0, state) {
				break
			}
			shape = wordShape(word)
		}
		head := atomic.LoadUint64(wordAt(slot, 8))
		id := uint16(head >> 16)
		if uint16(head) != statusOK || shape > strideSmall-slotRecord || int(id) >= len(pending) {
			break
		}
		entry := &pending[id]
		k, n := entry.call, atomic.LoadUint32(&entry.index)
		if !c.expects(entry, k, n) || k.run == nil || k.run.region != nil {
			break
		}
		b, index := k.run, int(n)
		to := unsafe.Add(unsafe.Pointer(unsafe.SliceData(b.words)), index*room)
		*wordAt(to, 0) = atomic.LoadUint64(wordAt(slot, slotRecord))
		*wordAt(to, 8) = atomic.LoadUint64(wordAt(slot, slotRecord+8))
		b.answers[index] = runAnswer{statusOK, uint16(shape), uint32(head >> 32)}
		entry.call = nil
		ids[position&ring.mask] = id
		position++
		if b.left--; b.left == 0 {
			c.measureObserved()
			c.complete(k, own)
		}
	}
	return i
}

func (c *channel) checkAnswer(r *record, k *call) violation {
	switch {
	case r.code > statusBatchFailed || r.code == statusBatchFailed && k.batch == 0:
		return violationStatus
	case r.shape == shapeBatch || r.shape == shapeFrames:
		return violationShape
	case r.shape == shapeArena && !c.segment.checkRegion(r.ref()):
		return violationRegion
	}
	if r.code == statusOK && !k.mayBeCount(r.shape, r.words[0]) {
		return violationBatch
	}
	return violationNone
}

// mayBeCount says whether a good answer can be k's: a batch's says how many of its records have one.
func (k *call) mayBeCount(shape uint32, word uint64) bool {
	return k.batch == 0 || shape == 4 && uint32(word) <= k.batch
}

// deliver hands an answer to its call, which is no run. The caller leads.
func (c *channel) deliver(k *call, r *record, own *call) {
	a := &k.answer
	a.code, a.detail, a.shape = r.code, r.detail, r.shape
	r.moveWords(&a.words)
	if r.shape == shapeArena && k != own && !k.owned && atomic.LoadUint32(&k.state) == callPosted {
		// Nobody waits for it, perhaps for long. Held in the arena it would keep room from the answers that somebody waits for, and a goroutine
		// that posts more than the arena holds before it awaits any would wait for itself.
		ref := r.ref()
		k.payload = append(k.payload[:0], c.segment.bytes(ref.offset, ref.size)...)
		k.spilled = true
		c.ackEarly(ref)
	}
	if k.region != nil && k.batch == 0 {
		k.region.free()
		k.region = nil
	}
	c.complete(k, own)
}

// complete ends a call whose answer or failure is in place. The caller leads.
func (c *channel) complete(k, own *call) {
	if k == own {
		k.state = callDone
		return
	}
	switch atomic.SwapUint32(&k.state, callDone) {
	case callWaiting:
		c.wake(k)
	case callAbandoned:
		c.discard(k)
	}
}

// discard ends a call that nobody waits for. The caller leads.
func (c *channel) discard(k *call) {
	if !k.sent {
		c.counters.lateAnswers++
	}
	c.endTurn(k)
	if k.run != nil {
		return
	}
	if k.failure == nil && k.inArena() {
		c.ackEarly(k.answer.ref())
	}
	if k.region != nil {
		k.region.free()
		k.region = nil
	}
	if !k.owned {
		k.observed = 0
		k.next = c.spares
		c.spares = k
	}
}

// ack gives the region of an answer back. The caller sees to it that the segment stays mapped.
func (c *channel) ack(ref arenaRef) {
	if c.segment.ack(ref) {
		c.bell.ring()
	}
}

// ackEarly is ack within reap, which ends with endAcks. The caller leads.
func (c *channel) ackEarly(ref arenaRef) {
	c.segment.ackEarly(ref)
	c.acked = true
}

// endAcks makes the early acks known. The caller leads.
func (c *channel) endAcks() {
	c.acked = false
	if c.segment.wantsAck(&c.ackFence) {
		c.bell.ring()
	}
}
