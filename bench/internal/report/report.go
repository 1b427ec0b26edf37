// Package report turns measured windows into documents for people and for programs.
package report

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"time"

	"github.com/ringcall/ringcall/bench/internal/host"
	"github.com/ringcall/ringcall/bench/internal/stats"
	"github.com/ringcall/ringcall/bench/internal/turns"
)

// format grows by one when a field changes its meaning.
const format = 2

// Rows that all others are given as multiples of.
const (
	floorRow = "floor/round"
	cgoRow   = "cgo/call"
)

// A Report is one run.
type Report struct {
	Format    int           `json:"format"`
	Started   time.Time     `json:"started"`
	Host      host.Host     `json:"host"`
	Load      host.Load     `json:"load"`
	Stretches int           `json:"stretches"` // the run's parts of about a second
	LeftOut   int           `json:"left_out"`  // those of them in which others disturbed too much
	Laps      int           `json:"laps"`
	Thinned   int           `json:"thinned,omitempty"` // of the windows that the figures are from, each so-many-th is kept
	Window    time.Duration `json:"window_ns"`
	Rows      []Row         `json:"rows"`
	Facts     []Fact        `json:"facts,omitempty"`
	Absent    []Absent      `json:"absent,omitempty"`
	Latencies []Latency     `json:"latencies,omitempty"`
	Targets   []Outcome     `json:"targets"`
}

// A Row is what was measured of one turns.Row, in ns per unit. Figures come from the windows that are not left out.
type Row struct {
	Name     string        `json:"name"`
	What     string        `json:"what"`
	Unit     string        `json:"unit"`
	Group    string        `json:"group,omitempty"`
	Workload string        `json:"workload,omitempty"`
	Series   string        `json:"series,omitempty"`
	Params   turns.Params  `json:"params,omitempty"`
	Summary  stats.Summary `json:"summary"`
	Program  float64       `json:"cpu_program"` // CPU time of the Go program, median
	Helpers  float64       `json:"cpu_helpers"` // of all other processes that are part of it, median
	Noisy    string        `json:"noisy,omitempty"`
	Floor    *stats.Ratio  `json:"x_floor,omitempty"`
	Cgo      *stats.Ratio  `json:"x_cgo,omitempty"`

	Windows    []float64 `json:"windows"`            // by lap: the same index in two rows is the same lap
	LeftOut    []int     `json:"left_out,omitempty"` // laps whose window was in a disturbed stretch
	ProgramCPU []float64 `json:"cpu_program_windows,omitempty"`
	HelpersCPU []float64 `json:"cpu_helpers_windows,omitempty"`
}

// An Absent row was asked for and could not be had.
type Absent struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// A Fact is something that is found once rather than in windows.
type Fact struct {
	Name   string       `json:"name"`
	What   string       `json:"what"`
	Unit   string       `json:"unit"`
	Value  float64      `json:"value"`
	Params turns.Params `json:"params"`
}

// A Run is what New makes a report of.
type Run struct {
	Started   time.Time
	Host      host.Host
	Stretches []host.Load // as turns.Measured numbers them
	Window    time.Duration
	Rows      []turns.Row
	Measured  []turns.Measured
	Latencies []Latency
	Facts     []Fact
	Absent    []Absent
	Targets   []Target
}

// New fills in all that follows from the windows. Targets of which a row was not measured are left out.
func New(run Run) Report {
	r := Report{Format: format, Started: run.Started, Host: run.Host, Load: host.Together(run.Stretches), Stretches: len(run.Stretches),
		Window: run.Window, Latencies: run.Latencies, Facts: run.Facts, Absent: run.Absent}
	bad := make([]bool, len(run.Stretches))
	for i, load := range run.Stretches {
		if bad[i] = disturbed(load); bad[i] {
			r.LeftOut++
		}
	}
	for i, row := range run.Rows {
		r.Laps = len(run.Measured[i].Windows)
		r.Rows = append(r.Rows, newRow(row, run.Measured[i], bad))
	}
	floor, cgo := r.Row(floorRow), r.Row(cgoRow)
	for i := range r.Rows {
		r.Rows[i].Floor, r.Rows[i].Cgo = against(&r.Rows[i], floor), against(&r.Rows[i], cgo)
	}
	for _, target := range run.Targets {
		if outcome, measured := r.judge(target); measured {
			r.Targets = append(r.Targets, outcome)
		}
	}
	return r
}

