package ringcall

import (
	"testing"
	"unsafe"
)

// ringFixture is a ring in the heap with both of its roles, and verbs that damage it.
type ringFixture struct {
	t        testing.TB
	mem      []byte
	ring     slots
	producer producer
	consumer consumer
}

func newRing(t testing.TB, count, stride uint32, position uint64) *ringFixture {
	words := make([]uint64, count*stride/8)
	f := &ringFixture{t: t, mem: unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)}
	f.ring = makeSlots(f.mem, count, stride)
	f.producer = makeProducer(f.ring, position)
	f.consumer = makeConsumer(f.ring, position)
	return f
}

func fill(w *runWriter, value uint64, size uint32) {
	for at := uint32(0); at < size; at += 8 {
		*(*uint64)(unsafe.Add(w.next(), at)) = value + uint64(at)
	}
}

func (f *ringFixture) put(code, id uint16, value uint64) {
	fill(&f.producer.posted, value, 16)
	f.producer.posted.put(code, id, 0, 16)
}

func (f *ringFixture) putAnswer(id uint16, value uint64) {
	fill(&f.consumer.answered, value, 16)
	f.consumer.answered.put(statusOK, id, 0, 16)
}

func (f *ringFixture) post(count int, id uint16) {
	for i := range count {
		f.put(1, id+uint16(i), uint64(id)+uint64(i))
	}
	f.producer.posted.publish()
}

// take takes the next run whole, expecting count records, and returns them.
func (f *ringFixture) take(r *runReader, count uint32) []record {
	f.t.Helper()
	if found := r.look(); found != count {
		f.t.Fatalf("looked and saw a run of %d, expected %d", found, count)
	}
	records := make([]record, count)
	for i := range records {
		if v := r.copy(uint32(i), &records[i]); v != violationNone {
			f.t.Fatalf("record %d: %v", i, v)
		}
	}
	r.advance(count)
	return records
}

func (f *ringFixture) expectNothing(r *runReader) {
	f.t.Helper()
	if found := r.look(); found != 0 {
		f.t.Fatalf("looked and saw a run of %d, expected nothing", found)
	}
}

func (f *ringFixture) expectViolation(r *runReader, i uint32, want violation) {
	f.t.Helper()
	var out record
	if v := r.copy(i, &out); v != want {
		f.t.Fatalf("record %d: %v, expected %v", i, v, want)
	}
}

func (f *ringFixture) setWord(position, word uint64) { *slotWord(f.ring.at(position)) = word }
func (f *ringFixture) word(position uint64) uint64   { return *slotWord(f.ring.at(position)) }

// lap posts, takes and answers one run of count.
func (f *ringFixture) lap(count int, id uint16) {
	f.t.Helper()
	f.post(count, id)
	for i, r := range f.take(&f.consumer.taken, uint32(count)) {
		if r.id != id+uint16(i) || r.words[0] != uint64(id)+uint64(i) || r.shape != 16 {
			f.t.Fatalf("record %d arrived as %+v", i, r)
		}
		f.putAnswer(r.id, 2*r.words[0])
	}
	f.consumer.answered.publish()
	for i, r := range f.take(&f.producer.reaped, uint32(count)) {
		if r.id != id+uint16(i) || r.words[0] != 2*(uint64(id)+uint64(i)) {
			f.t.Fatalf("answer %d arrived as %+v", i, r)
		}
	}
}

