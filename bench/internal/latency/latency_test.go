package latency

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// simulated is a clock that only moves when someone waits or a call takes time.
type simulated struct{ now time.Duration }

func (s *simulated) clock() Clock {
	return Clock{Now: func() time.Duration { return s.now }, Wait: func(until time.Duration) { s.now = max(s.now, until) }}
}

func TestOpenLoop(t *testing.T) {
	t.Run("a stall shows in every call that it delayed", func(t *testing.T) {
		time0, made := &simulated{}, 0
		r := NewRecording("x", 1000) // every ms
		err := r.Slice(func() error {
			made++
			time0.now += 10 * time.Microsecond
			if made == 10 {
				time0.now += 100 * time.Millisecond
			}
			return nil
		}, time.Second, time0.clock())
		if err != nil || r.Count() != 1000 {
			t.Fatalf("%d calls, %v", r.Count(), err)
		}
		// One call stalled; a hundred waited behind it. A closed loop would see one slow call of a thousand and call p95 10 us.
		if p95 := time.Duration(r.At(0.95)); p95 < 40*time.Millisecond || p95 > 70*time.Millisecond {
			t.Errorf("p95 is %v, want about 50 ms", p95)
		}
		if p50 := time.Duration(r.At(0.5)); p50 < 9*time.Microsecond || p50 > 11*time.Microsecond {
			t.Errorf("p50 is %v, want 10 us", p50)
		}
		if r.Late < 90 || r.Late > 110 {
			t.Errorf("%d calls were late, want about 100", r.Late)
		}
	})
	t.Run("a call slower than the rate is saturated, a quicker one is not", func(t *testing.T) {
		for took, want := range map[time.Duration]bool{2 * time.Millisecond: true, 900 * time.Microsecond: false} {
			time0 := &simulated{}
			r := NewRecording("x", 1000)
			if err := r.Slice(func() error { time0.now += took; return nil }, 200*time.Millisecond, time0.clock()); err != nil {
				t.Fatal(err)
			}
			if r.Saturated() != want {
				t.Errorf("calls of %v at 1000 a second: saturated is %v", took, r.Saturated())
			}
		}
	})
	t.Run("a backlog ends with its slice", func(t *testing.T) {
		time0 := &simulated{}
		r := NewRecording("x", 1000)
		for range 3 {
			if err := r.Slice(func() error { time0.now += 2 * time.Millisecond; return nil }, 10*time.Millisecond, time0.clock()); err != nil {
				t.Fatal(err)
			}
		}
		if slowest := time.Duration(r.Max()); slowest > 13*time.Millisecond {
			t.Errorf("the slowest of slices of ten calls is %v, want 11 ms", slowest)
		}
	})
	t.Run("a slice ends when twice its length has passed, and what it left undone counts with the time it waited", func(t *testing.T) {
		time0, made := &simulated{}, 0
		r := NewRecording("x", 1000)
		if err := r.Slice(func() error { made++; time0.now += 10 * time.Millisecond; return nil }, 100*time.Millisecond, time0.clock()); err != nil {
			t.Fatal(err)
		}
		if made < 20 || made > 22 || r.Unmade != int64(100-made) || r.Count() != 100 {
			t.Errorf("made %d calls, unmade %d, counted %d", made, r.Unmade, r.Count())
		}
		if p99 := time.Duration(r.At(0.99)); p99 < 100*time.Millisecond {
			t.Errorf("p99 is %v though the last calls waited 110 ms and more", p99)
		}
	})
	t.Run("the real clock waits until the intended start", func(t *testing.T) {
		clock := RealClock()
		clock.Wait(3 * time.Millisecond)
		if now := clock.Now(); now < 3*time.Millisecond {
			t.Errorf("woke at %v", now)
		}
	})
	t.Run("an error names call and rate", func(t *testing.T) {
		wrong := errors.New("wrong answer")
		err := NewRecording("ringcall/call", 5000).Slice(func() error { return wrong }, time.Millisecond, (&simulated{}).clock())
		if !errors.Is(err, wrong) || !strings.Contains(err.Error(), "ringcall/call at 5000 a second") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the percentiles are written as hgrm, in microseconds", func(t *testing.T) {
		time0 := &simulated{}
		r := NewRecording("x", 1000)
		if err := r.Slice(func() error { time0.now += 20 * time.Microsecond; return nil }, 100*time.Millisecond, time0.clock()); err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := r.Percentiles(&text); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"Value", "Percentile", "TotalCount", "1/(1-Percentile)", "20.0", "#[Mean"} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%q is missing in\n%s", want, text.String())
			}
		}
	})
}
