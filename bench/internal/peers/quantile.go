package peers

import (
	"slices"
	"time"
)

// quantileCalls is how many calls a quantile is taken of at least.
const quantileCalls = 500

// quantileOfCalls times each of count calls, which make is to tell as they end, and returns count times the quantile of them: as long as
// all would have taken if each had taken that long.
func quantileOfCalls(q float64, count int, calls func(count int, each func()) error) (time.Duration, error) {
	took := make([]time.Duration, 0, count)
	begin := time.Now()
	last := time.Duration(0)
	err := calls(count, func() {
		now := time.Since(begin)
		took = append(took, now-last)
		last = now
	})
	if err != nil || len(took) == 0 {
		return 0, err
	}
	slices.Sort(took)
	return took[int(q*float64(len(took)-1))] * time.Duration(count), nil
}
