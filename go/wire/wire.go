// Package wire writes and reads frames: requests and answers that hold text, bytes, sequences, optional values or messages. Generated code is what uses
// it. include/ringcall/FRAME.md says how a frame lies in memory; wire.hpp is the twin of this package.
//
// [Writer] and [Reader] are small values that allocate nothing. Every place that they take (at) is a number of bytes from the frame's start: of a
// value's head in the frame's head, or in the head of a sequence's element, which BeginSequence locates. Values must be written and read in the
// order of the header's declarations, since that is the order of their blocks.
package wire

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/ringcall/ringcall/go/internal/flat"
)

// ErrBadAnswer is returned when an answer has not the size or form that the interface asks for: ringcall.ErrBadAnswer.
var ErrBadAnswer = errors.New("ringcall: bad answer")

const (
	align      = 8 // where blocks begin
	extentSize = 8
)

// Pad is n rounded up to a multiple of 8: the room that a head or a block of n bytes takes in a frame.
func Pad(n int) int { return (n + align - 1) &^ (align - 1) }

// Normalise makes *b, copied from memory that another process wrote, true if its byte is anything but zero. Before, it may be neither true nor false.
func Normalise(b *bool) {
	p := (*uint8)(unsafe.Pointer(b))
	*b = *p != 0
}

// ReadFixed copies b, the whole of a frame of fixed layout, to *v. T is laid out as the server's type and holds no pointers, or it panics. It returns
// ErrBadAnswer if b has another size.
func ReadFixed[T any](b []byte, v *T) error {
	mustBeFlat[T]()
	to := flat.Bytes(v)
	if len(b) != len(to) {
		return fmt.Errorf("%w: it has %d bytes, expected %d; generate both sides from the same header", ErrBadAnswer, len(b), len(to))
	}
	copy(to, b)
	return nil
}

func mustBeFlat[T any]() {
	if !flat.Is[T]() {
		panic("ringcall: " + flat.Name[T]() + " is no type for records: it holds pointers")
	}
}
