package ringcall

import (
	"encoding/binary"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
	"unsafe"
)

// answer puts an answer; a later publish shows it.
func (s *testServer) answer(id uint16, status uint16, detail uint32, bytes []byte) {
	if id&idSampled != 0 {
		atomic.StoreUint64(&s.segment.timesOf(id&^idSampled).answered, s.segment.clock.Now()-s.clockBack)
	}
	id ^= s.lies
	room := int(s.segment.slots.recordSize())
	if len(bytes) <= room {
		copy(unsafe.Slice((*byte)(s.ring.answered.next()), room), bytes)
		s.ring.answered.put(status, id, detail, uint32(len(bytes)))
		return
	}
	ref, ok := s.place(bytes)
	if !ok {
		// A client that has closed acks nothing any more, and waits for nothing.
		if s.dead = atomic.LoadUint32(&s.segment.client.state) != stateOpen; !s.dead {
			s.ring.answered.put(statusNoRoom, id, 0, 0)
		}
		return
	}
	*(*arenaRef)(s.ring.answered.next()) = ref
	s.ring.answered.put(status, id, detail, shapeArena)
}

// place copies bytes into a region of the answer arena, waiting for acks for as long as the test allows.
func (s *testServer) place(bytes []byte) (arenaRef, bool) {
	for begin := time.Now(); time.Since(begin) < 10*time.Second && atomic.LoadUint32(&s.segment.client.state) == stateOpen; runtime.Gosched() {
		s.regions = slices.DeleteFunc(s.regions, func(a answerRegion) bool {
			if atomic.LoadUint64(wordAt(a.header(s), 0)) != a.ref.ticket {
				return false
			}
			a.region.free()
			return true
		})
		r := s.answers.alloc(uint32(len(bytes)) + 16)
		if r == nil {
			s.publish()
			continue
		}
		s.ticket++
		header := (*regionHeader)(unsafe.Pointer(&s.segment.mem[r.offset]))
		header.size = uint32(len(bytes))
		atomic.StoreUint64(&header.ack, 0)
		ref := arenaRef{offset: r.offset + 16, size: uint32(len(bytes)), ticket: s.ticket}
		copy(s.segment.bytes(ref.offset, ref.size), bytes)
		s.regions = append(s.regions, answerRegion{r, ref})
		return ref, true
	}
	return arenaRef{}, false
}

func (s *testServer) publish() {
	if s.ring.answered.pending == 0 {
		return
	}
	position := s.ring.answered.position
	s.segment.serverCounts.answers += uint64(s.ring.answered.pending)
	count := s.ring.answered.publish()
	if !crosses(position, uint64(count), atomic.LoadUint64(s.segment.wantAnswer)) {
		s.segment.serverCounts.bellsSaved++
		return
	}
	s.segment.serverCounts.bellsRung++
	if !s.deaf {
		s.conn.Write([]byte{1})
	}
}

// answerHeld answers the held requests, in order, with what they carry.
func (s *testServer) answerHeld() {
	s.do(func() {
		for i := range s.held {
			r := &s.held[i]
			if r.shape == shapeBatch {
				ref := *(*batchRef)(unsafe.Pointer(&r.words))
				s.answer(r.id, statusOK, 0, binary.LittleEndian.AppendUint32(nil, ref.count))
				continue
			}
			s.answer(r.id, statusOK, 0, s.request(r))
		}
		s.held = nil
		s.publish()
	})
}