var ringCases = []struct {
	name string
	run  func(t *testing.T)
}{
	{"zeroed memory is nothing", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.expectNothing(&f.consumer.taken)
		f.expectNothing(&f.producer.reaped)
	}},
	{"a half-written run is invisible", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		for i := range 4 {
			f.put(1, uint16(i), 0)
			f.expectNothing(&f.consumer.taken)
		}
	}},
	{"a run is visible as a whole", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.post(3, 10)
		for i, r := range f.take(&f.consumer.taken, 3) {
			if r.id != 10+uint16(i) || r.words[0] != 10+uint64(i) {
				t.Fatalf("record %d is %+v", i, r)
			}
		}
	}},
	{"a run of one carries its record", func(t *testing.T) {
		for _, stride := range []uint32{strideSmall, strideLarge} {
			f := newRing(t, 8, stride, 0)
			fill(&f.producer.posted, 77, stride-16)
			f.producer.posted.put(0xabcd, 0x1234, 0x89abcdef, stride-16)
			f.producer.posted.publish()
			r := f.take(&f.consumer.taken, 1)[0]
			if r.code != 0xabcd || r.id != 0x1234 || r.detail != 0x89abcdef || r.shape != stride-16 {
				t.Fatalf("the header arrived as %+v", r)
			}
			for i := range (stride - 16) / 8 {
				if r.words[i] != 77+8*uint64(i) {
					t.Fatalf("stride %d, word %d arrived as %d", stride, i, r.words[i])
				}
			}
		}
	}},
	{"a full run of 256 carries every record", func(t *testing.T) { newRing(t, 256, 32, 0).lap(256, 0) }},
	{"runs wrap round the ring's end", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		for i := range 100 {
			f.lap(3+i%6, uint16(i))
		}
	}},
	{"positions cross 2^48", func(t *testing.T) {
		f := newRing(t, 8, 32, 1<<48-20)
		for i := range 20 {
			f.lap(5, uint16(i))
		}
	}},
	{"positions cross 2^64", func(t *testing.T) {
		f := newRing(t, 8, 32, ^uint64(0)-20)
		for i := range 20 {
			f.lap(5, uint16(i))
		}
	}},
	{"an answer overwrites its own request when handlers finish in order", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.post(1, 5)
		r := f.take(&f.consumer.taken, 1)[0]
		f.putAnswer(r.id, 9)
		f.consumer.answered.publish()
		if f.word(0) != makeWord(0, 1, 16, stateAnswer) {
			t.Fatalf("slot 0 holds %#x", f.word(0))
		}
	}},
	{"answers come in completion order", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.post(3, 0)
		f.take(&f.consumer.taken, 3)
		f.putAnswer(2, 2)
		f.consumer.answered.publish()
		f.putAnswer(0, 0)
		f.putAnswer(1, 1)
		f.consumer.answered.publish()
		if first := f.take(&f.producer.reaped, 1); first[0].id != 2 {
			t.Fatalf("the first answer is %d's", first[0].id)
		}
		if rest := f.take(&f.producer.reaped, 2); rest[0].id != 0 || rest[1].id != 1 {
			t.Fatalf("the others are %d's and %d's", rest[0].id, rest[1].id)
		}
	}},
	{"the ring full refuses", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.post(5, 0)
		f.put(1, 5, 5)
		if room := f.producer.room(); room != 2 {
			t.Fatalf("room for %d, expected 2", room)
		}
		f.producer.posted.publish()
		f.post(2, 6)
		if room := f.producer.room(); room != 0 {
			t.Fatalf("room for %d in a full ring", room)
		}
	}},
	{"room comes back with the answers copied out", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.post(8, 0)
		f.take(&f.consumer.taken, 8)
		f.putAnswer(0, 0)
		f.putAnswer(1, 0)
		f.consumer.answered.publish()
		if f.consumer.limit() != 2 || f.producer.room() != 0 {
			t.Fatalf("limit %d and room %d, expected 2 and 0", f.consumer.limit(), f.producer.room())
		}
		f.take(&f.producer.reaped, 2)
		if f.producer.room() != 2 {
			t.Fatalf("room for %d, expected 2", f.producer.room())
		}
	}},
	{"a stale word of the previous lap is nothing", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.lap(8, 0)
		f.expectNothing(&f.consumer.taken)
		f.setWord(8, makeWord(0, 1, 16, 0))
		f.expectNothing(&f.consumer.taken)
		f.setWord(8, makeWord(0, 1, 16, stateAnswer))
		f.expectNothing(&f.producer.reaped)
	}},
	{"a request is no answer and an answer no request", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.post(1, 0)
		f.expectNothing(&f.producer.reaped)
		f.setWord(0, makeWord(0, 1, 16, stateAnswer))
		f.expectNothing(&f.consumer.taken)
	}},
	{"a position that is not the next is nothing", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		for _, position := range []uint64{1, 8, 7, positionMask} {
			f.setWord(0, makeWord(position, 1, 16, 0))
			f.expectNothing(&f.consumer.taken)
		}
	}},
	{"a count of 0 is never an error", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.setWord(0, makeWord(0, 0, 16, 0))
		f.expectNothing(&f.consumer.taken)
	}},
	{"a count beyond what may be outstanding is seen", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.setWord(0, makeWord(0, 9, 16, 0))
		if count := f.consumer.taken.look(); count <= f.consumer.limit() {
			t.Fatalf("a run of 9 in a ring of 8 looks like %d, which is allowed", count)
		}
		f.post(2, 0)
		f.setWord(0, makeWord(0, 3, 16, stateAnswer))
		if count := f.producer.reaped.look(); count <= f.producer.outstanding() {
			t.Fatalf("3 answers to 2 requests look like %d", count)
		}
	}},
	{"a wrong word inside a run is a violation", func(t *testing.T) {
		for _, word := range []uint64{0, makeWord(2, 0, 16, 0), makeWord(1, 0, 16, stateAnswer), makeWord(9, 0, 16, 0)} {
			f := newRing(t, 8, 32, 0)
			f.post(3, 0)
			f.setWord(1, word)
			f.expectViolation(&f.consumer.taken, 1, violationWord)
		}
	}},
	{"a count inside a run is a violation", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.post(3, 0)
		f.setWord(1, makeWord(1, 1, 16, 0))
		f.expectViolation(&f.consumer.taken, 1, violationWord)
	}},
	{"a reserved shape is a violation", func(t *testing.T) {
		for shape := uint32(49); shape < shapeFrames; shape++ {
			f := newRing(t, 8, 64, 0)
			f.setWord(0, makeWord(0, 1, shape, 0))
			f.consumer.taken.look()
			f.expectViolation(&f.consumer.taken, 0, violationShape)
		}
	}},
	{"a shape beyond the slot is a violation", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.post(2, 0)
		f.setWord(1, makeWord(1, 0, 17, 0))
		f.consumer.taken.look()
		f.expectViolation(&f.consumer.taken, 0, violationNone)
		f.expectViolation(&f.consumer.taken, 1, violationShape)
	}},
	{"a batch or arena shape is none", func(t *testing.T) {
		for _, shape := range []uint32{shapeFrames, shapeBatch, shapeArena} {
			f := newRing(t, 8, 32, 0)
			f.setWord(0, makeWord(0, 1, shape, 0))
			if r := f.take(&f.consumer.taken, 1)[0]; r.shape != shape {
				t.Fatalf("shape %d arrived as %d", shape, r.shape)
			}
		}
	}},
	{"discard leaves nothing", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		f.put(1, 0, 0)
		f.put(1, 1, 1)
		f.producer.posted.discard()
		f.expectNothing(&f.consumer.taken)
		if f.producer.room() != 8 {
			t.Fatalf("room for %d, expected 8", f.producer.room())
		}
	}},
	{"a discarded run is overwritten by the next", func(t *testing.T) {
		f := newRing(t, 8, 32, 0)
		for i := range 5 {
			f.put(1, uint16(100+i), 0)
		}
		f.producer.posted.discard()
		f.lap(2, 0)
		f.expectNothing(&f.consumer.taken)
		f.lap(6, 2)
	}},
	{"a record is copied once even if the writer changes it afterwards", copiedOnce},
	{"only the words a record needs are copied", func(t *testing.T) {
		f := newRing(t, 8, 64, 0)
		fill(&f.producer.posted, 7, 48)
		f.producer.posted.put(1, 0, 0, 16)
		f.producer.posted.publish()
		if r := f.take(&f.consumer.taken, 1)[0]; r.words != [6]uint64{7, 15} {
			t.Fatalf("a record of 16 bytes arrived with %v", r.words)
		}
	}},
	{"want is crossed only by the run that contains it", func(t *testing.T) {
		for _, c := range []struct {
			position, count, want uint64
			crossed               bool
		}{
			{0, 1, 0, true}, {0, 1, 1, false}, {5, 3, 4, false}, {5, 3, 5, true}, {5, 3, 7, true}, {5, 3, 8, false},
			{^uint64(0) - 1, 4, 1, true}, {0, 256, wantNone, false}, {1 << 47, 256, wantNone, false},
		} {
			if crosses(c.position, c.count, c.want) != c.crossed {
				t.Errorf("%d records from %d on and want %d: expected %v", c.count, c.position, c.want, c.crossed)
			}
		}
	}},
	{"random runs and completion orders keep every record", func(t *testing.T) {
		for _, count := range []uint32{2, 8, 64} {
			for seed := range uint64(3) {
				exchange(t, newRing(t, count, 32, 1<<48-1000), seed)
			}
		}
	}},
}

func TestRing(t *testing.T) {
	for _, c := range ringCases {
		t.Run(c.name, c.run)
	}
}
