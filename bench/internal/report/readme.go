package report

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ringcall/ringcall/bench/internal/plot"
	"github.com/ringcall/ringcall/bench/internal/stats"
)

// Markers stand around what Figures wrote; the first names the saved run that it is from.
const (
	markerBegin = "<!-- figures of "
	markerEnd   = "<!-- end of figures -->"
	markerClose = " (written by tools/bench --readme; not by hand) -->"
)

// lines are what a reader wants to know first. A row that a run has not is left out, a line without rows as well.
var lines = []struct {
	label string
	rows  []string
}{
	{"one blocking call at a time, raw / typed", []string{"ringcall/call", "ringcall/typed-call"}},
	{"the same with a deadline", []string{"ringcall/call-deadline"}},
	{"a run of 16 / 64 / 256 typed calls (`NewAddRun`), posted and awaited", []string{"ringcall/records=16", "ringcall/records=64", "ringcall/records=256"}},
	{"64 / 256 typed calls kept in flight, as four runs", []string{"ringcall/records=4x16", "ringcall/records=4x64"}},
	{"a `Run` of 16 / 64 / 256 raw calls, which may be of many methods", []string{"ringcall/run=16", "ringcall/run=64", "ringcall/run=256"}},
	{"a dense batch of 256 / 1,024 / 4,096, awaited", []string{"ringcall/dense=256", "ringcall/dense=1024", "ringcall/dense=4096"}},
	{"the same, four in flight", []string{"ringcall/dense=4x256", "ringcall/dense=4x1024", "ringcall/dense=4x4096"}},
	{"a Go loop that does it all alone, no call at all", []string{"go/dense=4096"}},
	{"one cgo call", []string{"cgo/call"}},
	{"the floor: one cache line there and back", []string{"floor/round"}},
	{"both sides asleep before each call", []string{"ringcall/parked"}},
	{"a Unix socket through `net.Conn`", []string{"unix/echo"}},
}

// Figures is the part of the project's README that a saved run gives, in Markdown, markers included. name is the run's path from the project's root.
func (r *Report) Figures(name string) string {
	var out strings.Builder
	say := func(format string, values ...any) { fmt.Fprintf(&out, format+"\n", values...) }
	say("%s%s%s", markerBegin, name, markerClose)
	h := r.Host
	say("%s, %d cores; kernel %s; virtualised: %s; governor: %s; %s; %s; commit %s; %s.", h.CPU, h.Cores, h.Kernel, h.Virtualised, h.Governor, h.Compiler, h.Go, h.Commit, h.Placement)
	say("%s: %d interleaved windows a row; the hypervisor took %.3f cores, other processes %.3f; %d of %d seconds were left out for that, and the medians are of the others.",
		r.Started.UTC().Format("2 January 2006"), r.Laps, r.Load.Steal, r.Load.Foreign, r.LeftOut, r.Stretches)
	say("")
	say("| two ints in, their sum out | per call | of one cgo call | of the floor |")
	say("|---|---|---|---|")
	for _, line := range lines {
		var per, cgo, floor []string
		for _, name := range line.rows {
			row := r.Row(name)
			switch {
			case row == nil:
			case row.Noisy != "":
				per, cgo, floor = append(per, "too noisy to judge"), append(cgo, "-"), append(floor, "-")
			default:
				per, cgo, floor = append(per, plot.Nanoseconds.Write(row.Summary.P50)), append(cgo, multiple(row.Cgo)), append(floor, multiple(row.Floor))
			}
		}
		if len(per) == len(line.rows) {
			say("| %s | %s | %s | %s |", line.label, strings.Join(per, " / "), strings.Join(cgo, " / "), strings.Join(floor, " / "))
		}
	}
	if len(r.Targets) > 0 {
		say("")
		say("| to reach | of | at most | measured | of the floor | |")
		say("|---|---|---|---|---|---|")
		for i := range r.Targets {
			t := &r.Targets[i]
			measured, floor := t.Measured(), multiple(t.Floor)
			if t.Verdict == Noisy {
				measured, floor = "-", "-"
			}
			say("| `%s` | %s | %s | %s | %s | %s |", t.Subject(), t.Object(), t.Bound(), measured, floor, t.Verdict)
		}
	}
	say("%s", markerEnd)
	return out.String()
}

func multiple(r *stats.Ratio) string {
	if r == nil {
		return "-"
	}
	if r.Value < 100 {
		return fmt.Sprintf("%.2gx", r.Value)
	}
	// Two digits, too, with a comma before each third.
	whole := strconv.FormatFloat(stats.Round(r.Value, 2), 'f', 0, 64)
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	return whole + "x"
}

// FindFigures returns where a README's figures stand, with their markers, and the path of the run they are from.
func FindFigures(readme string) (begin, end int, run string, err error) {
	begin = strings.Index(readme, markerBegin)
	if begin < 0 {
		return 0, 0, "", fmt.Errorf("there is no line that begins with %q", markerBegin)
	}
	run, _, closed := strings.Cut(readme[begin+len(markerBegin):], markerClose)
	length := strings.Index(readme[begin:], markerEnd)
	if !closed || length < 0 || strings.Contains(run, "\n") {
		return 0, 0, "", fmt.Errorf("the figures begin with %q, but %q or %q is missing behind it", markerBegin, markerClose, markerEnd)
	}
	end = begin + length + len(markerEnd)
	if end < len(readme) && readme[end] == '\n' {
		end++
	}
	return begin, end, run, nil
}
