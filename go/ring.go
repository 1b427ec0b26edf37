package ringcall

// One ring: runs published in place, answered in place, in completion order. Twin of include/ringcall/ring.hpp; keep the order of functions.
//
// Ownership. A slot belongs to the producer until the run that holds it is published, then to the consumer until the answer in it is
// published, then to the producer again. The publication word is the only word that both sides look at; all positions are private.
//
//   word of a run's first slot   written by its publisher, release          polled by the other side, acquire
//   the other bytes of a run     written by its publisher, plain, before    read by the other side, atomic, after
//
// Invariants.
//  1. answered <= copied <= posted <= answered + slots: positions of answers published, requests copied out, requests posted.
//  2. A run is visible only as a whole: its first word is stored last (PAIR run-visible).
//  3. The answer at position n lies in slot n mod slots. Its request was copied out before (copied > n), so nothing is overwritten unread.
//  4. The request at position n + slots is written only after the answer at n was copied out, so no answer is overwritten unread.
//  5. A word matches only if position, state and count > 0 agree. Every slot's word is rewritten each lap, so that nothing older than one
//     lap survives and comparing positions modulo 2^48 is exact. Zeroed memory matches nothing.
//  6. What the other side wrote is read once, into private memory, then checked, then used.
//
// Thread safety: a value of each type belongs to one goroutine at a time.
//
// Go's atomic operations are all sequentially consistent. Loads are plain MOVs on amd64, so words inside a run, which relaxed loads would do
// for, are loaded so too: each exactly once. Stores are XCHGs, so only a run's first word is stored atomically.

import (
	"sync/atomic"
	"unsafe"
)

const recordSizeMax = strideLarge - slotRecord

func makeWord(position uint64, count, shape uint32, state uint64) uint64 {
	return position<<positionShift | uint64(count)<<countShift | uint64(shape)<<shapeShift | state
}

func wordPosition(word uint64) uint64 { return word >> positionShift }
func wordCount(word uint64) uint32    { return uint32(word >> countShift & countMask) }
func wordShape(word uint64) uint32    { return uint32(word >> shapeShift & shapeMask) }
func wordState(word uint64) uint64    { return word & stateAnswer }

// crosses says whether a run of count records from position on contains want (modulo 2^64; wantNone is never contained).
func crosses(position, count, want uint64) bool { return want-position < count }

// slots are a ring's as attached: geometry is copied here once and never read from the segment again.
type slots struct {
	base   unsafe.Pointer
	mask   uint64
	stride uint64
}

// makeSlots takes memory of count * stride bytes, aligned to 8; count is a power of two.
func makeSlots(mem []byte, count, stride uint32) slots {
	return slots{unsafe.Pointer(unsafe.SliceData(mem[:int(count)*int(stride)])), uint64(count) - 1, uint64(stride)}
}

func (s *slots) count() uint32      { return uint32(s.mask) + 1 }
func (s *slots) recordSize() uint32 { return uint32(s.stride) - slotRecord }
func (s *slots) at(position uint64) unsafe.Pointer {
	return unsafe.Add(s.base, (position&s.mask)*s.stride)
}
func slotWord(slot unsafe.Pointer) *uint64          { return (*uint64)(slot) }
func wordAt(slot unsafe.Pointer, at uint64) *uint64 { return (*uint64)(unsafe.Add(slot, at)) }

// record is one copied out of its slot: private memory, safe to check and then use.
type record struct {
	code   uint16
	id     uint16
	detail uint32
	shape  uint32
	words  [recordSizeMax / 8]uint64
}

// bytes are those of an inline record; valid as long as r.
func (r *record) bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&r.words)), recordSizeMax)[:r.shape]
}

// runReader reads the runs of one state: requests on the consumer's side, answers on the producer's.
type runReader struct {
	ring       slots
	position   uint64
	state      uint64
	firstShape uint32
}

// look returns the next run's count, 0 if none is there. More than may be outstanding is a violation: the caller checks that first.
func (r *runReader) look() uint32 {
	// PAIR run-visible: with the store in runWriter.publish; all of the run is visible once its first word is.
	word := atomic.LoadUint64(slotWord(r.ring.at(r.position)))
	if (wordPosition(word)^r.position)&positionMask != 0 || wordState(word) != r.state {
		return 0
	}
	r.firstShape = wordShape(word)
	return wordCount(word)
}

