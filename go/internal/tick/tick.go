// Package tick reads the clocks that a segment's times are counted in, and tells what their counts mean.
package tick

import (
	"fmt"
	"math/bits"
	"syscall"
	"time"
	"unsafe"
)

// The kinds of clock, as a segment's header states them.
const (
	KindMonotonic = 1 // nanoseconds of CLOCK_MONOTONIC
	KindCycles    = 2 // the processor's own counter
)

// How far a header's clock may lie from this process's: what two readings of different clocks may be apart, and what a calibration may have drifted
// since, which is more than the 500 ppm by which the system slews CLOCK_MONOTONIC.
const (
	apartMost = time.Millisecond
	driftMost = 1000 // one part in so many
)

// Of nanoseconds a count, 32.32 fixed point: counters of 16 GHz down to 1 MHz.
const (
	scaleLeast = 1 << 28
	scaleMost  = 1000 << 32
)

// Clock counts as a segment's header says. The zero Clock counts nothing. It is not changed once made, and safe for any number of goroutines.
type Clock struct {
	scale     uint64
	count, ns uint64 // of the same moment
	cycles    bool
}

// New takes what a header states, which may be anything, and refuses what does not agree with this process's own clock.
func New(kind uint32, scale, count, ns uint64) (Clock, error) {
	c := Clock{scale: scale, count: count, ns: ns}
	switch {
	case kind == KindMonotonic:
		return Clock{scale: 1 << 32}, nil
	case kind != KindCycles:
		return Clock{}, fmt.Errorf("the clock has kind %d, expected %d or %d", kind, KindMonotonic, KindCycles)
	case !hasCycles:
		return Clock{}, fmt.Errorf("the clock is the processor's, which this program cannot read on this architecture")
	case scale < scaleLeast || scale > scaleMost:
		return Clock{}, fmt.Errorf("the clock's scale is %#x nanoseconds a count, expected %#x to %#x", scale, uint64(scaleLeast), uint64(scaleMost))
	}
	c.cycles = true
	now, read := c.Now(), systemNs()
	passed := int64(read - ns)
	if passed < -int64(apartMost) {
		return Clock{}, fmt.Errorf("the clock was calibrated %v in the future", time.Duration(-passed))
	}
	apart, bound := int64(c.At(now)-read), int64(apartMost)+max(passed, 0)/driftMost
	if apart > bound || apart < -bound {
		return Clock{}, fmt.Errorf("the clock is %v from CLOCK_MONOTONIC, expected %v at most", time.Duration(apart), time.Duration(bound))
	}
	return c, nil
}

// Now is the present count.
func (c *Clock) Now() uint64 {
	if c.cycles {
		return readCycles()
	}
	return Monotonic()
}

// Nanoseconds is how long so many counts last.
func (c *Clock) Nanoseconds(counts uint64) uint64 {
	high, low := bits.Mul64(counts, c.scale)
	return high<<32 | low>>32
}

// At is the CLOCK_MONOTONIC of a count, which may lie before the moment of calibration.
func (c *Clock) At(count uint64) uint64 {
	if d := int64(count - c.count); d < 0 {
		return c.ns - c.Nanoseconds(uint64(-d))
	}
	return c.ns + c.Nanoseconds(count-c.count)
}

var (
	begin  = time.Now()
	offset = offsetOf()
)

// Monotonic is CLOCK_MONOTONIC in nanoseconds, without a system call: Go's own monotonic clock is the same one, but counts from the program's begin.
func Monotonic() uint64 { return uint64(time.Since(begin)) + offset }

// offsetOf is what lies between the two: known to half the shortest of a few measurements, of which any may be interrupted.
func offsetOf() (offset uint64) {
	best := time.Hour
	for range 8 {
		before := time.Since(begin)
		ns := systemNs()
		took := time.Since(begin) - before
		if took < best {
			best, offset = took, ns-uint64(before+took/2)
		}
	}
	return offset
}

func systemNs() uint64 {
	const clockMonotonic = 1
	var now syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&now)), 0)
	return uint64(now.Nano())
}

// Scale is the nanoseconds of a count, 32.32 fixed point.
func (c *Clock) Scale() uint64 { return c.scale }
