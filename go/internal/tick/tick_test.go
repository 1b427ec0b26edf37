package tick

import (
	"testing"
	"time"
)

func TestMonotonicIsTheSystemsClock(t *testing.T) {
	for range 1000 {
		before := systemNs()
		now := Monotonic()
		after := systemNs()
		// The offset is known to half a measurement, a microsecond or so; one that was interrupted each time is not ruled out.
		if slack := uint64(100 * time.Microsecond); now+slack < before || now > after+slack {
			t.Fatalf("Monotonic says %d between %d and %d of the system's clock", now, before, after)
		}
	}
}

// calibrate is what a server does, in short.
func calibrate() (scale, count, ns uint64) {
	c0, n0 := readCycles(), systemNs()
	for systemNs()-n0 < uint64(20*time.Millisecond) {
	}
	count, ns = readCycles(), systemNs()
	return uint64(float64(ns-n0) / float64(count-c0) * (1 << 32)), count, ns
}

func TestAClockOfCyclesAgreesWithTheSystems(t *testing.T) {
	if !hasCycles {
		t.Skip("this architecture has no counter that the program reads")
	}
	scale, count, ns := calibrate()
	c, err := New(KindCycles, scale, count, ns)
	if err != nil {
		t.Fatal(err)
	}
	a, before := c.Now(), systemNs()
	time.Sleep(30 * time.Millisecond)
	b, after := c.Now(), systemNs()
	took, want := c.Nanoseconds(b-a), after-before
	if took+took/50+100_000 < want || took > want+want/50+10_000_000 {
		t.Errorf("%d ns by cycles, %d by the system's clock", took, want)
	}
}

func TestClocksThatDoNotAgreeAreRefused(t *testing.T) {
	if !hasCycles {
		t.Skip("this architecture has no counter that the program reads")
	}
	scale, count, ns := calibrate()
	for name, f := range map[string]struct {
		kind             uint32
		scale, count, ns uint64
	}{
		"no kind":             {0, scale, count, ns},
		"an unknown kind":     {7, scale, count, ns},
		"no scale":            {KindCycles, 0, count, ns},
		"a scale of a second": {KindCycles, 1e9 << 32, count, ns},
		"an hour ahead":       {KindCycles, scale, count, ns + uint64(time.Hour)},
		"an hour behind":      {KindCycles, scale, count, ns - uint64(time.Hour)},
		"twice as fast":       {KindCycles, scale * 2, count - uint64(float64(time.Minute)*(1<<32)/float64(scale)), ns - uint64(time.Minute)},
		"counts of no clock":  {KindCycles, scale, ^uint64(0), ns},
		"all bits":            {KindCycles, ^uint64(0), ^uint64(0), ^uint64(0)},
	} {
		if _, err := New(f.kind, f.scale, f.count, f.ns); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := New(KindMonotonic, 0, 0, 0); err != nil {
		t.Errorf("nanoseconds of CLOCK_MONOTONIC are refused: %v", err)
	}
}

func TestNanosecondsOfCounts(t *testing.T) {
	c := Clock{scale: 1 << 31, count: 1000, ns: 50_000} // half a nanosecond a count
	for counts, want := range map[uint64]uint64{0: 0, 1: 0, 2: 1, 1 << 40: 1 << 39, 1 << 63: 1 << 62} {
		if got := c.Nanoseconds(counts); got != want {
			t.Errorf("%d counts are %d ns, expected %d", counts, got, want)
		}
	}
	if at := c.At(1100); at != 50_050 {
		t.Errorf("100 counts later it is %d, expected 50050", at)
	}
	if at := c.At(900); at != 49_950 {
		t.Errorf("100 counts earlier it was %d, expected 49950", at)
	}
}

func BenchmarkNow(b *testing.B) {
	for _, c := range []struct {
		name string
		Clock
	}{{"cycles", Clock{cycles: true}}, {"monotonic", Clock{}}} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				c.Now()
			}
		})
	}
}
