package wire

import (
	"encoding/binary"
	"fmt"
	"math"
	"unsafe"

	"github.com/ringcall/ringcall/go/internal/flat"
)

// Reader reads a frame that another process wrote. Whatever is in it, the work and the memory that its reading takes are in proportion to its size: blocks
// cannot overlap, and a count that exceeds its block is found out before anything is made of it. After the first violation everything reads as zero
// or empty, and Done says which it was. It belongs to one goroutine.
//
// Every byte of a head is read once. What Text, Bytes and Records return lies in the frame and lives as long: where the frame is the caller's own, as Frame.Call's
// is, so are they; where it is a View, the server may still change them.
type Reader struct {
	frame    []byte // nil after a violation
	position int    // behind the last byte that was read, other than in the head
	end      int    // of the block that is being read, or the frame
	fault    fault
}

// fault is the first violation: its numbers, so that no text is made unless somebody asks.
type fault struct {
	what            violation
	at              int
	found, expected uint64
}

type violation uint8

const (
	sound violation = iota
	shortHead
	outsideHead
	blockTooLarge
	countNotSize
	countTooLarge
	leftOver
)

// Scope is a sequence that is being read: what EndSequence needs of the block around it.
type Scope struct{ end int }

// NewReader makes a reader of the frame in b, which is aligned to 8 bytes, as all that package ringcall returns is.
func NewReader(b []byte, headSize int) Reader {
	if len(b) < headSize {
		return Reader{fault: fault{shortHead, 0, uint64(len(b)), uint64(headSize)}}
	}
	return Reader{frame: b, position: headSize, end: len(b)}
}

// Done returns nil if the whole frame was read and all of it was sound, and otherwise ErrBadAnswer with what was found where.
func (r *Reader) Done() error {
	if r.fault.what == sound && Pad(r.position) != Pad(r.end) {
		r.fail(leftOver, r.position, uint64(r.end-r.position), 0)
	}
	if r.fault.what == sound {
		return nil
	}
	return r.fault.asError()
}

func (f fault) asError() error {
	switch f.what {
	case shortHead:
		return fmt.Errorf("%w: it has %d bytes, its head alone %d; generate both sides from the same header", ErrBadAnswer, f.found, f.expected)
	case outsideHead:
		return fmt.Errorf("%w: a value of %d bytes was asked for at %d, outside of the frame", ErrBadAnswer, f.found, f.at)
	case blockTooLarge:
		return fmt.Errorf("%w: the extent at %d states a block of %d bytes, %d are left", ErrBadAnswer, f.at, f.found, f.expected)
	case countNotSize:
		return fmt.Errorf("%w: the extent at %d states a block of %d bytes, its count says %d", ErrBadAnswer, f.at, f.found, f.expected)
	case countTooLarge:
		return fmt.Errorf("%w: the extent at %d states a block of %d bytes, its elements' heads take %d", ErrBadAnswer, f.at, f.found, f.expected)
	}
	return fmt.Errorf("%w: %d bytes are left over at %d", ErrBadAnswer, f.found, f.at)
}

func (r *Reader) fail(what violation, at int, found, expected uint64) {
	if r.fault.what == sound {
		r.fault = fault{what, at, found, expected}
	}
	r.frame = nil
	r.position, r.end = 0, 0
}

// has says whether a head has size bytes at a place. After a violation it has none.
func (r *Reader) has(at, size int) bool {
	if uint(at) <= uint(len(r.frame)) && len(r.frame)-at >= size {
		return true
	}
	r.fail(outsideHead, at, uint64(size), 0)
	return false
}

// U8 and its like read a number from a head.
func (r *Reader) U8(at int) uint8 {
	if !r.has(at, 1) {
		return 0
	}
	return r.frame[at]
}

func (r *Reader) U16(at int) uint16 {
	if !r.has(at, 2) {
		return 0
	}
	return binary.LittleEndian.Uint16(r.frame[at:])
}

func (r *Reader) U32(at int) uint32 {
	if !r.has(at, 4) {
		return 0
	}
	return binary.LittleEndian.Uint32(r.frame[at:])
}

func (r *Reader) U64(at int) uint64 {
	if !r.has(at, 8) {
		return 0
	}
	return binary.LittleEndian.Uint64(r.frame[at:])
}

