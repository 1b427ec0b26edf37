package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestSummary(t *testing.T) {
	t.Run("quantiles interpolate between neighbours", func(t *testing.T) {
		sorted := []float64{1, 2, 3, 4}
		for q, want := range map[float64]float64{0: 1, 0.5: 2.5, 1: 4} {
			if got := Quantile(sorted, q); !near(got, want) {
				t.Errorf("Quantile(%v) = %v, want %v", q, got, want)
			}
		}
	})
	t.Run("one outlier moves neither the median nor the spread", func(t *testing.T) {
		windows := make([]float64, 101)
		for i := range windows {
			windows[i] = 100
		}
		windows[7] = 1e9
		if s := Summarize(windows); s.P50 != 100 || s.P10 != 100 || s.Spread != 0 {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("the windows keep their order", func(t *testing.T) {
		windows := []float64{3, 1, 2}
		Summarize(windows)
		if windows[0] != 3 || windows[1] != 1 {
			t.Errorf("got %v", windows)
		}
	})
	t.Run("no window gives the zero summary", func(t *testing.T) {
		if s := Summarize(nil); s != (Summary{}) {
			t.Errorf("got %+v", s)
		}
	})
}

func TestRatio(t *testing.T) {
	drifting := func(scale float64, seed uint64) []float64 {
		random := rand.New(rand.NewPCG(seed, 9))
		windows := make([]float64, 300)
		for i := range windows {
			machine := 1 + 0.3*math.Sin(float64(i)/40) // both rows see the same drift
			windows[i] = scale * machine * (1 + 0.02*random.NormFloat64())
		}
		return windows
	}
	t.Run("drift common to both rows cancels", func(t *testing.T) {
		ratio := RatioOfMedians(drifting(50, 1), drifting(100, 2))
		if ratio.Value < 0.48 || ratio.Value > 0.52 || ratio.Width() > 0.1 {
			t.Errorf("got %+v", ratio)
		}
	})
	t.Run("the interval holds the value", func(t *testing.T) {
		ratio := RatioOfMedians(drifting(70, 3), drifting(30, 4))
		if ratio.Low > ratio.Value || ratio.High < ratio.Value {
			t.Errorf("got %+v", ratio)
		}
	})
	t.Run("the same windows give the same interval", func(t *testing.T) {
		a, b := drifting(1, 5), drifting(2, 6)
		if RatioOfMedians(a, b) != RatioOfMedians(a, b) {
			t.Error("two results differ")
		}
	})
	t.Run("noise widens the interval", func(t *testing.T) {
		random := rand.New(rand.NewPCG(7, 7))
		noisy := make([]float64, 300)
		for i := range noisy {
			noisy[i] = 50 + 400*random.Float64()
		}
		if ratio := RatioOfMedians(noisy, drifting(100, 8)); ratio.Width() < 0.1 {
			t.Errorf("got %+v", ratio)
		}
	})
	t.Run("a single lap is enough", func(t *testing.T) {
		if ratio := RatioOfMedians([]float64{3}, []float64{2}); ratio != (Ratio{1.5, 1.5, 1.5}) {
			t.Errorf("got %+v", ratio)
		}
	})
}
