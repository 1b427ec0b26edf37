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

func TestSample(t *testing.T) {
	t.Run("a sample's median is that of what was drawn", func(t *testing.T) {
		random := rand.New(rand.NewPCG(8, 8))
		for size := 1; size < 60; size++ {
			windows := make([]float64, size)
			for i := range windows {
				windows[i] = float64(random.IntN(20))
			}
			s := newSample(windows)
			for range 20 {
				s.clear()
				var drawn []float64
				for range 1 + random.IntN(5) {
					from := random.IntN(size)
					count := 1 + random.IntN(size-from)
					s.add(from, count)
					drawn = append(drawn, windows[from:from+count]...)
				}
				if got, want := s.median(), Median(drawn); !near(got, want) {
					t.Fatalf("got %v, want %v of %v", got, want, drawn)
				}
			}
		}
	})
}

func TestRatioOfRuns(t *testing.T) {
	run := func(scale float64, seed uint64) []float64 {
		random := rand.New(rand.NewPCG(seed, 3))
		windows := make([]float64, 100+int(seed))
		for i := range windows {
			windows[i] = scale * (1 + 0.03*random.NormFloat64())
		}
		return windows
	}
	t.Run("runs of different length can be compared", func(t *testing.T) {
		if r := RatioOfRuns(run(120, 1), run(100, 50)); r.Low < 1.15 || r.High > 1.25 || r.Low >= r.High {
			t.Errorf("got %+v, want about 1.2", r)
		}
	})
	t.Run("the interval of equal runs holds one, nineteen times of twenty", func(t *testing.T) {
		held := 0
		for seed := range uint64(40) {
			if r := RatioOfRuns(run(100, 2*seed), run(100, 2*seed+1)); r.Low <= 1 && r.High >= 1 {
				held++
			}
		}
		if held < 34 {
			t.Errorf("%d of 40", held)
		}
	})
	t.Run("no windows give the zero ratio", func(t *testing.T) {
		if r := RatioOfRuns(nil, run(1, 1)); r != (Ratio{}) {
			t.Errorf("got %+v", r)
		}
	})
}

func TestRound(t *testing.T) {
	t.Run("four digits are kept, whatever the size", func(t *testing.T) {
		for value, want := range map[float64]float64{123456: 123500, 0.00123456: 0.001235, -98768: -98770, 0: 0} {
			if got := Round(value, 4); got != want {
				t.Errorf("Round(%v) = %v, want %v", value, got, want)
			}
		}
	})
}

func TestLaw(t *testing.T) {
	x := []float64{1, 16, 64, 256}
	t.Run("a line is found, with its knee", func(t *testing.T) {
		law, ok := FitLaw(x, []float64{207, 312, 648, 1992})
		if !ok || !near(math.Round(law.Fixed*1e6)/1e6, 200) || !near(math.Round(law.Each*1e6)/1e6, 7) || math.Abs(law.Knee()-200.0/7) > 1e-6 || law.Worst > 1e-9 {
			t.Errorf("got %+v %v", law, ok)
		}
	})
	t.Run("a small point counts as much as a large one", func(t *testing.T) {
		law, _ := FitLaw(x, []float64{100, 115, 163, 100000})
		if law.Worst < 0.3 {
			t.Errorf("got %+v: that is no line", law)
		}
	})
	t.Run("no part is negative", func(t *testing.T) {
		for _, y := range [][]float64{{400, 300, 200, 100}, {1, 100, 1000, 100000}} {
			if law, ok := FitLaw(x, y); !ok || law.Fixed < 0 || law.Each < 0 {
				t.Errorf("got %+v %v", law, ok)
			}
		}
	})
	t.Run("what costs nothing more has no knee", func(t *testing.T) {
		if law, _ := FitLaw(x, []float64{5, 5, 5, 5}); !math.IsInf(law.Knee(), 1) {
			t.Errorf("got %v", law.Knee())
		}
	})
	t.Run("two points are no law", func(t *testing.T) {
		if _, ok := FitLaw(x[:2], []float64{1, 2}); ok {
			t.Error("fitted")
		}
	})
}
