package main

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// A row is one thing that is measured: run makes that many calls, and checks every answer.
type row struct {
	name string
	run  func(ctx context.Context, calls int) error
}

// Calls come in multiples of this, so that every row can make them.
const step = 1024

// measure runs the rows in turns, a short window each, so that whatever disturbs the machine disturbs all; it returns each row's median of ns per call,
// and the median of its ratios to the first row's window of the same lap.
func measure(ctx context.Context, rows []row, laps int, window time.Duration) (medians, ratios []float64, err error) {
	counts := make([]int, len(rows))
	for i, r := range rows {
		if counts[i], err = calibrate(ctx, r, window); err != nil {
			return nil, nil, err
		}
	}
	windows := make([][]float64, len(rows))
	for range laps {
		for _, i := range rand.Perm(len(rows)) {
			if err := rows[i].run(ctx, step); err != nil { // wakes the other side
				return nil, nil, err
			}
			begin := time.Now()
			if err := rows[i].run(ctx, counts[i]); err != nil {
				return nil, nil, err
			}
			windows[i] = append(windows[i], float64(time.Since(begin).Nanoseconds())/float64(counts[i]))
		}
	}
	for _, w := range windows {
		ratio := make([]float64, laps)
		for lap := range ratio {
			ratio[lap] = w[lap] / windows[0][lap]
		}
		medians, ratios = append(medians, median(w)), append(ratios, median(ratio))
	}
	return medians, ratios, nil
}

// calibrate finds how many calls fill a window.
func calibrate(ctx context.Context, r row, window time.Duration) (int, error) {
	for calls := step; ; calls *= 2 {
		begin := time.Now()
		if err := r.run(ctx, calls); err != nil {
			return 0, err
		}
		if spent := time.Since(begin); spent >= window/2 {
			return max(1, int(float64(calls)*float64(window)/float64(spent))/step) * step, nil
		}
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[len(sorted)/2] + sorted[(len(sorted)-1)/2]) / 2
}
