package ringcall

import (
	"sync/atomic"
	"time"
)

// runBody is the part of a run that answers are delivered into: a run whose Await was cancelled leaves it to them.
//
// A record takes as few bytes as it can, since with hundreds in flight they are what fills the cache: an answer's words take the place of its
// request's, which was posted before.
type runBody struct {
	call     call
	requests []runRequest
	words    []uint64 // of each record: room bytes
	room     int
	staged   []byte    // requests that do not fit a slot, until they are posted
	large    int       // how many these are
	region   *region   // where they lie once they are posted; nil if there are none
	regionAt uint32    // its offset
	inRegion int32     // atomic: how many of them still need it
	posted   int       // requests that were published
	frames   int       // that its requests carry and that were not counted before
	until    time.Time // the deadline they were posted with, of a client with restart; zero: none
	stage    runStage

	// The leader's while in flight.
	answers  []runAnswer
	left     int
	payloads []byte // of answers that came in the arena
	apart    bool   // each of them has memory of its own, that of pieces, and is not the run's to reuse
	pieces   [][]byte
	failures []error
}

type runStage int

const (
	runOpen runStage = iota
	runPosted
	runAwaited
	runVoid // its calls are left to their answers, in a body of their own
)

// open says why calls cannot be added or posted now; nil if they can.
func (s runStage) open() error {
	switch s {
	case runOpen:
		return nil
	case runVoid:
		return errRunVoid
	}
	return errRunPosted
}

type runRequest struct {
	method uint16
	shape  uint16
}

// shapeKept is shapeFrames for a request that asks for a kept answer, and has no bytes.
const shapeKept = 1<<8 | shapeFrames

// inArena says whether the request's record is a reference into what was staged.
func (q runRequest) inArena() bool { return q.shape == shapeArena || q.shape == shapeFrames }

type runAnswer struct {
	code   uint16
	shape  uint16 // shapeArena: the words are where in payloads the answer lies, and its size, or which of pieces it is
	detail uint32
}

// codeFailed stands in for the status of a call that failed without an answer; detail numbers its failure.
const codeFailed = 0xffff

// deliver takes one answer and says whether it was the last. The caller leads.
func (b *runBody) deliver(c *channel, index uint32, r *record) bool {
	words := b.record(index, c.recordSize)
	copy(words, r.words[:])
	if r.shape == shapeArena {
		b.deliverPayload(c, words, r.ref())
	}
	return b.ended(index, runAnswer{r.code, uint16(r.shape), r.detail})
}

// record is where the words of a record lie.
func (b *runBody) record(index uint32, room int) []uint64 {
	n := room / 8
	return b.words[int(index)*n:][:n]
}

// ended says whether the answer was the last.
func (b *runBody) ended(index uint32, answer runAnswer) bool {
	b.answers[index] = answer
	if b.region != nil && b.requests[index].inArena() {
		b.leaveRegion(1)
	}
	b.left--
	return b.left == 0
}

// leaveRegion frees the region once none of its requests needs it any more. The leader leaves for a request that is answered, the owner for those that it
// will not post: whoever takes the last one off frees it, once, since requests is not 0.
func (b *runBody) leaveRegion(requests int32) {
	if atomic.AddInt32(&b.inRegion, -requests) == 0 {
		b.region.free()
	}
}

// deliverPayload copies an answer out of the arena and acks it at once: answers of a long run may need the room one after the other.
func (b *runBody) deliverPayload(c *channel, words []uint64, ref arenaRef) {
	payload := c.segment.bytes(ref.offset, ref.size)
	switch {
	case atomic.LoadUint32(&b.call.state) == callAbandoned:
	case b.apart:
		words[0] = uint64(len(b.pieces))
		b.pieces = append(b.pieces, place(nil, payload))
	default:
		words[0], words[1] = uint64(len(b.payloads)), uint64(ref.size)
		b.payloads = append(b.payloads, payload...)
	}
	c.ackEarly(ref)
}

// fail takes a failure in an answer's place and says whether it was the last. The caller leads.
func (b *runBody) fail(index uint32, failure error) bool {
	at := len(b.failures)
	for i, known := range b.failures {
		if known == failure {
			at = i
		}
	}
	if at == len(b.failures) {
		b.failures = append(b.failures, failure)
	}
	return b.ended(index, runAnswer{code: codeFailed, detail: uint32(at)})
}
