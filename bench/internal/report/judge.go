package report

import (
	"fmt"

	"github.com/ringcall/ringcall/bench/internal/host"
	"github.com/ringcall/ringcall/bench/internal/stats"
)

// Beyond these bounds a figure is not judged.
const (
	WidthMax   = 0.20 // of the 95 % interval of a median, in parts of it
	StealMax   = 0.02 // in cores, within a stretch
	ForeignMax = 0.10 // in cores, within a stretch
	KeptMin    = 40   // windows that were not left out
)

// Rule says which windows are left out. It looks at what others did to the machine, never at what was measured: so the figures are those of the seconds in which
// the machine was the benchmark's own, however few these are, and how much they are worth their intervals say, about.
var Rule = fmt.Sprintf("Left out: windows in seconds in which the hypervisor took more than %.2f cores or other processes more than %.2f. "+
	"Not judged: what has less than %d windows left, a median whose 95 %% interval is wider than %.0f %% of it, a target whose bound lies within the 95 %% interval of the ratio of medians.",
	StealMax, ForeignMax, KeptMin, 100*WidthMax)

func disturbed(load host.Load) bool { return load.Steal > StealMax || load.Foreign > ForeignMax }

// noisy says why a row's median is no figure, or nothing.
func noisy(row *Row) string {
	if row.left() < KeptMin {
		return fmt.Sprintf("others disturbed %d of %d windows", len(row.LeftOut), len(row.Windows))
	}
	if width := stats.RatioOfRuns(row.kept(row.Windows), []float64{1}).Width(); width > WidthMax {
		return fmt.Sprintf("interval %.0f %%", 100*width)
	}
	return ""
}

// A Figure is what a target is about.
type Figure string

const (
	Time    Figure = ""        // the time of a unit
	Program Figure = "cpu"     // the Go program's own CPU time of a unit
	Tail    Figure = "latency" // p99 over p50 of single calls in an open loop; Row is the name of a Latency, there is no Peer
)

// A Target bounds the ratio of two rows' medians. Without a Peer it bounds the row's median itself: AtMost is in ns.
type Target struct {
	Row    string  `json:"row"`
	Peer   string  `json:"peer,omitempty"`
	AtMost float64 `json:"at_most"`
	Figure Figure  `json:"figure,omitempty"`
}

// A Verdict is an Outcome in one word.
type Verdict string

const (
	Reached    Verdict = "reached"
	NotReached Verdict = "not reached"
	Noisy      Verdict = "host too noisy to judge"
)

// An Outcome is a target with what was measured. Without a peer the ratio is a value in ns.
type Outcome struct {
	Target
	Ratio   stats.Ratio  `json:"ratio"`
	Floor   *stats.Ratio `json:"x_floor,omitempty"` // the row as a multiple of the floor
	Verdict Verdict      `json:"verdict"`
}

func (r *Report) judge(target Target) (Outcome, bool) {
	if target.Figure == Tail {
		return r.judgeTail(target)
	}
	row := r.Row(target.Row)
	if row == nil {
		return Outcome{}, false
	}
	outcome := Outcome{Target: target, Floor: row.Floor}
	if target.Peer == "" {
		outcome.Ratio = stats.RatioOfRuns(row.kept(row.Windows), []float64{1})
		outcome.Verdict = verdict(outcome, row.Noisy != "")
		return outcome, true
	}
	peer := r.Row(target.Peer)
	if peer == nil {
		return Outcome{}, false
	}
	mine, others := row.Windows, peer.Windows
	if target.Figure == Program {
		mine, others = row.ProgramCPU, peer.ProgramCPU
	}
	mine, others = both(row, peer, mine, others)
	outcome.Ratio = stats.RatioOfMedians(mine, others)
	outcome.Verdict = verdict(outcome, min(row.left(), peer.left(), len(mine)) < KeptMin)
	return outcome, true
}

func (r *Report) judgeTail(target Target) (Outcome, bool) {
	for _, l := range r.Latencies {
		if l.Name == target.Row && l.P50 > 0 {
			outcome := Outcome{Target: target, Ratio: stats.Ratio{Value: l.P99 / l.P50, Low: l.P99 / l.P50, High: l.P99 / l.P50}}
			outcome.Verdict = verdict(outcome, l.Noisy || l.Saturated)
			return outcome, true
		}
	}
	return Outcome{}, false
}

// verdict decides by the whole interval: while it holds the bound, either may be.
func verdict(o Outcome, noisy bool) Verdict {
	switch {
	case noisy || !(o.Ratio.Value > 0):
		return Noisy
	case o.Ratio.High <= o.AtMost:
		return Reached
	case o.Ratio.Low > o.AtMost:
		return NotReached
	default:
		return Noisy
	}
}