// digits of a window that are kept; the figures follow from what is kept.
const digits = 4

func newRow(row turns.Row, measured turns.Measured, bad []bool) Row {
	out := Row{Name: row.Name, What: row.What, Unit: row.Unit, Group: row.Group, Workload: row.Workload, Series: row.Series, Params: row.Params,
		Windows: rounded(measured.Windows), ProgramCPU: rounded(measured.Program), HelpersCPU: rounded(measured.Helpers)}
	for lap, stretch := range measured.Stretches {
		if len(bad) > 0 && bad[min(stretch, len(bad)-1)] {
			out.LeftOut = append(out.LeftOut, lap)
		}
	}
	out.Summary = stats.Summarize(out.kept(out.Windows))
	out.Program, out.Helpers = median(out.kept(out.ProgramCPU)), median(out.kept(out.HelpersCPU))
	out.Noisy = noisy(&out)
	return out
}

func (row *Row) left() int { return len(row.Windows) - len(row.LeftOut) }

// kept are the values of the laps that are not left out; all when there are none, as something to look at though not to be trusted.
func (row *Row) kept(values []float64) []float64 {
	if len(row.LeftOut) >= len(values) {
		return values
	}
	out := make([]float64, 0, len(values))
	left := row.LeftOut
	for lap, value := range values {
		if len(left) > 0 && left[0] == lap {
			left = left[1:]
			continue
		}
		out = append(out, value)
	}
	return out
}

// both gives the values of two rows in the laps that both kept.
func both(row, peer *Row, values, others []float64) (a, b []float64) {
	without := map[int]bool{}
	for _, lap := range append(append([]int{}, row.LeftOut...), peer.LeftOut...) {
		without[lap] = true
	}
	laps := min(len(values), len(others))
	for lap := range laps {
		if !without[lap] {
			a, b = append(a, values[lap]), append(b, others[lap])
		}
	}
	return a, b
}

func against(row, peer *Row) *stats.Ratio {
	if peer == nil || row == peer || len(row.Windows) == 0 {
		return nil
	}
	mine, others := both(row, peer, row.Windows, peer.Windows)
	if len(mine) == 0 {
		return nil
	}
	ratio := stats.RatioOfMedians(mine, others)
	return &ratio
}

// Row returns the row of that name, or nil.
func (r *Report) Row(name string) *Row {
	for i := range r.Rows {
		if r.Rows[i].Name == name {
			return &r.Rows[i]
		}
	}
	return nil
}

// Load reads a saved run.
func Load(path string) (Report, error) {
	var r Report
	text, err := os.ReadFile(path)
	if err != nil {
		return r, err
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return r, fmt.Errorf("%s is no saved run: %w", path, err)
	}
	if r.Format != format {
		return r, fmt.Errorf("%s has format %d, this program reads %d: save the run anew", path, r.Format, format)
	}
	return r, nil
}

// Save writes all windows.
func (r *Report) Save(path string) error {
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}

const compactWindows = 100

// Compact is the same run for keeping: its figures as they are, of the windows that were not left out about a hundred a row.
func (r *Report) Compact() Report {
	c := *r
	c.Rows = make([]Row, len(r.Rows))
	for i, row := range r.Rows {
		row.ProgramCPU, row.HelpersCPU = nil, nil
		if row.left() > 0 {
			row.Windows, row.LeftOut = row.kept(row.Windows), nil
		}
		step := (len(row.Windows) + compactWindows - 1) / compactWindows
		row.Windows, row.LeftOut = thinned(row, step)
		c.Thinned = max(c.Thinned, step)
		c.Rows[i] = row
	}
	if c.Thinned == 1 {
		c.Thinned = 0
	}
	return c
}

func thinned(row Row, step int) (windows []float64, leftOut []int) {
	for lap := 0; lap < len(row.Windows); lap += step {
		windows = append(windows, row.Windows[lap])
	}
	for _, lap := range row.LeftOut {
		if lap%step == 0 {
			leftOut = append(leftOut, lap/step)
		}
	}
	return windows, leftOut
}

func rounded(values []float64) []float64 {
	out := make([]float64, len(values))
	for i, value := range values {
		out[i] = stats.Round(value, digits)
	}
	return out
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.Copysign(0, 1)
	}
	return stats.Round(stats.Median(values), digits)
}