// copy copies record i of the run seen by look out, then checks it.
func (r *runReader) copy(i uint32, out *record) violation {
	slot := r.ring.at(r.position + uint64(i))
	out.shape = r.firstShape
	if i != 0 {
		word := atomic.LoadUint64(slotWord(slot))
		if word&^(shapeMask<<shapeShift) != makeWord(r.position+uint64(i), 0, 0, r.state) {
			return violationWord
		}
		out.shape = wordShape(word)
	}
	head := atomic.LoadUint64(wordAt(slot, 8))
	out.code = uint16(head)
	out.id = uint16(head >> 16)
	out.detail = uint32(head >> 32)
	r.copyWords(slot, out)
	if out.shape > r.ring.recordSize() && out.shape < shapeFrames {
		return violationShape
	}
	return violationNone
}

// touch asks for the lines of a run seen by look, so that they come side by side and not one after another.
func (r *runReader) touch(count uint32) {
	for i := cacheLine / r.ring.stride; i < uint64(count); i += cacheLine / r.ring.stride {
		atomic.LoadUint64(slotWord(r.ring.at(r.position + i)))
	}
}

func (r *runReader) advance(count uint32) { r.position += uint64(count) }

func (r *runReader) copyWords(slot unsafe.Pointer, out *record) {
	out.words[0] = atomic.LoadUint64(wordAt(slot, slotRecord))
	out.words[1] = atomic.LoadUint64(wordAt(slot, slotRecord+8))
	if r.ring.stride == strideLarge && out.shape > strideSmall-slotRecord {
		for i := uint64(2); i < recordSizeMax/8; i++ {
			out.words[i] = atomic.LoadUint64(wordAt(slot, slotRecord+8*i))
		}
	}
}

// runWriter writes runs of one state: requests on the producer's side, answers on the consumer's. The caller keeps to invariants 3 and 4.
type runWriter struct {
	ring       slots
	position   uint64 // of the first record that is not published
	state      uint64
	pending    uint32 // records written since
	firstShape uint32
}

// next is where the next record's bytes go (recordSize of them); valid until put.
func (w *runWriter) next() unsafe.Pointer {
	return unsafe.Add(w.ring.at(w.position+uint64(w.pending)), slotRecord)
}

// put ends the record whose bytes are at next: it writes its header, and its word unless it is the run's first.
func (w *runWriter) put(code, id uint16, detail, shape uint32) {
	slot := w.ring.at(w.position + uint64(w.pending))
	*wordAt(slot, 8) = uint64(code) | uint64(id)<<16 | uint64(detail)<<32
	if w.pending == 0 {
		w.firstShape = shape
	} else {
		// plain: becomes visible with the run's first word.
		*slotWord(slot) = makeWord(w.position+uint64(w.pending), 0, shape, w.state)
	}
	w.pending++
}

// publish publishes what was put as one run and returns its count.
func (w *runWriter) publish() uint32 {
	count := w.pending
	// PAIR run-visible: with the load in runReader.look; everything put before is visible with this word.
	atomic.StoreUint64(slotWord(w.ring.at(w.position)), makeWord(w.position, count, w.firstShape, w.state))
	w.position += uint64(count)
	w.pending = 0
	return count
}

func (w *runWriter) discard() { w.pending = 0 }

// producer is the side that posts requests and reaps answers.
type producer struct {
	posted runWriter
	reaped runReader
}

func makeProducer(ring slots, position uint64) producer {
	return producer{runWriter{ring: ring, position: position}, runReader{ring: ring, position: position, state: stateAnswer}}
}

func (p *producer) outstanding() uint32 { return uint32(p.posted.position - p.reaped.position) }

// room is the number of records that may be put now (invariant 4).
func (p *producer) room() uint32 { return p.posted.ring.count() - p.outstanding() - p.posted.pending }

// consumer is the side that takes requests and answers them. A run is taken whole: look, then copy each record, then advance.
type consumer struct {
	taken    runReader
	answered runWriter
}

func makeConsumer(ring slots, position uint64) consumer {
	return consumer{runReader{ring: ring, position: position}, runWriter{ring: ring, position: position, state: stateAnswer}}
}

func (c *consumer) outstanding() uint32 { return uint32(c.taken.position - c.answered.position) }

// limit is the largest run that can be honest.
func (c *consumer) limit() uint32 { return c.taken.ring.count() - c.outstanding() }
