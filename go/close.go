package ringcall

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// exitGlance is how long the reason of a co-process's end is waited for before calls are told that it is gone.
const exitGlance = 2 * time.Millisecond

// sentPatience is how long Close waits for the server to take what was sent.
const sentPatience = time.Second

// close is Client.Close for the only channel.
func (c *channel) close() error {
	c.letTake()
	c.mu.Lock()
	if !c.closed {
		c.closed = true
		c.fail(ErrClosed)
		if !c.poisoned && !c.unmapped {
			atomic.StoreUint32(&c.segment.client.state, stateClosed)
		}
		c.bell.conn.Close()
		if c.claim() {
			c.finish()
		}
		defer c.tellClosed()
	}
	c.mu.Unlock()
	if c.process != nil {
		return c.process.stop()
	}
	return nil
}

// letTake waits until the server has taken what was sent, which it runs then, whatever becomes of the channel. The end of the connection overtakes the ring.
func (c *channel) letTake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sentEnd == 0 || c.err != nil {
		return
	}
	c.holds++
	end := c.sentEnd
	c.mu.Unlock()
	begin := time.Now()
	for int64(end-atomic.LoadUint64(c.segment.taken)) > 0 && atomic.LoadUint32(&c.stop) == 0 && time.Since(begin) < sentPatience {
		time.Sleep(20 * time.Microsecond)
	}
	c.mu.Lock()
	c.unhold()
}

// ending says why done was closed; nil before.
func (c *channel) ending() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// ended says why nothing can be posted any more; nil if it can. mu is held.
func (c *channel) ended() error {
	if c.closed {
		return ErrClosed
	}
	return c.err
}

// fail sets why calls fail from now on; the first reason stays. mu is held, and the caller sees to it that finish follows.
func (c *channel) fail(err error) {
	if c.err != nil {
		return
	}
	c.err = err
	atomic.StoreUint32(&c.stop, 1)
	if !c.lost { // or else finish closes it, once the dump is there
		close(c.done)
	}
}

// poison ends a channel whose server broke a rule. mu is held.
func (c *channel) poison(v violation) {
	if c.err != nil {
		return
	}
	atomic.StoreUint32(&c.segment.client.reason, uint32(v))
	atomic.StoreUint32(&c.segment.client.state, statePoisoned)
	c.poisoned = true
	c.fail(&CorruptError{Violation: v.String()})
	c.bell.conn.Close()
}

func (v violation) String() string {
	switch v {
	case violationCount:
		return "a run has more records than may be outstanding"
	case violationWord:
		return "a record inside a run does not carry its position"
	case violationShape:
		return "a record has a reserved shape, or more bytes than its slot"
	case violationID:
		return "an answer carries an id that is not outstanding"
	case violationRegion:
		return "a reference leaves its arena, or references overlap"
	case violationBatch:
		return "a batch, or its answer, has not the form of one"
	case violationStatus:
		return "an answer has a status that does not exist"
	}
	return fmt.Sprintf("rule %d", uint32(v))
}

