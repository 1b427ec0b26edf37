package ringcall

import (
	"math"
	"runtime"
	"testing"
	"time"
)

func TestALongBudgetIsNoShortOne(t *testing.T) {
	if runtime.NumCPU() == 1 {
		t.Skip("one processor does not poll")
	}
	for _, budget := range []time.Duration{time.Hour, math.MaxInt64} {
		if s := newSpinner(budget); s.full != math.MaxUint32/probeReach {
			t.Errorf("%v came to %d rounds", budget, s.full)
		}
	}
}

// Waking takes longer here than a full budget, and each side sleeps because the other does.
func TestTwoSidesThatPutEachOtherToSleepWakeUpAgain(t *testing.T) {
	const full, floor, awake, asleep = 1000, 40, 5, 3000 // rounds
	s := spinner{full: full, probe: probeReach * full, floor: floor, budget: floor, probeEvery: probeFirst}
	answer := uint32(asleep)
	for wait := 0; answer == asleep; wait++ {
		if wait > 2*probeLast {
			t.Fatal("each of ", wait, " waits ended in sleep")
		}
		if s.begin() >= answer {
			s.hit()
			answer = awake // the next request comes at once, and meets a server that polls
		} else {
			s.miss()
		}
	}
	for range 1000 {
		if s.begin() < answer {
			t.Fatal("a wait of 5 rounds ended in sleep")
		}
		s.hit()
	}
}
