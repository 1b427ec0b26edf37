package report

import (
	"strings"
	"testing"

	"github.com/ringcall/ringcall/bench/internal/plot"
)

func TestLaw(t *testing.T) {
	curve := func(values ...float64) plot.Series {
		s := plot.Series{Name: "x"}
		for i, x := range []float64{1, 4, 16, 64, 256}[:len(values)] {
			s.Points = append(s.Points, plot.Point{X: x, Y: values[i]})
		}
		return s
	}
	inFlight, goroutines := views[0], views[2]
	for _, c := range []struct {
		name  string
		v     view
		curve plot.Series
		want  string
	}{
		{"calls made together share a fixed cost", inFlight, curve(208, 58, 20.5, 11.125, 8.78125), "200 ns and 8 ns a call, the knee at 25"},
		{"what does not grow is flat", goroutines, curve(300, 303, 299, 301, 305), "flat at 30"},
		{"what only grows is linear", goroutines, curve(10, 40, 160, 640, 2560), "linear, 10 ns a goroutine"},
		{"what falls and stays is flat from there", goroutines, curve(300, 170, 74, 73, 75), "300 ns at first, flat at 74 ns from 16 on"},
		{"what follows no line is not forced into one", goroutines, curve(300, 20, 500, 10, 900), "no line"},
		{"two points are no law", goroutines, curve(300, 20), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := c.v.law(c.curve)
			if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
