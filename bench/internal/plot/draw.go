package plot

import (
	"math"
	"slices"
)

const (
	chartWidth, chartHeight                        = 900.0, 500.0
	leftMargin, rightMargin, topMargin, footMargin = 78.0, 216.0, 40.0, 54.0
	small, normal                                  = 12.0, 13.0
	labelHeight                                    = 16.0
)

// header is the room above a picture that stands alone: it carries its own title.
const header = 30.0

func drawTitle(on canvas, title string) { on.text(text, 16, true, left, place{8, 22 - header}, title) }

func (c *Chart) size() (width, height float64) { return chartWidth, chartHeight }

func (c *Chart) scales() (x, y scale) {
	var xs, ys []float64
	for _, s := range c.Series {
		for _, p := range s.Points {
			if !s.Level {
				xs = append(xs, p.X)
			}
			for _, v := range []float64{p.Y, p.Low, p.High} {
				if v > 0 {
					ys = append(ys, v)
				}
			}
		}
	}
	return newScale(xs, leftMargin, chartWidth-rightMargin, 0.03), newScale(ys, chartHeight-footMargin, topMargin, 0.05)
}

func (c *Chart) draw(on canvas) {
	x, y := c.scales()
	bottom, end := chartHeight-footMargin, chartWidth-rightMargin
	for _, v := range y.ticks() {
		on.line(grid, 1, false, place{leftMargin, y.at(v)}, place{end, y.at(v)})
		on.text(muted, small, false, right, place{leftMargin - 8, y.at(v) + 4}, c.Y.Kind.Write(v))
	}
	on.line(muted, 1, false, place{leftMargin, bottom}, place{end, bottom})
	for _, v := range c.xTicks(x) {
		on.line(muted, 1, false, place{x.at(v), bottom}, place{x.at(v), bottom + 5})
		on.text(muted, small, false, middle, place{x.at(v), bottom + 19}, c.X.Kind.Write(v))
	}
	on.text(text, normal, false, left, place{8, topMargin - 18}, c.Y.Label)
	on.text(text, normal, false, middle, place{(leftMargin + end) / 2, chartHeight - 10}, c.X.Label)

	var labels []label
	colour := 0
	for _, s := range c.Series {
		if s.Level {
			at := y.at(s.Points[0].Y)
			on.line(text, 1.4, true, place{leftMargin, at}, place{end, at})
			labels = append(labels, label{text, s.Name, place{end, at}, at})
			continue
		}
		at := drawCurve(on, s, colour, x, y)
		labels = append(labels, label{seriesInk(colour), s.Name, at, at.y})
		colour++
	}
	for _, m := range c.Marks {
		at := place{x.at(m.X), y.at(m.Y)}
		on.line(text, 1, false, at, place{at.x, at.y - 26})
		on.text(text, small, true, middle, place{at.x, at.y - 31}, m.Text)
	}
	drawLabels(on, labels, end)
}

func (c *Chart) xTicks(x scale) []float64 {
	var values []float64
	for _, s := range c.Series {
		if s.Smooth {
			return x.ticks()
		}
		for _, p := range s.Points {
			if !s.Level {
				values = append(values, p.X)
			}
		}
	}
	return x.ticksAt(values, 44)
}

func drawCurve(on canvas, s Series, colour int, x, y scale) (end place) {
	var curve []place
	for _, p := range s.Points {
		curve = append(curve, place{x.at(p.X), y.at(p.Y)})
	}
	i := seriesInk(colour)
	for _, p := range s.Points {
		if p.Low > 0 && p.High > p.Low {
			on.line(i, 1, false, place{x.at(p.X), y.at(p.Low)}, place{x.at(p.X), y.at(p.High)})
		}
	}
	if len(curve) > 1 {
		on.line(i, 2, false, curve...)
	}
	if !s.Smooth {
		for n, at := range curve {
			pen := i
			if s.Points[n].Muted {
				pen = muted
			}
			on.mark(pen, colour%shapes, at)
		}
	}
	return curve[len(curve)-1]
}

// A label is a curve's name at the right, joined to the curve's end.
type label struct {
	ink  ink
	name string
	from place
	y    float64
}

func drawLabels(on canvas, labels []label, end float64) {
	spread(labels, topMargin, chartHeight-footMargin)
	for _, l := range labels {
		if end-l.from.x > 1 || math.Abs(l.y-l.from.y) > 3 {
			on.line(grid, 1, false, place{l.from.x + 6, l.from.y}, place{end + 8, l.y})
		}
		on.text(l.ink, normal, false, left, place{end + 12, l.y + 4}, l.name)
	}
}

// spread moves labels apart, each as little as its neighbours allow.
func spread(labels []label, top, bottom float64) {
	slices.SortStableFunc(labels, func(a, b label) int { return int(math.Copysign(1, a.y-b.y)) })
	for i := range labels {
		labels[i].y = max(labels[i].y, top)
		if i > 0 {
			labels[i].y = max(labels[i].y, labels[i-1].y+labelHeight)
		}
	}
	limit := bottom
	for i := len(labels) - 1; i >= 0 && labels[i].y > limit; i-- {
		labels[i].y = limit
		limit -= labelHeight
	}
}

const (
	rangesLeft = 230.0
	rangesLine = 17.0
	rangesTop  = 28.0
)

func (r *Ranges) size() (width, height float64) {
	return chartWidth, rangesTop + rangesLine*float64(len(r.Ranges)) + footMargin
}

func (r *Ranges) draw(on canvas) {
	_, height := r.size()
	var values []float64
	for _, one := range r.Ranges {
		values = append(values, one.P10, one.P99)
	}
	end, bottom := chartWidth-90, height-footMargin
	x := newScale(values, rangesLeft, end, 0.02)
	for _, v := range x.ticks() {
		on.line(grid, 1, false, place{x.at(v), rangesTop - 8}, place{x.at(v), bottom})
		on.text(muted, small, false, middle, place{x.at(v), bottom + 19}, r.X.Kind.Write(v))
	}
	on.text(text, normal, false, middle, place{(rangesLeft + end) / 2, height - 10}, r.X.Label)
	for i, one := range r.Ranges {
		at := rangesTop + rangesLine*(float64(i)+0.25)
		pen, word := seriesInk(0), text
		if one.Muted {
			pen, word = muted, muted
		}
		on.text(word, small, false, right, place{rangesLeft - 12, at + 4}, one.Name)
		on.line(pen, 2, false, place{x.at(one.P10), at}, place{x.at(one.P99), at})
		on.mark(pen, 0, place{x.at(one.P50), at})
		on.text(word, small, false, left, place{end + 12, at + 4}, r.X.Kind.Write(one.P50))
	}
}
