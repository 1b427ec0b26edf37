// Package latency measures single calls in an open loop: each call has an intended start, set by the rate alone, and its latency counts from
// there, whether or not the call before it was late. A stall therefore shows in every call that it delayed (no coordinated omission).
package latency

import (
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// A Call is what is measured: Do makes one call, waits for its answer and verifies it.
type Call struct {
	Name string // as the row that times the same call back to back
	Do   func() error
}

const (
	slowest = int64(10 * time.Second)
	digits  = 3
)

// A Recording is the latencies of one call at one rate.
type Recording struct {
	Name   string
	Rate   int           // calls intended a second
	Late   int64         // calls that started more than one interval after their intended start
	Unmade int64         // calls whose turn did not come before their slice ended; each counts with the time it had waited by then
	Busy   time.Duration // from the first intended start to the last answer, all slices together
	Window time.Duration // what the rate allows for as many calls
	hdr    *hdrhistogram.Histogram
}

// NewRecording is empty.
func NewRecording(name string, rate int) *Recording {
	return &Recording{Name: name, Rate: rate, hdr: hdrhistogram.New(1, slowest, digits)}
}

// Clock is where time comes from: tests have their own.
type Clock struct {
	Now  func() time.Duration
	Wait func(until time.Duration) // returns at or soon after until
}

// RealClock spins until an intended start, so that the pacer's own wake-up is no part of the latency.
func RealClock() Clock {
	begin := time.Now()
	now := func() time.Duration { return time.Since(begin) }
	return Clock{Now: now, Wait: func(until time.Duration) {
		for now() < until {
			runtime.Gosched()
		}
	}}
}

// overtime is how long a slice may take, in lengths: who cannot keep the rate would never end otherwise.
const overtime = 2

// Slice makes calls at the recording's rate for about length. A backlog ends with its slice.
func (r *Recording) Slice(do func() error, length time.Duration, clock Clock) error {
	interval := time.Second / time.Duration(r.Rate)
	count := max(1, int(length/interval))
	begin := clock.Now() + interval
	deadline := begin + overtime*length
	for i := range count {
		intended := begin + time.Duration(i)*interval
		clock.Wait(intended)
		switch start := clock.Now(); {
		case start > deadline:
			r.Unmade++
		case start-intended > interval:
			r.Late++
			fallthrough
		default:
			if err := do(); err != nil {
				return fmt.Errorf("%s at %d a second: %w", r.Name, r.Rate, err)
			}
		}
		if err := r.hdr.RecordValue(max(1, min(int64(clock.Now()-intended), slowest))); err != nil {
			return err
		}
	}
	r.Busy += clock.Now() - begin
	r.Window += time.Duration(count) * interval
	return nil
}

// Saturated says that the calls could not be made at the rate: then the latencies are those of a growing queue and depend on the slice's length.
func (r *Recording) Saturated() bool { return float64(r.Busy) > 1.02*float64(r.Window) }

// At returns the latency in ns that a part q of all calls did not exceed.
func (r *Recording) At(q float64) float64 { return float64(r.hdr.ValueAtQuantile(100 * q)) }

// Max is the slowest call's latency in ns.
func (r *Recording) Max() float64 { return float64(r.hdr.Max()) }

// Count is the number of calls.
func (r *Recording) Count() int64 { return r.hdr.TotalCount() }

// Percentiles writes the distribution as the .hgrm files that HdrHistogram's plotters read, in microseconds.
func (r *Recording) Percentiles(w io.Writer) error {
	_, err := r.hdr.PercentilesPrint(w, 5, 1000)
	return err
}
