package plot

import (
	"fmt"
	"html"
	"io"
	"strings"
)

// SVG writes a picture that stands alone: it follows the reader's choice of light or dark by itself.
func SVG(w io.Writer, p Picture) error {
	title, note := p.Caption()
	width, height := p.size()
	s := &svg{}
	s.print(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 %g %g %g" role="img" aria-label="%s">`, -header, width, height+header, html.EscapeString(title))
	s.print("<title>%s</title><desc>%s</desc><style>%s</style>", html.EscapeString(title), html.EscapeString(note), Style)
	s.print(`<rect class="f0" y="%g" width="%g" height="%g"/>`, -header, width, height+header)
	drawTitle(s, title)
	p.draw(s)
	s.print("</svg>\n")
	_, err := io.WriteString(w, s.String())
	return err
}

// Inline is the picture as a part of a page that holds Style.
func Inline(p Picture) string {
	title, note := p.Caption()
	width, height := p.size()
	s := &svg{}
	s.print(`<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, width, height, html.EscapeString(title))
	s.print("<title>%s</title><desc>%s</desc>", html.EscapeString(title), html.EscapeString(note))
	p.draw(s)
	s.print("</svg>")
	return s.String()
}

// Style gives each ink its colour, for fill (f) and stroke (s).
var Style = style()

func style() string {
	var s strings.Builder
	colours := func(inks []string) {
		for i, colour := range inks {
			fmt.Fprintf(&s, ".f%d{fill:%s}.s%d{stroke:%s;fill:none}", i, colour, i, colour)
		}
	}
	s.WriteString("text{font-family:system-ui,sans-serif}")
	colours(lightInks)
	s.WriteString("@media(prefers-color-scheme:dark){")
	colours(darkInks)
	s.WriteString("}")
	return s.String()
}

type svg struct{ strings.Builder }

func (s *svg) print(format string, values ...any) { fmt.Fprintf(&s.Builder, format, values...) }

func (s *svg) line(i ink, width float64, dashed bool, places ...place) {
	dash := ""
	if dashed {
		dash = ` stroke-dasharray="6 4"`
	}
	s.print(`<polyline class="s%d" stroke-width="%g"%s points="`, i, width, dash)
	for n, p := range places {
		if n > 0 {
			s.print(" ")
		}
		s.print("%.1f,%.1f", p.x, p.y)
	}
	s.print(`"/>`)
}

func (s *svg) mark(i ink, shape int, at place) {
	switch outline, stroke := outline(shape, at); {
	case shape == 0:
		s.print(`<circle class="f%d" cx="%.1f" cy="%.1f" r="%g"/>`, i, at.x, at.y, markRadius)
	case shape == 4:
		s.print(`<circle class="s%d" stroke-width="2" cx="%.1f" cy="%.1f" r="%g"/>`, i, at.x, at.y, markRadius)
	case stroke:
		for n := 0; n+1 < len(outline); n += 2 {
			s.line(i, 2, false, outline[n], outline[n+1])
		}
	default:
		s.print(`<polygon class="f%d" points="`, i)
		for _, p := range outline {
			s.print("%.1f,%.1f ", p.x, p.y)
		}
		s.print(`"/>`)
	}
}

func (s *svg) text(i ink, size float64, bold bool, a anchor, at place, words string) {
	weight := ""
	if bold {
		weight = ` font-weight="600"`
	}
	s.print(`<text class="f%d" x="%.1f" y="%.1f" font-size="%g" text-anchor="%s"%s>%s</text>`,
		i, at.x, at.y, size, []string{"start", "middle", "end"}[a], weight, html.EscapeString(words))
}

const markRadius = 4.2

// outline gives the corners of a shape, or the ends of its strokes.
func outline(shape int, at place) (corners []place, stroke bool) {
	r := markRadius
	corner := func(dx, dy float64) place { return place{at.x + dx*r, at.y + dy*r} }
	switch shape {
	case 1:
		return []place{corner(-0.9, -0.9), corner(0.9, -0.9), corner(0.9, 0.9), corner(-0.9, 0.9)}, false
	case 2:
		return []place{corner(0, -1.2), corner(1.1, 0.8), corner(-1.1, 0.8)}, false
	case 3:
		return []place{corner(0, -1.3), corner(1.1, 0), corner(0, 1.3), corner(-1.1, 0)}, false
	case 5:
		return []place{corner(-1, -1), corner(1, 1), corner(-1, 1), corner(1, -1)}, true
	default:
		return nil, false
	}
}
