package ringcall

import "unsafe"

// collect returns the answer of a call that is done, and ends it.
func (c *channel) collect(k *call, buf []byte) ([]byte, error) {
	c.mu.Lock()
	return c.collectNow(k, buf)
}

// collectNow is collect for those who hold mu, which is not held on return.
func (c *channel) collectNow(k *call, buf []byte) ([]byte, error) {
	r := &k.answer
	var err error
	switch {
	case k.failure != nil:
		err = ofMethod(k.failure, k.method)
	case !k.inArena():
		err = c.answerError(k.method, r.code, r.detail, k.plain())
		if err == nil {
			buf = place(buf, k.plain())
		}
	case c.unmapped:
		err = ErrClosed
	default:
		return c.collectArena(k, buf)
	}
	c.recycle(k)
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return buf, nil
}

// shortAnswer is the size up to which a leader copies its answer out of the arena before it leaves, which saves it mu twice; those who follow it wait meanwhile.
const shortAnswer = 1024

func isShort(r *record) bool { return r.shape != shapeArena || r.ref().size <= shortAnswer }

// collectLeading is collect for a leader that met its own answer, a good and short one. It ends the leading.
func (c *channel) collectLeading(k *call, buf []byte) []byte {
	ring := false
	if r := &k.answer; r.shape != shapeArena {
		buf = place(buf, r.bytes())
	} else {
		ref := r.ref()
		buf = place(buf, c.segment.bytes(ref.offset, ref.size))
		ring = c.segment.ack(ref)
	}
	k.next = c.spares
	c.spares = k
	c.leave()
	if ring {
		c.bell.ring()
	}
	return buf
}

// collectArena is collect for an answer in the arena; mu is held on entry.
func (c *channel) collectArena(k *call, buf []byte) ([]byte, error) {
	c.holds++
	c.mu.Unlock()
	r := &k.answer
	ref := r.ref()
	payload := c.segment.bytes(ref.offset, ref.size)
	err := c.answerError(k.method, r.code, r.detail, payload)
	if err == nil {
		buf = place(buf, payload)
	}
	ring := c.segment.ack(ref)
	c.mu.Lock()
	c.recycle(k)
	c.unhold()
	c.mu.Unlock()
	if ring {
		c.bell.ring()
	}
	if err != nil {
		return nil, err
	}
	return buf, nil
}

// place returns a copy of payload in buf, or, if buf is nil, in memory of its size that is aligned to 8 bytes.
func place(buf, payload []byte) []byte {
	n := len(payload)
	if buf != nil || n == 0 {
		return append(buf[:0], payload...)
	}
	if n%8 == 0 {
		// make and copy in one, without zeroing first. What the server sent is aligned.
		from := unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(payload))), n/8)
		words := make([]uint64, len(from))
		copy(words, from)
		return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
	}
	words := make([]uint64, (n+7)/8)
	buf = unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
	copy(buf, payload)
	return buf
}
