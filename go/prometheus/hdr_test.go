package prometheus

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	ringcall "github.com/ringcall/ringcall/go"
)

// An independent implementation that is told the same times must say the same, within what both state: 1/32 of ours, 1/1000 of its three digits.
func TestHistogramsAgreeWithHdrHistogram(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	for _, times := range []struct {
		name string
		draw func() float64
	}{
		{"uniform", func() float64 { return 1e6 * random.Float64() }},
		{"log-normal", func() float64 { return math.Exp(8 + 1.5*random.NormFloat64()) }},
		{"two humps", func() float64 { return 300 + 40*random.NormFloat64() + 50_000*float64(random.IntN(2)) }},
		{"heavy tail", func() float64 { return 200 * math.Pow(1-random.Float64(), -1.2) }},
	} {
		t.Run(times.name, func(t *testing.T) {
			theirs := hdrhistogram.New(1, int64(time.Hour), 3)
			var all []time.Duration
			for range 50_000 {
				ns := min(int64(max(times.draw(), 1)), int64(time.Minute))
				all = append(all, time.Duration(ns))
				if err := theirs.RecordValue(ns); err != nil {
					t.Fatal(err)
				}
			}
			ours := ringcall.NewHistogram(all...)
			if ours.Count() != uint64(theirs.TotalCount()) {
				t.Errorf("ours has %d times, theirs %d", ours.Count(), theirs.TotalCount())
			}
			near := func(what string, ours, theirs, below, above float64) {
				t.Helper()
				if ours < theirs*(1-below)-1 || ours > theirs*(1+above)+1 {
					t.Errorf("%s: ours is %v, theirs %v", what, ours, theirs)
				}
			}
			near("the mean", float64(ours.Mean()), theirs.Mean(), 0.001, 0.001)
			near("the maximum", float64(ours.Max()), float64(theirs.Max()), 0.001, 0.001)
			for _, p := range []float64{1, 10, 50, 75, 90, 99, 99.9, 99.99, 100} {
				near("a percentile", float64(ours.Percentile(p)), float64(theirs.ValueAtPercentile(p)), 0.002, 1./32+0.002)
			}
		})
	}
}
