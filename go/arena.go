package ringcall

import "sync/atomic"

// arena allocates the request arena. It is used as a byte ring: the next region goes behind the last one, or into the next gap that has room for it,
// so that a region that is held for long stops nobody but those that need its place. When it is empty it starts at its beginning again, and
// takes a region of its whole capacity. Nothing of it lies in the segment. alloc is guarded by the client's mu; free may be called by
// anyone, without it.
//
// Regions begin at cache lines, as the server's payloads do; src/answer_arena.hpp says why.
type arena struct {
	span   span
	first  region  // of size 0, at the start, never freed: the regions follow it in order of offset
	last   *region // allocated last, or where that one was
	unused *region
}

// region is a part of the arena that belongs to one call or batch. The region itself is reused once it was freed.
type region struct {
	offset uint32 // from the segment's start
	size   uint32 // allocated
	freed  uint32 // atomic
	next   *region
}

// free gives the region back. The caller must not use it, nor its bytes, afterwards.
func (r *region) free() { atomic.StoreUint32(&r.freed, 1) }

func (r *region) isFree() bool { return atomic.LoadUint32(&r.freed) != 0 }

func newArena(s span) *arena {
	a := &arena{span: s, first: region{offset: s.offset}}
	a.last = &a.first
	return a
}

func (a *arena) capacity() uint32 { return a.span.size &^ (cacheLine - 1) }

// alloc returns a region of at least size bytes, or nil if there is no room now; for more than the capacity there never is.
func (a *arena) alloc(size uint32) *region {
	size = max((size+cacheLine-1)&^(cacheLine-1), cacheLine)
	a.reclaim(&a.first)
	if a.first.next == nil {
		a.last = &a.first
	}
	for r := a.last; r != nil; r = r.next {
		if a.gap(r) >= size {
			return a.insert(r, size)
		}
	}
	// Once round; this time a.last may be reclaimed too.
	for r := &a.first; r != nil; r = r.next {
		if a.gap(r) >= size {
			return a.insert(r, size)
		}
	}
	return nil
}

// gap reclaims what was freed right behind r and returns the bytes that are free there.
func (a *arena) gap(r *region) uint32 {
	a.reclaim(r)
	end := a.span.offset + a.capacity()
	if r.next != nil {
		end = r.next.offset
	}
	return end - (r.offset + r.size)
}

func (a *arena) reclaim(r *region) {
	for n := r.next; n != nil && n.isFree(); n = r.next {
		if a.last == n {
			a.last = r
		}
		r.next = n.next
		n.next = a.unused
		a.unused = n
	}
}

func (a *arena) insert(after *region, size uint32) *region {
	r := a.unused
	if r == nil {
		r = new(region)
	} else {
		a.unused = r.next
	}
	*r = region{offset: after.offset + after.size, size: size, next: after.next}
	after.next = r
	a.last = r
	return r
}

// hasFreed says whether there is more room than when alloc failed.
func (a *arena) hasFreed() bool {
	for r := a.first.next; r != nil; r = r.next {
		if r.isFree() {
			return true
		}
	}
	return false
}
