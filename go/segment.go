package ringcall

import (
	"fmt"
	"slices"
	"sync/atomic"
	"unsafe"

	"github.com/ringcall/ringcall/go/internal/tick"
)

// segment is a channel's memory as attached. The geometry was checked and copied once, and nothing is ever again decided by the header but what the
// states of both sides tell; a dump copies the clock's fields from there, unchecked.
type segment struct {
	mem   []byte
	unmap func()

	slots         slots
	requestArena  span
	answerArena   span
	wantRequest   *uint64
	wantAck       *uint64
	wantAnswer    *uint64
	taken         *uint64
	server        *life
	client        *life
	counters      *clientCounters
	serverCounts  *serverCounters
	epoch         uint64
	clockBaseNs   uint64
	tickShift     uint32
	recordSizeMax int // bytes of an inline record

	sampleEvery *uint32
	clientSpin  *uint32
	times       unsafe.Pointer // of entry 0; nil: calls cannot be sampled
	timesStride uint64
	clock       tick.Clock
	clockError  error // why times is nil, where the segment has room for them
	box         span  // the black box; no size: none
}

// span is a part of the segment.
type span struct {
	what         string
	offset, size uint32
}

func (s span) end() uint64 { return uint64(s.offset) + uint64(s.size) }

// contains says whether size bytes at offset lie in the span; offset and size may be anything.
func (s span) contains(offset, size uint32) bool {
	return offset >= s.offset && uint64(offset)+uint64(size) <= s.end()
}

// timesOf is the entry of an id.
func (s *segment) timesOf(id uint16) *times {
	return (*times)(unsafe.Add(s.times, uint64(id)*s.timesStride))
}

// attachSegment checks what the server wrote into the header of mem, which is the whole segment, and takes it over.
// It works on any memory that is aligned to 64 bytes. Errors are ErrBadSegment or a *VersionError.
func attachSegment(mem []byte, unmap func()) (*segment, error) {
	if len(mem) < pageSize {
		return nil, fmt.Errorf("%w: it has %d bytes, expected at least the %d of its first page", ErrBadSegment, len(mem), pageSize)
	}
	if uintptr(unsafe.Pointer(unsafe.SliceData(mem)))%cacheLine != 0 {
		return nil, fmt.Errorf("%w: it is not aligned to %d bytes", ErrBadSegment, cacheLine)
	}
	// One private copy: what is checked is what is used.
	h := *(*segmentHeader)(unsafe.Pointer(unsafe.SliceData(mem)))
	if err := checkHeader(&h, len(mem)); err != nil {
		return nil, err
	}
	if err := checkSpans(&h, len(mem)); err != nil {
		return nil, err
	}
	ring := &h.rings[0]
	at := func(offset uint32) unsafe.Pointer { return unsafe.Pointer(&mem[offset]) }
	control := (*ringControl)(at(ring.controlOffset))
	header := (*segmentHeader)(at(0))
	s := &segment{
		mem:           mem,
		unmap:         unmap,
		slots:         makeSlots(mem[ring.slotsOffset:], ring.slotCount, ring.slotStride),
		requestArena:  span{"request arena", ring.requestArenaOffset, ring.requestArenaSize},
		answerArena:   span{"answer arena", ring.answerArenaOffset, ring.answerArenaSize},
		wantRequest:   &control.wantRequest,
		wantAck:       &control.wantAck,
		wantAnswer:    &control.wantAnswer,
		taken:         &control.taken,
		server:        &header.server,
		client:        &header.client,
		counters:      (*clientCounters)(at(h.clientCountersOffset)),
		serverCounts:  (*serverCounters)(at(h.serverCountersOffset)),
		epoch:         h.epoch,
		clockBaseNs:   h.clockBaseNs,
		tickShift:     h.tickShift,
		recordSizeMax: int(ring.slotStride) - slotRecord,
		sampleEvery:   new(uint32),
		clientSpin:    new(uint32),
	}
	*s.clientSpin = spinOwn
	if h.clockKind != 0 { // one that says nothing of its clock has no policy either
		s.clientSpin = &control.clientSpin
	}
	if ring.timesOffset != 0 && ring.timesStride >= uint32(unsafe.Sizeof(times{})) && ring.timesStride%8 == 0 {
		clock, err := tick.New(h.clockKind, h.clockScale, h.clockCount, h.clockNs)
		s.clock, s.clockError = clock, err
		if err == nil {
			s.times, s.timesStride = at(ring.timesOffset), uint64(ring.timesStride)
			s.sampleEvery = &control.sampleEvery
		}
	}
	if h.blackBoxOffset != 0 && h.blackBoxSize >= uint32(unsafe.Sizeof(blackBox{})) {
		s.box = span{"black box", h.blackBoxOffset, h.blackBoxSize}
	}
	return s, nil
}

