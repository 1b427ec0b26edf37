// Package plot draws the benchmark's pictures, each once for SVG and PNG alike: curves with their points, whiskers and names, and a list of
// distributions. A name stands where its curve ends, a colour never tells anything by itself.
package plot

// Kind says how an axis' values are written.
type Kind int

const (
	Count Kind = iota
	Nanoseconds
	Bytes
	Percentile // values are 1/(1-q): 10 is written 90 %, 1000 is written 99.9 %
	Times      // a ratio
)

// An Axis is logarithmic; a zero has a place of its own before the smallest value.
type Axis struct {
	Label string
	Kind  Kind
}

// A Point is a median with its whisker; a whisker from 0 to 0 is none.
type Point struct {
	X, Y, Low, High float64
	Muted           bool // not to be trusted
}

// A Series is one curve. Of a Level only the first point's Y counts: a horizontal line.
type Series struct {
	Name   string
	Points []Point
	Level  bool
	Smooth bool // no marks at the points
}

// A Mark is a place worth a word.
type Mark struct {
	X, Y float64
	Text string
}

// A Chart is one picture. ID names its file.
type Chart struct {
	ID, Title, Note string
	X, Y            Axis
	Series          []Series
	Marks           []Mark
}

// A Range is one line of a Ranges picture.
type Range struct {
	Name          string
	P10, P50, P99 float64
	Muted         bool // not to be trusted
}

// Ranges shows many distributions above each other.
type Ranges struct {
	ID, Title, Note string
	X               Axis
	Ranges          []Range
}

// A Picture can be drawn.
type Picture interface {
	Name() string
	Caption() (title, note string)
	size() (width, height float64)
	draw(canvas)
}

// Name is the file's name without its ending.
func (c *Chart) Name() string { return c.ID }

// Caption is what stands above the picture.
func (c *Chart) Caption() (title, note string) { return c.Title, c.Note }

// Name is the file's name without its ending.
func (r *Ranges) Name() string { return r.ID }

// Caption is what stands above the picture.
func (r *Ranges) Caption() (title, note string) { return r.Title, r.Note }

type place struct{ x, y float64 }

// An ink is a role, not a colour: what it looks like depends on light and dark.
type ink int

const (
	paper ink = iota
	text
	muted
	grid
	firstSeries
)

// Blue, vermillion, green, purple, orange, sky of Okabe and Ito, apart for every kind of colour blindness; on dark paper a little lighter.
var (
	lightInks = []string{"#ffffff", "#1a1a1a", "#666666", "#e4e4e4", "#0072b2", "#d55e00", "#007a5a", "#b0508a", "#a87400", "#2b8cc4", "#555555", "#8b1a1a"}
	darkInks  = []string{"#14161a", "#ececec", "#9a9a9a", "#2c3038", "#56a8e8", "#f08040", "#2cc295", "#e08fbe", "#e6b030", "#8fd0f4", "#bbbbbb", "#e08080"}
)

func seriesInk(index int) ink { return firstSeries + ink(index%(len(lightInks)-int(firstSeries))) }

type anchor int

const (
	left anchor = iota
	middle
	right
)

// A canvas is SVG or pixels. Places are in points from the top left.
type canvas interface {
	line(i ink, width float64, dashed bool, places ...place)
	mark(i ink, shape int, at place) // 0 disc, 1 square, 2 triangle, 3 diamond, 4 ring, 5 cross, then again
	text(i ink, size float64, bold bool, a anchor, at place, s string)
}

const shapes = 6
