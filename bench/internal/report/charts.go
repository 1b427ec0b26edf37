package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ringcall/ringcall/bench/internal/plot"
	"github.com/ringcall/ringcall/bench/internal/turns"
)

// A view is one kind of curve: cost against one parameter. A row with several parameters is in the last view that has one of them.
type view struct {
	param, title, axis, one string
	kind                    plot.Kind
	together                bool // the cost is that of one of x calls made together, so that x times the cost is what follows a law
	levels                  bool // with the lines of cgo and of the floor
}

var views = []view{
	{param: turns.InFlight, title: "Cost of a call against calls in flight", axis: "calls posted together, or kept in flight", one: "call", together: true, levels: true},
	{param: turns.Payload, title: "Cost of an echo against its payload", axis: "payload, there and back", one: "KiB", kind: plot.Bytes},
	{param: turns.Goroutines, title: "Cost of a call against goroutines that make them", axis: "goroutines making blocking calls on one client", one: "goroutine", levels: true},
	{param: turns.Clients, title: "Cost of a call against clients of one server", axis: "clients attached", one: "client", levels: true},
	{param: turns.HandlerNs, title: "Cost of a call against what its handler takes", axis: "time the handler takes", one: "ns of the handler", kind: plot.Nanoseconds},
}

// Pictures returns what this run can show, the curve against calls in flight first, and the titles of what it cannot.
func (r *Report) Pictures() (drawn []plot.Picture, missing []string) {
	for i, v := range views {
		charts := r.curves(i)
		if len(charts) == 0 {
			missing = append(missing, v.title)
		}
		for _, chart := range charts {
			drawn = append(drawn, chart)
		}
	}
	if chart := r.latencyCurves(); chart != nil {
		drawn = append(drawn, chart)
	} else {
		missing = append(missing, "Latencies")
	}
	if len(r.Rows) > 0 {
		drawn = append(drawn, r.ranges())
	}
	return drawn, missing
}

// holds says whether a row belongs to a view.
func holds(at int, row *Row) bool {
	if row.Workload == "" || len(row.Windows) == 0 || !(row.Summary.P50 > 0) {
		return false
	}
	for i := len(views) - 1; i >= 0; i-- {
		if _, has := row.Params[views[i].param]; has {
			return i == at
		}
	}
	return false
}

// curves are the charts of a view, one a workload. A chart needs a curve of two points at least.
func (r *Report) curves(at int) []*plot.Chart {
	var workloads []string
	rows := map[string][]*Row{}
	for i := range r.Rows {
		if row := &r.Rows[i]; holds(at, row) {
			if rows[row.Workload] == nil {
				workloads = append(workloads, row.Workload)
			}
			rows[row.Workload] = append(rows[row.Workload], row)
		}
	}
	v := views[at]
	var charts []*plot.Chart
	for _, workload := range workloads {
		series := seriesOf(rows[workload], v.param)
		if !slices.ContainsFunc(series, func(s plot.Series) bool { return len(s.Points) > 1 }) {
			continue
		}
		chart := &plot.Chart{ID: v.param, Title: v.title, X: plot.Axis{Label: v.axis, Kind: v.kind},
			Y: plot.Axis{Label: "time per call: median, and p10 to p99 of the windows; both axes logarithmic", Kind: plot.Nanoseconds}, Series: series}
		if len(charts) > 0 {
			chart.ID, chart.Title = v.param+"-"+workload, v.title+" ("+workload+")"
		}
		notes := untrusted(series)
		if v.levels {
			notes = append(notes, r.addLevels(chart, v.together)...)
		}
		for _, s := range series {
			if law := v.law(s); law != "" {
				notes = append(notes, s.Name+": "+law+".")
			}
		}
		chart.Note = strings.Join(notes, " ")
		charts = append(charts, chart)
	}
	return charts
}

func untrusted(series []plot.Series) []string {
	points, noisy := 0, 0
	for _, s := range series {
		for _, p := range s.Points {
			points++
			if p.Muted {
				noisy++
			}
		}
	}
	if noisy == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%d of %d points, the grey ones, are not to be trusted: %s.", noisy, points, Noisy)}
}