// peerGone is called by the bell goroutine, as its last act, when the connection has ended.
func (c *channel) peerGone(err error) {
	cause := err
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		cause = nil
	}
	if c.process != nil {
		if exit := c.process.exit(exitGlance); exit != nil {
			cause = exit
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bellGone = true
	if c.err == nil {
		c.lost = true
		c.boxed = c.readBox()
		c.fail(c.lossError(cause))
	}
	if c.claim() {
		c.finish()
	}
}

// lossError says what the server left behind. mu is held.
func (c *channel) lossError(cause error) error {
	// PAIR closed: the server stores the final taken, then CLOSED; taken is loaded after this.
	switch atomic.LoadUint32(&c.segment.server.state) {
	case statePoisoned:
		reason := violation(atomic.LoadUint32(&c.segment.server.reason))
		return &CorruptError{Violation: reason.String(), Server: true}
	case stateClosed:
		return &GoneError{Closed: true, Cause: cause, outlived: c.restart != nil}
	}
	return &GoneError{Cause: cause, Running: c.runningOf(c.boxed), outlived: c.restart != nil}
}

// finish ends leading for good: it reaps what a lost server has still answered and fails all other calls. mu is held by the leader; the first time it is unlocked
// meanwhile if there is a dump to be written.
func (c *channel) finish() {
	if !c.finished {
		c.finished = true
		c.known = c.ring.posted.position
		for c.lost {
			count := c.ring.reaped.look()
			if count == 0 || c.reap(count, nil) != violationNone {
				break
			}
		}
		c.bury()
		c.failAll()
	}
	c.feed()
	c.lead = leadNone
	c.lettingGo()
}

// bury leaves a dump of a server that died, before anybody hears of its end, and has the end told of. mu is held by the leader, who goes on
// leading while it is unlocked for the writing: nothing can be posted any more, who waits is told afterwards, and the segment stays mapped.
func (c *channel) bury() {
	if c.closed && !c.lost {
		return
	}
	var dumped string
	var dumpError error
	if gone, died := c.err.(*GoneError); died && !gone.Closed && c.dumps != "" {
		d := c.dumpOf(gone)
		c.mu.Unlock()
		dumped, dumpError = d.write(c.dumps)
		c.mu.Lock()
	}
	if c.lost {
		close(c.done)
	}
	if c.log != nil {
		go c.tellEnd(c.err, dumped, dumpError)
	}
}

// failAll ends every call that has no answer. mu is held by the leader.
func (c *channel) failAll() {
	// PAIR taken: the server stores taken before it runs handlers of what lies below it.
	taken, slots := atomic.LoadUint64(c.segment.taken), c.segment.slots.count()
	started, unstarted := c.err, c.err
	var gone *GoneError
	if errors.As(c.err, &gone) {
		started, unstarted = gone.withFate(ErrMayHaveRun), gone.withFate(ErrNeverStarted)
	}
	for id := range c.pending {
		entry := &c.pending[id]
		k := entry.call
		if k == nil {
			continue
		}
		entry.call = nil
		failure := started
		if entry.isFrom(taken, slots) {
			failure = unstarted
		} else if c.restart != nil && gone != nil && !gone.Closed {
			c.suspect(k, entry.index)
		}
		if k.run != nil {
			if !k.run.fail(entry.index, failure) {
				continue
			}
		} else {
			k.failure = failure
			if k.region != nil && k.batch == 0 {
				k.region.free()
				k.region = nil
			}
		}
		c.complete(k, nil)
	}
}

// suspect notes that the server died with this request in flight.
func (c *channel) suspect(k *call, index uint32) {
	content := k.content
	if k.run != nil && !k.run.apart { // a FrameRun sees to that itself
		content = c.contentOf(k.run.requests[index].method, k.run.request(index))
	}
	if content != 0 {
		c.restart.suspects.died(content, c.segment.epoch)
	}
}

// lettingGo unmaps the segment once nobody can touch it any more. mu is held.
func (c *channel) lettingGo() {
	if !c.closed && !c.retired || !c.bellGone || !c.finished || c.unmapped || c.holds != 0 || c.users.Load() != 0 || c.leadNow() != leadNone {
		return
	}
	c.lastStats = c.readStats()
	c.counters = new(clientCounters)
	c.unmapped = true
	c.segment.unmap()
}

// tooLargeAnswer makes an error of a message that names the answer's size and then the arena's capacity.
func tooLargeAnswer(message []byte, answers span) error {
	const told = 160 // bytes of such a message
	e := &TooLargeError{Capacity: int(answers.size), Answer: true}
	numbers := strings.FieldsFunc(string(message[:min(len(message), told)]), func(r rune) bool { return r < '0' || r > '9' })
	if len(numbers) > 0 {
		e.Size, _ = strconv.Atoi(numbers[0])
	}
	if len(numbers) > 1 {
		e.Capacity, _ = strconv.Atoi(numbers[1])
	}
	return e
}

func badRequest(message []byte) error {
	if len(message) == 0 {
		return ErrBadRequest
	}
	return fmt.Errorf("%w: %s", ErrBadRequest, message)
}
