// Package report turns measured windows into a document for people and one for programs.
package report

import (
	"time"

	"github.com/ringcall/ringcall/bench/internal/host"
	"github.com/ringcall/ringcall/bench/internal/stats"
	"github.com/ringcall/ringcall/bench/internal/turns"
)

// Beyond these bounds a figure is not judged.
const (
	SpreadMax  = 0.25 // between a row's quartiles, in medians
	WidthMax   = 0.20 // of a ratio's 95 % interval, in ratios
	StealMax   = 0.02 // in cores
	ForeignMax = 0.10 // in cores
)

// A Report is one run. Format grows by one when a field changes its meaning.
type Report struct {
	Format  int           `json:"format"`
	Started time.Time     `json:"started"`
	Host    host.Host     `json:"host"`
	Load    host.Load     `json:"load"`
	Laps    int           `json:"laps"`
	Window  time.Duration `json:"window_ns"`
	Rows    []Row         `json:"rows"`
	Targets []Outcome     `json:"targets"`
}

// A Row is what was measured of one turns.Row, in ns per unit.
type Row struct {
	Name    string        `json:"name"`
	What    string        `json:"what"`
	Unit    string        `json:"unit"`
	Summary stats.Summary `json:"summary"`
	Noisy   bool          `json:"noisy"`
	Windows []float64     `json:"windows"` // by lap: the same index in two rows is the same lap
}

// A Target bounds the ratio of two rows' medians.
type Target struct {
	Row    string  `json:"row"`
	Peer   string  `json:"peer"`
	AtMost float64 `json:"at_most"`
}

// A Verdict is an Outcome in one word.
type Verdict string

const (
	Reached    Verdict = "reached"
	NotReached Verdict = "not reached"
	Noisy      Verdict = "host too noisy to judge"
)

// An Outcome is a target with what was measured.
type Outcome struct {
	Target
	Ratio   stats.Ratio `json:"ratio"`
	Verdict Verdict     `json:"verdict"`
}

// New fills in all that follows from the windows. Targets of which a row was not measured are left out.
func New(h host.Host, load host.Load, plan turns.Plan, rows []turns.Row, windows [][]float64, targets []Target) Report {
	r := Report{Format: 1, Host: h, Load: load, Laps: plan.Laps, Window: plan.Window}
	for i, row := range rows {
		summary := stats.Summarize(windows[i])
		r.Rows = append(r.Rows, Row{
			Name: row.Name, What: row.What, Unit: row.Unit,
			Summary: summary, Noisy: summary.Spread > SpreadMax, Windows: windows[i],
		})
	}
	for _, target := range targets {
		row, peer := r.row(target.Row), r.row(target.Peer)
		if row == nil || peer == nil {
			continue
		}
		ratio := stats.RatioOfMedians(row.Windows, peer.Windows)
		r.Targets = append(r.Targets, Outcome{target, ratio, r.judge(target, ratio, row, peer)})
	}
	return r
}

// Disturbed says whether others used the machine so much that nothing is judged.
func (r *Report) Disturbed() bool { return r.Load.Steal > StealMax || r.Load.Foreign > ForeignMax }

func (r *Report) judge(target Target, ratio stats.Ratio, row, peer *Row) Verdict {
	switch {
	case r.Disturbed() || row.Noisy || peer.Noisy || ratio.Width() > WidthMax:
		return Noisy
	case ratio.Value <= target.AtMost:
		return Reached
	default:
		return NotReached
	}
}

func (r *Report) row(name string) *Row {
	for i := range r.Rows {
		if r.Rows[i].Name == name {
			return &r.Rows[i]
		}
	}
	return nil
}
