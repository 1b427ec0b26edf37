package report

import (
	"fmt"
	"math"
	"slices"

	"github.com/ringcall/ringcall/bench/internal/plot"
	"github.com/ringcall/ringcall/bench/internal/stats"
	"github.com/ringcall/ringcall/bench/internal/turns"
)

const (
	lawMax    = 0.30 // a law that misses a point by more is none
	lawSlight = 0.15 // a part that adds less to the other over the whole curve is not worth naming
)

// law says in words how a curve grows, or nothing when it has too few points that can be trusted.
func (v view) law(s plot.Series) string {
	var x, y []float64
	s.Points = slices.DeleteFunc(slices.Clone(s.Points), func(p plot.Point) bool { return p.Muted })
	for _, p := range s.Points {
		x = append(x, p.X)
		if v.together {
			y = append(y, p.Y*p.X)
		} else {
			y = append(y, p.Y)
		}
	}
	law, ok := stats.FitLaw(x, y)
	if !ok || s.Level {
		return ""
	}
	ns := plot.Nanoseconds.Write
	each := fmt.Sprintf("%s a %s", ns(law.Each), v.one)
	switch v.param {
	case turns.Payload:
		each = fmt.Sprintf("%s a %s", ns(law.Each*1024), v.one)
	case turns.HandlerNs:
		each = fmt.Sprintf("%.3gx the handler's time", law.Each)
	}
	least, most := x[0], x[len(x)-1]
	switch {
	case law.Worst > lawMax && flatFrom(s.Points) >= 0:
		from := s.Points[flatFrom(s.Points)]
		return fmt.Sprintf("%s at first, flat at %s from %s on", ns(s.Points[0].Y), ns(from.Y), v.kind.Write(from.X))
	case law.Worst > lawMax:
		return fmt.Sprintf("no line (the best misses a point by %.0f %%)", 100*law.Worst)
	case law.Each*most < lawSlight*law.Fixed:
		return fmt.Sprintf("flat at %s (within %.0f %%)", ns(law.Fixed), 100*law.Worst)
	case law.Fixed < lawSlight*law.Each*math.Max(least, 1e-9):
		return fmt.Sprintf("linear, %s (within %.0f %%)", each, 100*law.Worst)
	default:
		return fmt.Sprintf("%s and %s, the knee at %s (within %.0f %%)", ns(law.Fixed), each, v.kind.Write(stats.Round(law.Knee(), 2)), 100*law.Worst)
	}
}

// flatFrom is the first of three points or more at a curve's end that cost the same, or -1.
func flatFrom(points []plot.Point) int {
	last := len(points) - 1
	from := last
	for from > 0 && math.Abs(points[from-1].Y/points[last].Y-1) < lawSlight {
		from--
	}
	if last-from < 2 {
		return -1
	}
	return from
}
