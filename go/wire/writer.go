package wire

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/ringcall/ringcall/go/internal/flat"
)

// Writer writes a frame into memory of exactly its size, which the caller has computed: the head's Pad, and the Pad of every block, where the heads of a
// sequence's elements count as a block. It panics if that was too little. It belongs to one goroutine.
type Writer struct {
	frame    []byte
	position int // behind the last byte that was written, other than in the head
}

// NewWriter makes a writer of the frame that lies in b, which is zero all over and stays the caller's. Only what is not zero needs to be written.
func NewWriter(b []byte, headSize int) Writer { return Writer{b, headSize} }

// PutU8 and its like write a number into a head.
func (w *Writer) PutU8(at int, v uint8)    { w.frame[at] = v }
func (w *Writer) PutI8(at int, v int8)     { w.frame[at] = uint8(v) }
func (w *Writer) PutU16(at int, v uint16)  { binary.LittleEndian.PutUint16(w.frame[at:], v) }
func (w *Writer) PutI16(at int, v int16)   { binary.LittleEndian.PutUint16(w.frame[at:], uint16(v)) }
func (w *Writer) PutU32(at int, v uint32)  { binary.LittleEndian.PutUint32(w.frame[at:], v) }
func (w *Writer) PutI32(at int, v int32)   { binary.LittleEndian.PutUint32(w.frame[at:], uint32(v)) }
func (w *Writer) PutU64(at int, v uint64)  { binary.LittleEndian.PutUint64(w.frame[at:], v) }
func (w *Writer) PutI64(at int, v int64)   { binary.LittleEndian.PutUint64(w.frame[at:], uint64(v)) }
func (w *Writer) PutF32(at int, v float32) { w.PutU32(at, math.Float32bits(v)) }
func (w *Writer) PutF64(at int, v float64) { w.PutU64(at, math.Float64bits(v)) }

// PutBool writes a bool; also the one that says whether an optional value is present.
func (w *Writer) PutBool(at int, v bool) {
	if v {
		w.frame[at] = 1
	}
}

// PutText writes a text's extent, and its bytes.
func (w *Writer) PutText(at int, s string) {
	copy(w.block(at, len(s), len(s)), s)
}

// PutBytes is PutText for bytes.
func (w *Writer) PutBytes(at int, b []byte) {
	copy(w.block(at, len(b), len(b)), b)
}

// PutRecords writes a sequence of records of fixed layout: their extent, and a copy of them. T is laid out as the server's type and holds no pointers, or
// it panics.
func PutRecords[T any](w *Writer, at int, records []T) {
	mustBeFlat[T]()
	b := flat.BytesOf(records)
	copy(w.block(at, len(b), len(records)), b)
}

// PutRecord writes a record of fixed layout into a head. T is laid out as the server's type and holds no pointers, or it panics.
func PutRecord[T any](w *Writer, at int, record *T) {
	mustBeFlat[T]()
	copy(w.frame[at:][:unsafe.Sizeof(*record)], flat.Bytes(record))
}

// block writes an extent and returns the block that it stands for.
func (w *Writer) block(at, size, count int) []byte {
	if size == 0 {
		return nil
	}
	w.putExtent(at, size, count)
	start := Pad(w.position)
	w.position = start + size
	return w.frame[start:w.position]
}

func (w *Writer) putExtent(at, size, count int) {
	w.PutU64(at, uint64(uint32(size))|uint64(count)<<32)
}

// BeginSequence writes the first part of a sequence of elements that have tails, whose heads have stride bytes each, and returns where the first
// head lies. The elements are to be written next, all of each before the next one, and then EndSequence is to be called, with the same at and with mark.
func (w *Writer) BeginSequence(at, count, stride int) (first, mark int) {
	if count == 0 {
		return w.position, w.position
	}
	w.putExtent(at, 0, count)
	start := Pad(w.position)
	w.position = start + count*stride
	return start, start
}

// EndSequence completes what BeginSequence began.
func (w *Writer) EndSequence(at, mark int) {
	if size := w.position - mark; size != 0 {
		w.PutU32(at, uint32(size))
	}
}
