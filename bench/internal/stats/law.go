package stats

import "math"

// A Law says that something costs a fixed part and a part for each.
type Law struct {
	Fixed float64 `json:"fixed"` // for x = 0
	Each  float64 `json:"each"`  // for one more of x
	Worst float64 `json:"worst"` // the largest deviation of a point from the law, in units of the point
}

// Knee is the x at which both parts weigh the same: below it the fixed part decides, above it the other. Infinite where each costs nothing.
func (l Law) Knee() float64 {
	if l.Each <= 0 {
		return math.Inf(1)
	}
	return l.Fixed / l.Each
}

// FitLaw finds the law with the least sum of squared deviations in units of the points, so that small points count as much as large ones.
// Neither part is ever negative. Fewer than three points, or a point that is not positive, fit no law.
func FitLaw(x, y []float64) (Law, bool) {
	if len(x) < 3 || len(x) != len(y) {
		return Law{}, false
	}
	var s, sx, sxx, sy, sxy float64 // weighted by 1/y^2
	for i := range x {
		if y[i] <= 0 || x[i] < 0 {
			return Law{}, false
		}
		w := 1 / (y[i] * y[i])
		s, sx, sxx, sy, sxy = s+w, sx+w*x[i], sxx+w*x[i]*x[i], sy+w*y[i], sxy+w*x[i]*y[i]
	}
	var law Law
	if determinant := s*sxx - sx*sx; determinant > 0 {
		law.Fixed, law.Each = (sy*sxx-sxy*sx)/determinant, (s*sxy-sx*sy)/determinant
	} else {
		law.Fixed = sy / s
	}
	switch {
	case law.Each < 0:
		law.Fixed, law.Each = sy/s, 0
	case law.Fixed < 0:
		law.Fixed, law.Each = 0, sxy/sxx
	}
	for i := range x {
		law.Worst = math.Max(law.Worst, math.Abs(law.Fixed+law.Each*x[i]-y[i])/y[i])
	}
	return law, true
}
