package plot

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A scale maps values to places on one axis, logarithmically.
type scale struct {
	low, high float64 // logarithms
	from, to  float64 // places
	zero      bool    // there is a zero; its place is from
}

const zeroGap = 46 // points between zero and the smallest value

func newScale(values []float64, from, to, margin float64) scale {
	s := scale{low: math.Inf(1), high: math.Inf(-1), from: from, to: to}
	for _, v := range values {
		if v == 0 {
			s.zero = true
			continue
		}
		s.low, s.high = math.Min(s.low, math.Log10(v)), math.Max(s.high, math.Log10(v))
	}
	if math.IsInf(s.low, 1) {
		s.low, s.high = 0, 1
	}
	span := math.Max(s.high-s.low, 0.3)
	s.low, s.high = s.low-margin*span, s.high+margin*span
	if s.high-s.low < 0.3 {
		s.low, s.high = s.low-0.15, s.high+0.15
	}
	return s
}

func (s scale) at(value float64) float64 {
	from := s.from
	if s.zero {
		if value <= 0 {
			return from
		}
		from += math.Copysign(zeroGap, s.to-s.from)
	}
	return from + (math.Log10(value)-s.low)/(s.high-s.low)*(s.to-from)
}

// ticks are round values within the scale: decades, with 2 and 5 where these are few.
func (s scale) ticks() []float64 {
	steps := []float64{1}
	switch span := s.high - s.low; {
	case span < 1.2:
		steps = []float64{1, 1.5, 2, 3, 4, 5, 7}
	case span < 2.5:
		steps = []float64{1, 2, 5}
	}
	var all []float64
	for decade := math.Floor(s.low); decade <= s.high; decade++ {
		for _, step := range steps {
			if at := decade + math.Log10(step); at >= s.low-1e-9 && at <= s.high+1e-9 {
				all = append(all, step*math.Pow(10, decade))
			}
		}
	}
	return all
}

// ticksAt are the measured values themselves, less those that would touch their neighbour.
func (s scale) ticksAt(values []float64, apart float64) []float64 {
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	var kept []float64
	for _, v := range values {
		if len(kept) == 0 || math.Abs(s.at(v)-s.at(kept[len(kept)-1])) >= apart {
			kept = append(kept, v)
		}
	}
	return kept
}

// Write gives a value of a kind with its unit.
func (k Kind) Write(v float64) string {
	switch k {
	case Nanoseconds:
		return unit(v, 1000, "ns", "µs", "ms", "s")
	case Bytes:
		return unit(v, 1024, "B", "KiB", "MiB", "GiB")
	case Percentile:
		return "p" + strconv.FormatFloat(100-100/v, 'g', 7, 64)
	case Times:
		return short(v) + "x"
	default:
		return short(v)
	}
}

func unit(v, step float64, names ...string) string {
	for _, name := range names[:len(names)-1] {
		if v < step*(1-1e-9) {
			return short(v) + " " + name
		}
		v /= step
	}
	return short(v) + " " + names[len(names)-1]
}

// short writes three digits at least, and thousands with commas.
func short(v float64) string {
	if v >= 1000 {
		whole := fmt.Sprintf("%.0f", v)
		var groups []string
		for len(whole) > 3 {
			groups = append([]string{whole[len(whole)-3:]}, groups...)
			whole = whole[:len(whole)-3]
		}
		return strings.Join(append([]string{whole}, groups...), ",")
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
