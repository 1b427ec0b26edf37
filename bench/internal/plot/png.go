package plot

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strconv"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

const zoom = 2 // pixels a point

// PNG writes a picture on light paper.
func PNG(w io.Writer, p Picture) error {
	width, height := p.size()
	title, _ := p.Caption()
	pixels := image.NewRGBA(image.Rect(0, -header*zoom, int(width*zoom), int(math.Ceil(height*zoom))))
	draw.Draw(pixels, pixels.Bounds(), image.NewUniform(colourOf(paper)), image.Point{}, draw.Src)
	r := &raster{pixels: pixels, fonts: map[fontKey]font.Face{}}
	drawTitle(r, title)
	p.draw(r)
	if r.err != nil {
		return r.err
	}
	return png.Encode(w, pixels)
}

type fontKey struct {
	size float64
	bold bool
}

type raster struct {
	pixels *image.RGBA
	fonts  map[fontKey]font.Face
	err    error
}

func colourOf(i ink) color.RGBA {
	n, err := strconv.ParseUint(lightInks[i][1:], 16, 32)
	if err != nil {
		panic("the palette holds " + lightInks[i])
	}
	return color.RGBA{byte(n >> 16), byte(n >> 8), byte(n), 255}
}

// fill paints a polygon.
func (r *raster) fill(i ink, corners ...place) {
	lowX, lowY, highX, highY := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, c := range corners {
		lowX, lowY = math.Min(lowX, c.x*zoom), math.Min(lowY, c.y*zoom)
		highX, highY = math.Max(highX, c.x*zoom), math.Max(highY, c.y*zoom)
	}
	box := image.Rect(int(math.Floor(lowX))-1, int(math.Floor(lowY))-1, int(highX)+2, int(highY)+2)
	shape := vector.NewRasterizer(box.Dx(), box.Dy())
	for n, c := range corners {
		x, y := float32(c.x*zoom-float64(box.Min.X)), float32(c.y*zoom-float64(box.Min.Y))
		if n == 0 {
			shape.MoveTo(x, y)
		} else {
			shape.LineTo(x, y)
		}
	}
	shape.ClosePath()
	shape.Draw(r.pixels, box, image.NewUniform(colourOf(i)), image.Point{})
}

func (r *raster) disc(i ink, at place, radius float64) {
	corners := make([]place, 24)
	for n := range corners {
		sin, cos := math.Sincos(2 * math.Pi * float64(n) / float64(len(corners)))
		corners[n] = place{at.x + radius*cos, at.y + radius*sin}
	}
	r.fill(i, corners...)
}

func (r *raster) line(i ink, width float64, dashed bool, places ...place) {
	for n := 0; n+1 < len(places); n++ {
		a, b := places[n], places[n+1]
		if !dashed {
			r.stroke(i, width, a, b)
			if n > 0 && width > 1 {
				r.disc(i, a, width/2)
			}
			continue
		}
		length := math.Hypot(b.x-a.x, b.y-a.y)
		along := func(at float64) place {
			part := math.Min(at, length) / length
			return place{a.x + part*(b.x-a.x), a.y + part*(b.y-a.y)}
		}
		for at := 0.0; at < length; at += 10 {
			r.stroke(i, width, along(at), along(at+6))
		}
	}
}

func (r *raster) stroke(i ink, width float64, a, b place) {
	length := math.Hypot(b.x-a.x, b.y-a.y)
	if length == 0 {
		return
	}
	dx, dy := -(b.y-a.y)/length*width/2, (b.x-a.x)/length*width/2
	r.fill(i, place{a.x + dx, a.y + dy}, place{b.x + dx, b.y + dy}, place{b.x - dx, b.y - dy}, place{a.x - dx, a.y - dy})
}

func (r *raster) mark(i ink, shape int, at place) {
	switch outline, stroke := outline(shape, at); {
	case shape == 0:
		r.disc(i, at, markRadius)
	case shape == 4:
		r.disc(i, at, markRadius+1)
		r.disc(paper, at, markRadius-1)
	case stroke:
		for n := 0; n+1 < len(outline); n += 2 {
			r.stroke(i, 2, outline[n], outline[n+1])
		}
	default:
		r.fill(i, outline...)
	}
}

func (r *raster) text(i ink, size float64, bold bool, a anchor, at place, words string) {
	face, err := r.face(fontKey{size, bold})
	if err != nil {
		r.err = err
		return
	}
	width := float64(font.MeasureString(face, words)) / 64 / zoom
	switch a {
	case middle:
		at.x -= width / 2
	case right:
		at.x -= width
	}
	pen := font.Drawer{Dst: r.pixels, Src: image.NewUniform(colourOf(i)), Face: face,
		Dot: fixed.Point26_6{X: fixed.Int26_6(at.x * zoom * 64), Y: fixed.Int26_6(at.y * zoom * 64)}}
	pen.DrawString(words)
}

func (r *raster) face(key fontKey) (font.Face, error) {
	if face, ok := r.fonts[key]; ok {
		return face, nil
	}
	source := goregular.TTF
	if key.bold {
		source = gobold.TTF
	}
	parsed, err := opentype.Parse(source)
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: key.size, DPI: 72 * zoom, Hinting: font.HintingNone})
	r.fonts[key] = face
	return face, err
}
