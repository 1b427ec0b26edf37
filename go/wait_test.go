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
		if s := newSpinner(budget); s.full != math.MaxUint32 {
			t.Errorf("%v came to %d rounds", budget, s.full)
		}
	}
}