func (r *Reader) I8(at int) int8     { return int8(r.U8(at)) }
func (r *Reader) I16(at int) int16   { return int16(r.U16(at)) }
func (r *Reader) I32(at int) int32   { return int32(r.U32(at)) }
func (r *Reader) I64(at int) int64   { return int64(r.U64(at)) }
func (r *Reader) F32(at int) float32 { return math.Float32frombits(r.U32(at)) }
func (r *Reader) F64(at int) float64 { return math.Float64frombits(r.U64(at)) }

// Bool reads a bool; also the one that says whether an optional value is present.
func (r *Reader) Bool(at int) bool { return r.U8(at) != 0 }

// Text reads a text, which is not checked to be UTF-8.
func (r *Reader) Text(at int) string {
	b := r.Bytes(at)
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Bytes reads bytes; nil if there are none.
func (r *Reader) Bytes(at int) []byte {
	size, count := r.extent(at)
	if uint64(size) != uint64(count) {
		r.fail(countNotSize, at, uint64(size), uint64(count))
		return nil
	}
	return r.block(at, int(size))
}

// Records reads a sequence of records of fixed layout; nil if there are none. T is laid out as the server's type and holds no pointers, or it panics. A
// bool in them is to be made one by Normalise before it is looked at.
func Records[T any](r *Reader, at int) []T {
	mustBeFlat[T]()
	var zero T
	size, count := r.extent(at)
	if expected := uint64(count) * uint64(unsafe.Sizeof(zero)); uint64(size) != expected {
		r.fail(countNotSize, at, uint64(size), expected)
		return nil
	}
	b := r.block(at, int(size))
	if len(b) == 0 {
		return nil
	}
	if start := unsafe.Pointer(unsafe.SliceData(b)); uintptr(start)%unsafe.Alignof(zero) == 0 {
		return unsafe.Slice((*T)(start), count)
	}
	records := make([]T, count)
	copy(flat.BytesOf(records), b)
	return records
}

// Record copies a record of fixed layout from a head to *record; zero after a violation. T is laid out as the server's type and holds no pointers, or it
// panics. A bool in it is to be made one by Normalise before it is looked at.
func Record[T any](r *Reader, at int, record *T) {
	mustBeFlat[T]()
	if !r.has(at, int(unsafe.Sizeof(*record))) {
		clear(flat.Bytes(record))
		return
	}
	copy(flat.Bytes(record), r.frame[at:])
}

func (r *Reader) extent(at int) (size, count uint32) {
	e := r.U64(at)
	return uint32(e), uint32(e >> 32)
}

// block returns the next block, of a size that the extent at a place states, and goes behind it.
func (r *Reader) block(at, size int) []byte {
	if size == 0 || !r.fits(at, size) {
		return nil
	}
	start := Pad(r.position)
	r.position = start + size
	return r.frame[start:r.position:r.position]
}

func (r *Reader) fits(at, size int) bool {
	if room := r.end - Pad(r.position); size > room {
		r.fail(blockTooLarge, at, uint64(size), uint64(max(room, 0)))
		return false
	}
	return true
}

// BeginSequence reads the extent of a sequence of elements that have tails, whose heads have stride bytes each, and returns where the first head lies
// and how many there are: no more than the frame has room for. The elements are to be read next, all of each before the next one, and then
// EndSequence is to be called.
func (r *Reader) BeginSequence(at, stride int) (first, count int, scope Scope) {
	scope.end = r.end
	size, n := r.extent(at)
	if heads := uint64(n) * uint64(stride); heads > uint64(size) || (size == 0) != (n == 0) {
		r.fail(countTooLarge, at, uint64(size), heads)
		return 0, 0, scope
	}
	if n == 0 {
		r.end = r.position
		return r.position, 0, scope
	}
	if !r.fits(at, int(size)) {
		return 0, 0, scope
	}
	first = Pad(r.position)
	r.position = first + int(n)*stride
	r.end = first + int(size)
	return first, int(n), scope
}

// EndSequence ends what BeginSequence began: nothing may be left over of the sequence's block.
func (r *Reader) EndSequence(scope Scope) {
	if r.frame == nil {
		return
	}
	if Pad(r.position) != Pad(r.end) {
		r.fail(leftOver, r.position, uint64(r.end-r.position), 0)
		return
	}
	r.position = r.end
	r.end = scope.end
}
