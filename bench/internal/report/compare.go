package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/ringcall/ringcall/bench/internal/stats"
)

// EffectMin is the least change of a median that counts: less than that a run differs from itself on the next day.
const EffectMin = 0.05

// Test says how a change is told from noise.
var Test = fmt.Sprintf("Test: ratio of medians, new over old; its 95 %% interval from resampling whole stretches of windows, each run by itself. "+
	"Improved: the whole interval is below %.2f; regressed: above %.2f; else unchanged. Not judged: a row that is too noisy in either run, or an interval wider than %.0f %%.",
	1/(1+EffectMin), 1+EffectMin, 100*WidthMax)

// A Change is how one row differs between two runs.
type Change string

const (
	Improved  Change = "improved"
	Unchanged Change = "unchanged"
	Regressed Change = "regressed"
	TooNoisy  Change = "too noisy to judge"
)

// A Difference is a row that two runs share.
type Difference struct {
	Name   string      `json:"name"`
	Old    float64     `json:"old"` // medians in ns per unit
	New    float64     `json:"new"`
	Ratio  stats.Ratio `json:"ratio"`
	Change Change      `json:"change"`
}

// A Comparison is two runs side by side.
type Comparison struct {
	Test    string         `json:"test"`
	Hosts   []string       `json:"hosts,omitempty"` // what differs between the two hosts, but for the commit
	Commits [2]string      `json:"commits"`
	Counts  map[Change]int `json:"counts"`
	Rows    []Difference   `json:"rows"`
	OnlyOld []string       `json:"only_old,omitempty"`
	OnlyNew []string       `json:"only_new,omitempty"`
	Machine []string       `json:"machine,omitempty"` // rows without ringcall that changed
}

// Compare fails when the two have no row in common.
func Compare(before, after *Report) (Comparison, error) {
	c := Comparison{Test: Test, Hosts: differing(before, after), Commits: [2]string{before.Host.Commit, after.Host.Commit}, Counts: map[Change]int{}}
	for i := range before.Rows {
		a := &before.Rows[i]
		b := after.Row(a.Name)
		if b == nil {
			c.OnlyOld = append(c.OnlyOld, a.Name)
			continue
		}
		d := Difference{Name: a.Name, Old: a.Summary.P50, New: b.Summary.P50, Ratio: stats.RatioOfRuns(b.kept(b.Windows), a.kept(a.Windows))}
		d.Change = change(d.Ratio, a.Noisy != "" || b.Noisy != "" || min(a.left(), b.left()) < KeptMin)
		c.Rows = append(c.Rows, d)
		c.Counts[d.Change]++
		if (d.Change == Improved || d.Change == Regressed) && !strings.HasPrefix(d.Name, "ringcall/") {
			c.Machine = append(c.Machine, fmt.Sprintf("%s %.3gx", d.Name, d.Ratio.Value))
		}
	}
	for i := range after.Rows {
		if before.Row(after.Rows[i].Name) == nil {
			c.OnlyNew = append(c.OnlyNew, after.Rows[i].Name)
		}
	}
	if len(c.Rows) == 0 {
		return c, errors.New("the two runs have no row in common")
	}
	return c, nil
}

func change(r stats.Ratio, unsteady bool) Change {
	switch {
	case unsteady || !(r.Value > 0) || math.IsInf(r.Value, 0) || r.Width() > WidthMax:
		return TooNoisy
	case r.High < 1/(1+EffectMin):
		return Improved
	case r.Low > 1+EffectMin:
		return Regressed
	default:
		return Unchanged
	}
}

// Judged says whether any row could be.
func (c *Comparison) Judged() bool { return c.Counts[TooNoisy] < len(c.Rows) }

func differing(before, after *Report) []string {
	var all []string
	for i, entry := range before.hostEntries() {
		other := after.hostEntries()[i]
		switch entry[0] {
		case "commit", "run", "steal", "foreign load":
			continue
		}
		if entry[1] != other[1] {
			all = append(all, fmt.Sprintf("%s: %s, then %s", entry[0], entry[1], other[1]))
		}
	}
	return all
}

// JSON writes the comparison for programs.
func (c *Comparison) JSON(w io.Writer) error {
	text, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// Text writes it for people.
func (c *Comparison) Text(w io.Writer) error {
	out := &printer{w: w}
	out.line("old %s, new %s", c.Commits[0], c.Commits[1])
	for _, host := range c.Hosts {
		out.line("the hosts differ, so the figures may for that reason: %s", host)
	}
	if len(c.Machine) > 0 {
		out.line("rows that ringcall has no part in changed too, so the machine did: %s", strings.Join(c.Machine, ", "))
	}
	out.line("")
	out.line("%-32s %9s %9s  %-20s %s", "ns per call or record", "old", "new", "new over old", "")
	for _, d := range c.Rows {
		out.line("%-32s %9s %9s  %-20s %s", d.Name, plain(d.Old), plain(d.New), ratioText(&d.Ratio), d.Change)
	}
	for _, name := range c.OnlyOld {
		out.line("%-32s in the old run only", name)
	}
	for _, name := range c.OnlyNew {
		out.line("%-32s in the new run only", name)
	}
	out.line("")
	out.line("%d improved, %d unchanged, %d regressed, %d too noisy to judge", c.Counts[Improved], c.Counts[Unchanged], c.Counts[Regressed], c.Counts[TooNoisy])
	out.line("%s", c.Test)
	return out.err
}
