package stats

import (
	"math"
	"math/rand/v2"
	"slices"
)

// A sample is stretches drawn from windows. It counts how often each was drawn, by rank, so that a median takes no sorting.
type sample struct {
	sorted []float64
	ranks  []int // by window
	drawn  []int // by rank
	size   int
}

func newSample(windows []float64) *sample {
	order := make([]int, len(windows))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		switch {
		case windows[i] < windows[j]:
			return -1
		case windows[i] > windows[j]:
			return 1
		default:
			return i - j
		}
	})
	s := &sample{sorted: make([]float64, len(windows)), ranks: make([]int, len(windows)), drawn: make([]int, len(windows))}
	for rank, window := range order {
		s.sorted[rank], s.ranks[window] = windows[window], rank
	}
	return s
}

func (s *sample) clear() {
	clear(s.drawn)
	s.size = 0
}

// add draws the windows of one stretch.
func (s *sample) add(from, count int) {
	for _, rank := range s.ranks[from : from+count] {
		s.drawn[rank]++
	}
	s.size += count
}

// anew draws as many windows as there are, in stretches, and returns their median.
func (s *sample) anew(random *rand.Rand) float64 {
	s.clear()
	stretch := stretchOf(len(s.ranks))
	for s.size < len(s.ranks) {
		s.add(random.IntN(len(s.ranks)-stretch+1), stretch)
	}
	return s.median()
}

// median of what was drawn, which must not be nothing.
func (s *sample) median() float64 {
	low, high := (s.size-1)/2, s.size/2
	seen := 0
	for rank, times := range s.drawn {
		seen += times
		if seen > high {
			if seen-times > low {
				return (s.sorted[rank-s.gap(rank)] + s.sorted[rank]) / 2
			}
			return s.sorted[rank]
		}
	}
	return math.NaN()
}

// gap is the distance to the next lower rank that was drawn.
func (s *sample) gap(rank int) int {
	gap := 1
	for s.drawn[rank-gap] == 0 {
		gap++
	}
	return gap
}

// stretchOf is how many neighbouring windows are drawn together.
func stretchOf(windows int) int { return max(1, int(math.Sqrt(float64(windows)))) }
