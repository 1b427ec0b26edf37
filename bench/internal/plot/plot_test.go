package plot

import (
	"math"
	"strconv"
	"testing"
)

func TestScale(t *testing.T) {
	t.Run("decades are equally far apart, larger values at the end", func(t *testing.T) {
		s := newScale([]float64{10, 1000}, 0, 100, 0)
		if s.at(10) != 0 || math.Abs(s.at(100)-50) > 1e-9 || math.Abs(s.at(1000)-100) > 1e-9 {
			t.Errorf("got %v %v %v", s.at(10), s.at(100), s.at(1000))
		}
	})
	t.Run("a zero has a place of its own before the smallest value", func(t *testing.T) {
		s := newScale([]float64{0, 100, 1000}, 20, 200, 0)
		if s.at(0) != 20 || s.at(100) < 20+zeroGap-1e-9 {
			t.Errorf("got %v and %v", s.at(0), s.at(100))
		}
	})
	t.Run("there are ticks on every scale, each on it", func(t *testing.T) {
		for _, values := range [][]float64{{50}, {50, 52}, {9, 31}, {1, 1e9}, {0.002, 0.3}, nil} {
			s := newScale(values, 0, 100, 0.05)
			ticks := s.ticks()
			if len(ticks) == 0 {
				t.Errorf("%v: no tick", values)
			}
			for _, tick := range ticks {
				if at := s.at(tick); at < -1e-6 || at > 100+1e-6 {
					t.Errorf("%v: tick %v is at %v", values, tick, at)
				}
			}
		}
	})
	t.Run("ticks at measured values do not touch", func(t *testing.T) {
		s := newScale([]float64{1, 1000}, 0, 100, 0)
		ticks := s.ticksAt([]float64{1000, 1, 2, 10, 10, 11}, 20)
		if len(ticks) != 3 || ticks[0] != 1 || ticks[1] != 10 || ticks[2] != 1000 {
			t.Errorf("got %v", ticks)
		}
	})
}

func TestWrite(t *testing.T) {
	for _, c := range []struct {
		kind  Kind
		value float64
		want  string
	}{
		{Nanoseconds, 3.456, "3.46 ns"}, {Nanoseconds, 1000, "1 µs"}, {Nanoseconds, 121500, "122 µs"}, {Nanoseconds, 2.5e9, "2.5 s"},
		{Bytes, 64, "64 B"}, {Bytes, 65536, "64 KiB"}, {Bytes, 1 << 20, "1 MiB"}, {Count, 4096, "4,096"}, {Count, 1234567, "1,234,567"},
		{Percentile, 10, "p90"}, {Percentile, 1000, "p99.9"}, {Percentile, 100000, "p99.999"}, {Times, 0.25, "0.25x"},
	} {
		t.Run(c.want, func(t *testing.T) {
			if got := c.kind.Write(c.value); got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestLabels(t *testing.T) {
	t.Run("names that would overlap move apart, and stay on the picture", func(t *testing.T) {
		for _, at := range [][]float64{{100, 101, 102}, {0, 0, 0, 0}, {498, 499, 500, 500}, {10, 200, 300}} {
			var labels []label
			for _, y := range at {
				labels = append(labels, label{y: y, from: place{0, y}})
			}
			spread(labels, 40, 446)
			for i, l := range labels {
				if l.y < 40 || l.y > 446 || i > 0 && l.y < labels[i-1].y+labelHeight-1e-9 {
					t.Errorf("%v: label %d is at %v", at, i, l.y)
				}
			}
		}
	})
	t.Run("a name with room stays where its curve ends", func(t *testing.T) {
		labels := []label{{y: 300}, {y: 100}}
		if spread(labels, 40, 446); labels[0].y != 100 || labels[1].y != 300 {
			t.Errorf("got %+v", labels)
		}
	})
}

// Contrast as WCAG has it.
func contrast(t *testing.T, a, b string) float64 {
	light := func(colour string) float64 {
		n, err := strconv.ParseUint(colour[1:], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		part := func(shift uint) float64 {
			c := float64(n>>shift&255) / 255
			if c <= 0.03928 {
				return c / 12.92
			}
			return math.Pow((c+0.055)/1.055, 2.4)
		}
		return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
	}
	x, y := light(a), light(b)
	return (math.Max(x, y) + 0.05) / (math.Min(x, y) + 0.05)
}

func TestInks(t *testing.T) {
	t.Run("each role has its colour on light and dark paper", func(t *testing.T) {
		if len(lightInks) != len(darkInks) {
			t.Errorf("%d and %d", len(lightInks), len(darkInks))
		}
	})
	t.Run("curves and text can be read on their paper", func(t *testing.T) {
		for _, inks := range [][]string{lightInks, darkInks} {
			for i, colour := range inks {
				least := 3.0
				if ink(i) == text {
					least = 7
				}
				if ink(i) != paper && ink(i) != grid && contrast(t, colour, inks[paper]) < least {
					t.Errorf("%s on %s has contrast %.1f", colour, inks[paper], contrast(t, colour, inks[paper]))
				}
			}
		}
	})
}