// seriesOf gathers rows into curves. Where two rows of a curve have the same x, as four runs of 64 and two of 128 do, the cheaper is drawn;
// the table has both.
func seriesOf(rows []*Row, param string) []plot.Series {
	var all []plot.Series
	for _, row := range rows {
		at := slices.IndexFunc(all, func(s plot.Series) bool { return s.Name == row.series() })
		if at < 0 {
			all, at = append(all, plot.Series{Name: row.series()}), len(all)
		}
		all[at].Points = append(all[at].Points, plot.Point{X: row.Params[param], Y: row.Summary.P50, Low: row.Summary.P10, High: row.Summary.P99, Muted: row.Noisy != ""})
	}
	for i := range all {
		s := &all[i]
		slices.SortFunc(s.Points, func(a, b plot.Point) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
		s.Points = slices.CompactFunc(s.Points, func(a, b plot.Point) bool { return a.X == b.X })
	}
	return all
}

func (row *Row) series() string {
	if row.Series != "" {
		return row.Series
	}
	peer, _, _ := strings.Cut(row.Name, "/")
	return peer
}

// addLevels draws the lines of cgo and the floor, and with crossings marks where the curves pass cgo's.
func (r *Report) addLevels(chart *plot.Chart, crossings bool) (notes []string) {
	cgo := r.Row(cgoRow)
	if cgo != nil && cgo.Noisy == "" && crossings {
		var passed []string
		for _, s := range chart.Series {
			if x, y, ok := crossing(s.Points, cgo.Summary.P50); ok {
				passed = append(passed, fmt.Sprintf("%s at %s", s.Name, plot.Count.Write(math.Round(x))))
				chart.Marks = append(chart.Marks, plot.Mark{X: x, Y: y, Text: "from " + plot.Count.Write(math.Round(x))})
			}
		}
		if len(passed) > 0 {
			notes = append(notes, fmt.Sprintf("Cheaper than a cgo call (%s) from: %s.", plot.Nanoseconds.Write(cgo.Summary.P50), strings.Join(passed, "; ")))
		}
	}
	for _, level := range []struct {
		row  *Row
		name string
	}{{cgo, "one cgo call"}, {r.Row(floorRow), "floor: one line there and back"}} {
		if level.row == nil {
			continue
		}
		// A line instead of a single point.
		chart.Series = slices.DeleteFunc(chart.Series, func(s plot.Series) bool { return s.Name == level.row.series() && len(s.Points) == 1 && !s.Level })
		if !slices.ContainsFunc(chart.Series, func(s plot.Series) bool { return s.Name == level.row.series() && len(s.Points) > 1 }) {
			chart.Series = append(chart.Series, plot.Series{Name: level.name, Level: true, Points: []plot.Point{{Y: level.row.Summary.P50}}})
		}
	}
	return notes
}

// crossing is where a falling curve first passes a level, between two points along a straight line on logarithmic axes.
func crossing(points []plot.Point, level float64) (x, y float64, ok bool) {
	for i := 0; i+1 < len(points); i++ {
		a, b := points[i], points[i+1]
		if a.Y > level && b.Y <= level && a.X > 0 && !a.Muted && !b.Muted {
			part := math.Log(a.Y/level) / math.Log(a.Y/b.Y)
			return a.X * math.Pow(b.X/a.X, part), level, true
		}
	}
	return 0, 0, false
}

func (r *Report) latencyCurves() *plot.Chart {
	chart := &plot.Chart{ID: "latency", Title: "Latency of single calls in an open loop",
		Note: "Each call counts from its intended start, which the rate alone sets. A curve ends where fewer than ten calls lie beyond it.",
		X:    plot.Axis{Label: "share of the calls that were no slower", Kind: plot.Percentile}, Y: plot.Axis{Label: "latency, logarithmic", Kind: plot.Nanoseconds}}
	for _, l := range r.Latencies {
		s := plot.Series{Name: l.Name + "/s", Smooth: true}
		for i, latency := range l.Curve {
			s.Points = append(s.Points, plot.Point{X: Nines[i], Y: latency})
		}
		if len(s.Points) > 1 {
			chart.Series = append(chart.Series, s)
		}
	}
	if len(chart.Series) == 0 {
		return nil
	}
	return chart
}

func (r *Report) ranges() *plot.Ranges {
	all := &plot.Ranges{ID: "rows", Title: "Every row: p10 to p99 of its windows, and the median",
		Note: "A window averages many calls: p99 is that of windows, not of calls. Grey: " + string(Noisy) + ".",
		X:    plot.Axis{Label: "time per call, record or round trip, logarithmic", Kind: plot.Nanoseconds}}
	for _, row := range r.Rows {
		s := row.Summary
		all.Ranges = append(all.Ranges, plot.Range{Name: row.Name, P10: s.P10, P50: s.P50, P99: s.P99, Muted: row.Noisy != ""})
	}
	return all
}