func checkHeader(h *segmentHeader, size int) error {
	bad := func(what string, expected, found any) error {
		return fmt.Errorf("%w: its header's %s is %v, expected %v", ErrBadSegment, what, found, expected)
	}
	switch {
	case h.magic != segmentMagic:
		return fmt.Errorf("%w: it starts with %#x, expected %#x", ErrBadSegment, h.magic, uint64(segmentMagic))
	case h.abiVersion != abiVersion:
		return &VersionError{Client: abiVersion, Server: h.abiVersion}
	case h.headerSize != uint32(unsafe.Sizeof(*h)):
		return bad("header_size", unsafe.Sizeof(*h), h.headerSize)
	case h.segmentSize != uint64(size):
		return bad("segment_size", size, h.segmentSize)
	case h.epoch == 0:
		return bad("epoch", "anything else", 0)
	case h.tickShift < 6 || h.tickShift > 30:
		return bad("tick_shift", "6 to 30", h.tickShift)
	case h.ringCount < 1 || h.ringCount > ringsMax:
		return bad("ring_count", fmt.Sprint("1 to ", ringsMax), h.ringCount)
	case h.clientCountersSize < uint32(unsafe.Sizeof(clientCounters{})):
		return bad("client_counters_size", fmt.Sprint("at least ", unsafe.Sizeof(clientCounters{})), h.clientCountersSize)
	case h.serverCountersSize < uint32(unsafe.Sizeof(serverCounters{})):
		return bad("server_counters_size", fmt.Sprint("at least ", unsafe.Sizeof(serverCounters{})), h.serverCountersSize)
	}
	for i := range h.rings[:h.ringCount] {
		ring := &h.rings[i]
		switch {
		case ring.slotCount < slotsMin || ring.slotCount > slotsMax || ring.slotCount&(ring.slotCount-1) != 0:
			return bad(fmt.Sprintf("slot_count of ring %d", i), fmt.Sprintf("a power of two from %d to %d", slotsMin, slotsMax), ring.slotCount)
		case ring.slotStride != strideSmall && ring.slotStride != strideLarge:
			return bad(fmt.Sprintf("slot_stride of ring %d", i), fmt.Sprintf("%d or %d", strideSmall, strideLarge), ring.slotStride)
		}
	}
	return nil
}

// checkSpans checks that everything that the header locates is aligned, inside the segment and apart from all else.
func checkSpans(h *segmentHeader, size int) error {
	spans := []span{
		{"header", 0, h.headerSize},
		{"client's counters", h.clientCountersOffset, h.clientCountersSize},
		{"server's counters", h.serverCountersOffset, h.serverCountersSize},
	}
	if h.blackBoxOffset != 0 {
		spans = append(spans, span{"black box", h.blackBoxOffset, h.blackBoxSize})
	}
	for i := range h.rings[:h.ringCount] {
		ring := &h.rings[i]
		spans = append(spans,
			span{"slots", ring.slotsOffset, ring.slotCount * ring.slotStride},
			span{"control words", ring.controlOffset, uint32(unsafe.Sizeof(ringControl{}))},
			span{"request arena", ring.requestArenaOffset, ring.requestArenaSize},
			span{"answer arena", ring.answerArenaOffset, ring.answerArenaSize})
		if ring.timesOffset != 0 {
			if ring.timesStride > pageSize {
				return fmt.Errorf("%w: times_stride of ring %d is %d, expected at most %d", ErrBadSegment, i, ring.timesStride, pageSize)
			}
			spans = append(spans, span{"times", ring.timesOffset, ring.slotCount * ring.timesStride})
		}
	}
	for _, s := range spans {
		if s.offset%cacheLine != 0 || s.size%8 != 0 {
			return fmt.Errorf("%w: its %s, %d bytes at %d, are not aligned", ErrBadSegment, s.what, s.size, s.offset)
		}
		if s.end() > uint64(size) {
			return fmt.Errorf("%w: its %s, %d bytes at %d, end outside of its %d bytes", ErrBadSegment, s.what, s.size, s.offset, size)
		}
	}
	spans = slices.DeleteFunc(spans, func(s span) bool { return s.size == 0 })
	slices.SortFunc(spans, func(a, b span) int { return int(int64(a.offset) - int64(b.offset)) })
	for i, s := range spans[1:] {
		if before := spans[i]; before.end() > uint64(s.offset) {
			return fmt.Errorf("%w: its %s, %d bytes at %d, overlap its %s at %d", ErrBadSegment, before.what, before.size, before.offset, s.what, s.offset)
		}
	}
	return nil
}

// bytes are size bytes at offset, which the caller has checked or made.
func (s *segment) bytes(offset, size uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(s.mem)), offset)), size)
}

// checkRegion says whether ref, read from an answer, lies in the answer arena together with its header.
func (s *segment) checkRegion(ref arenaRef) bool {
	return ref.offset%arenaAlign == 0 && ref.offset >= s.answerArena.offset+uint32(unsafe.Sizeof(regionHeader{})) && s.answerArena.contains(ref.offset, ref.size)
}

// ack gives the region of an answer back to the server and says whether it waits for that and must be rung.
func (s *segment) ack(ref arenaRef) bool {
	// PAIR ack-wanted: the server stores want_ack, fences and looks at its regions once more; this store fences before the load.
	// PAIR region-acked: with the server's load of ack; what was read in the region was read before this store.
	atomic.StoreUint64(s.ackWord(ref), ref.ticket)
	return atomic.LoadUint64(s.wantAck) != 0
}

// ackEarly is ack without the fence and the look that have to follow it, by wantsAck, once for all that were acked so.
func (s *segment) ackEarly(ref arenaRef) {
	// PAIR region-acked: as in ack.
	storeRelease(s.ackWord(ref), ref.ticket)
}

func (s *segment) ackWord(ref arenaRef) *uint64 {
	header := (*regionHeader)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(s.mem)), ref.offset-uint32(unsafe.Sizeof(regionHeader{}))))
	return &header.ack
}

// wantsAck says whether the server waits for acks and must be rung. fence is a word of the caller's own.
func (s *segment) wantsAck(fence *uint64) bool {
	// PAIR ack-wanted: as in ack, with this store as the fence between the acks and the load.
	atomic.StoreUint64(fence, 0)
	return atomic.LoadUint64(s.wantAck) != 0
}
