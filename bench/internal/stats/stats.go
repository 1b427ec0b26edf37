// Package stats turns windows (nanoseconds per call, one value a window) into figures.
package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
)

// A Summary describes the windows of one row.
type Summary struct {
	P10    float64 `json:"p10"`
	P50    float64 `json:"p50"`
	P99    float64 `json:"p99"`
	Spread float64 `json:"spread"` // the distance between the quartiles, in medians
}

// Summarize returns the zero Summary when there is no window.
func Summarize(windows []float64) Summary {
	if len(windows) == 0 {
		return Summary{}
	}
	sorted := slices.Sorted(slices.Values(windows))
	median := Quantile(sorted, 0.5)
	return Summary{
		P10:    Quantile(sorted, 0.10),
		P50:    median,
		P99:    Quantile(sorted, 0.99),
		Spread: (Quantile(sorted, 0.75) - Quantile(sorted, 0.25)) / median,
	}
}

// Quantile interpolates between the two nearest values of sorted, which must not be empty.
func Quantile(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	below := int(math.Floor(at))
	if below+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	part := at - float64(below)
	return sorted[below]*(1-part) + sorted[below+1]*part
}

// A Ratio is a ratio of medians with the interval that holds it in 95 % of resampled runs.
type Ratio struct {
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Width is the interval's width in units of the value.
func (r Ratio) Width() float64 { return (r.High - r.Low) / r.Value }

const resamples = 400

// RatioOfMedians compares two rows measured in the same laps: a[i] and b[i] ran within some milliseconds of each other. Whole stretches of
// laps are resampled, the same ones for both rows, because a machine's speed drifts and neighbouring windows resemble each other.
// The result is the same for the same windows.
func RatioOfMedians(a, b []float64) Ratio {
	laps := min(len(a), len(b))
	if laps == 0 {
		return Ratio{}
	}
	a, b = a[:laps], b[:laps]
	result := Ratio{Value: Median(a) / Median(b)}
	random := rand.New(rand.NewPCG(1, 2))
	stretch := stretchOf(laps)
	ratios := make([]float64, resamples)
	sampleA, sampleB := newSample(a), newSample(b)
	for i := range ratios {
		sampleA.clear()
		sampleB.clear()
		for sampleA.size < laps {
			from := random.IntN(laps - stretch + 1)
			sampleA.add(from, stretch)
			sampleB.add(from, stretch)
		}
		ratios[i] = sampleA.median() / sampleB.median()
	}
	slices.Sort(ratios)
	result.Low, result.High = Quantile(ratios, 0.025), Quantile(ratios, 0.975)
	return result
}

// Median is the middle of values, which must not be empty.
func Median(values []float64) float64 {
	return Quantile(slices.Sorted(slices.Values(values)), 0.5)
}

// RatioOfRuns compares windows of two different runs, a's median over b's: stretches are resampled on each side by itself.
func RatioOfRuns(a, b []float64) Ratio {
	if len(a) == 0 || len(b) == 0 {
		return Ratio{}
	}
	random := rand.New(rand.NewPCG(5, 6))
	ratios := make([]float64, resamples)
	sampleA, sampleB := newSample(a), newSample(b)
	for i := range ratios {
		ratios[i] = sampleA.anew(random) / sampleB.anew(random)
	}
	slices.Sort(ratios)
	return Ratio{Value: Median(a) / Median(b), Low: Quantile(ratios, 0.025), High: Quantile(ratios, 0.975)}
}

// Round keeps so many significant digits of a value.
func Round(value float64, digits int) float64 {
	if value == 0 || math.IsNaN(value) || math.IsInf(value, 0) {
		return value
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(value, 'e', digits-1, 64), 64)
	if err != nil {
		return value
	}
	return rounded
}
