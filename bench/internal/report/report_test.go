package report

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringcall/ringcall/bench/internal/host"
	"github.com/ringcall/ringcall/bench/internal/turns"
)

func steady(ns float64) []float64 {
	windows := make([]float64, 100)
	for i := range windows {
		windows[i] = ns * (1 + float64(i%3)/100)
	}
	return windows
}

func shaky(ns float64) []float64 {
	windows := steady(ns)
	for i := range windows {
		if i >= len(windows)/2 {
			windows[i] *= 2
		}
	}
	return windows
}

var quiet = []host.Load{{Elapsed: time.Second}}

// measuredAs puts windows into a run whose stretches are equally long; CPU time is half the time here and all of it there.
func measuredAs(windows []float64, stretches int) turns.Measured {
	m := turns.Measured{Windows: windows}
	for i, window := range windows {
		m.Program, m.Helpers = append(m.Program, window/2), append(m.Helpers, window)
		m.Stretches = append(m.Stretches, i*stretches/len(windows))
	}
	return m
}

func pair(row, peer []float64, stretches []host.Load, targets ...Target) Report {
	return New(Run{Host: host.Host{CPU: "Some CPU"}, Stretches: stretches, Window: time.Millisecond, Targets: targets,
		Rows:     []turns.Row{{Name: "ringcall/call", Unit: "call"}, {Name: "floor/round", Unit: "round trip"}},
		Measured: []turns.Measured{measuredAs(row, len(stretches)), measuredAs(peer, len(stretches))}})
}

func TestVerdict(t *testing.T) {
	target := Target{Row: "ringcall/call", Peer: "floor/round", AtMost: 1.3}
	for _, c := range []struct {
		name      string
		row, peer []float64
		load      host.Load
		want      Verdict
	}{
		{"a ratio below the bound is reached", steady(120), steady(100), host.Load{}, Reached},
		{"a ratio above the bound is not reached", steady(140), steady(100), host.Load{}, NotReached},
		{"a shaky row is not judged", shaky(120), steady(100), host.Load{}, Noisy},
		{"a shaky peer is not judged", steady(200), shaky(100), host.Load{}, Noisy},
		{"a shaky row is judged where its interval leaves no doubt", shaky(60), steady(100), host.Load{}, Reached},
		{"what was shaky for both is judged", shaky(120), shaky(100), host.Load{}, Reached},
		{"steal all the time leaves nothing to judge", steady(120), steady(100), host.Load{Steal: 0.1}, Noisy},
		{"foreign load all the time leaves nothing to judge", steady(140), steady(100), host.Load{Foreign: 0.5}, Noisy},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.load.Elapsed = time.Second
			r := pair(c.row, c.peer, []host.Load{c.load}, target)
			if len(r.Targets) != 1 || r.Targets[0].Verdict != c.want {
				t.Errorf("got %+v, want %s", r.Targets, c.want)
			}
		})
	}
	t.Run("a target whose peer was not measured is left out", func(t *testing.T) {
		if r := pair(steady(1), steady(1), quiet, Target{Row: "ringcall/call", Peer: "cgo/call", AtMost: 1}); len(r.Targets) != 0 {
			t.Errorf("got %+v", r.Targets)
		}
	})
	t.Run("a target without a peer bounds the time itself", func(t *testing.T) {
		r := pair(steady(120), steady(100), quiet, Target{Row: "ringcall/call", AtMost: 125}, Target{Row: "ringcall/call", AtMost: 115})
		if r.Targets[0].Verdict != Reached || r.Targets[1].Verdict != NotReached {
			t.Errorf("got %+v", r.Targets)
		}
	})
	t.Run("a target may be about CPU time", func(t *testing.T) {
		r := New(Run{Stretches: quiet, Targets: []Target{{Row: "a", Peer: "b", AtMost: 0.5, Figure: Program}},
			Rows: []turns.Row{{Name: "a"}, {Name: "b"}},
			Measured: []turns.Measured{
				{Windows: steady(100), Program: steady(20), Helpers: steady(1)},
				{Windows: steady(10), Program: steady(50), Helpers: steady(1)}}})
		if got := r.Targets[0]; got.Verdict != Reached || math.Abs(got.Ratio.Value-0.4) > 0.001 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a target may be about the tail of latencies", func(t *testing.T) {
		r := New(Run{Stretches: quiet, Targets: []Target{{Row: "a@10", AtMost: 2, Figure: Tail}, {Row: "b@10", AtMost: 2, Figure: Tail}, {Row: "c@10", AtMost: 2, Figure: Tail}},
			Latencies: []Latency{{Name: "a@10", P50: 100, P99: 190}, {Name: "b@10", P50: 100, P99: 210}, {Name: "c@10", P50: 100, P99: 110, Saturated: true}}})
		if r.Targets[0].Verdict != Reached || r.Targets[1].Verdict != NotReached || r.Targets[2].Verdict != Noisy {
			t.Errorf("got %+v", r.Targets)
		}
	})
}

func TestLeftOut(t *testing.T) {
	// The third of four seconds is disturbed, and what ran in it cost ten times as much.
	disturbedOnce := func(ns float64) []float64 {
		windows := steady(ns)
		for i := 50; i < 75; i++ {
			windows[i] *= 10
		}
		return windows
	}
	stretches := []host.Load{{Elapsed: time.Second}, {Elapsed: time.Second}, {Elapsed: time.Second, Steal: 0.3}, {Elapsed: time.Second}}
	target := Target{Row: "ringcall/call", Peer: "floor/round", AtMost: 1.3}
	t.Run("a moment's steal voids the windows in it and nothing else", func(t *testing.T) {
		r := pair(disturbedOnce(120), disturbedOnce(100), stretches, target)
		row := r.Rows[0]
		if row.Summary.P99 > 130 || len(row.LeftOut) != 25 || row.LeftOut[0] != 50 || row.Noisy != "" {
			t.Errorf("got %+v, left out %v", row.Summary, row.LeftOut)
		}
		if r.LeftOut != 1 || r.Targets[0].Verdict != Reached {
			t.Errorf("got %d stretches left out, %+v", r.LeftOut, r.Targets)
		}
	})
	t.Run("a slow moment that nobody else caused stays in", func(t *testing.T) {
		r := pair(disturbedOnce(120), steady(100), []host.Load{{Elapsed: time.Second}, {Elapsed: time.Second}, {Elapsed: time.Second}, {Elapsed: time.Second}}, target)
		if row := r.Rows[0]; len(row.LeftOut) != 0 || row.Summary.P99 < 1000 {
			t.Errorf("got %+v, left out %v", row.Summary, row.LeftOut)
		}
	})
	t.Run("a row that has few windows left is not judged", func(t *testing.T) {
		good, bad := host.Load{Elapsed: time.Second}, host.Load{Elapsed: time.Second, Foreign: 0.5}
		r := pair(steady(120), steady(100), []host.Load{good, bad, bad}, target)
		if r.Targets[0].Verdict != Noisy || !strings.Contains(r.Rows[0].Noisy, "66 of 100") {
			t.Errorf("got %+v, %q", r.Targets, r.Rows[0].Noisy)
		}
		r = pair(steady(120), steady(100), []host.Load{good, bad}, target)
		if r.Targets[0].Verdict != Reached || r.Rows[0].Noisy != "" {
			t.Errorf("50 windows are left: got %+v, %q", r.Targets, r.Rows[0].Noisy)
		}
	})
	t.Run("a ratio is of laps that both rows kept", func(t *testing.T) {
		a, b := &Row{Windows: []float64{1, 2, 3, 4}, LeftOut: []int{0}}, &Row{Windows: []float64{5, 6, 7, 8}, LeftOut: []int{2}}
		x, y := both(a, b, a.Windows, b.Windows)
		if len(x) != 2 || x[0] != 2 || x[1] != 4 || y[0] != 6 || y[1] != 8 {
			t.Errorf("got %v %v", x, y)
		}
	})
	t.Run("two rows without a common lap have no ratio and no verdict", func(t *testing.T) {
		good, bad := host.Load{Elapsed: time.Second}, host.Load{Elapsed: time.Second, Steal: 0.5}
		early, late := measuredAs(steady(120), 2), measuredAs(steady(100), 2)
		for i := range late.Stretches {
			late.Stretches[i] = 1 - late.Stretches[i]
		}
		r := New(Run{Stretches: []host.Load{good, bad}, Rows: []turns.Row{{Name: "ringcall/call"}, {Name: "floor/round"}}, Measured: []turns.Measured{early, late}, Targets: []Target{target}})
		if r.Targets[0].Verdict != Noisy || r.Rows[0].Floor != nil || r.Rows[0].left() != 50 || r.Rows[1].left() != 50 {
			t.Errorf("got %+v, %v of the floor", r.Targets[0], r.Rows[0].Floor)
		}
	})
}

func TestSaved(t *testing.T) {
	saved := func(t *testing.T, r Report) Report {
		path := filepath.Join(t.TempDir(), "run.json")
		if err := r.Save(path); err != nil {
			t.Fatal(err)
		}
		back, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		return back
	}
	r := full()
	t.Run("a saved run can be read back", func(t *testing.T) {
		back := saved(t, r)
		if back.Targets[0].Ratio != r.Targets[0].Ratio || back.Rows[1].Windows[7] != r.Rows[1].Windows[7] || back.Host != r.Host || len(back.Latencies) != len(r.Latencies) {
			t.Errorf("got %+v", back)
		}
	})
	t.Run("a compact run has the same figures, from fewer windows", func(t *testing.T) {
		back := saved(t, r.Compact())
		for i, row := range back.Rows {
			if row.Summary != r.Rows[i].Summary || len(row.Windows) == 0 || len(row.Windows) > compactWindows {
				t.Errorf("%s: %+v of %d windows, want %+v", row.Name, row.Summary, len(row.Windows), r.Rows[i].Summary)
			}
		}
		if back.Thinned != 3 {
			t.Errorf("each %d-th window is kept, want each third of %d", back.Thinned, r.Laps)
		}
		if back.Figures("x") != r.Figures("x") {
			t.Error("the README's figures differ")
		}
	})
	t.Run("a compact run keeps the windows that count", func(t *testing.T) {
		good, bad := host.Load{Elapsed: time.Second}, host.Load{Elapsed: time.Second, Steal: 0.5}
		windows := steady(120)
		for i := range windows[:50] {
			windows[i] *= 10
		}
		r := pair(windows, steady(100), []host.Load{bad, good})
		back := saved(t, r.Compact())
		if row := back.Rows[0]; row.left() != 50 || slices.Max(row.Windows) > 200 || row.Summary != r.Rows[0].Summary {
			t.Errorf("%d windows, %v: the disturbed ones took 1200", row.left(), row.Windows)
		}
	})
	t.Run("thinning keeps which windows are left out", func(t *testing.T) {
		windows, left := thinned(Row{Windows: []float64{0, 1, 2, 3, 4, 5, 6}, LeftOut: []int{2, 3, 5}}, 3)
		if len(windows) != 3 || windows[1] != 3 || len(left) != 1 || left[0] != 1 {
			t.Errorf("got %v, left out %v", windows, left)
		}
	})
	t.Run("what is no saved run, or of another format, says so", func(t *testing.T) {
		other := r
		other.Format = 1
		path := filepath.Join(t.TempDir(), "old.json")
		if err := other.Save(path); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "format 1") {
			t.Errorf("got %v", err)
		}
		if _, err := Load("report_test.go"); err == nil || !strings.Contains(err.Error(), "no saved run") {
			t.Errorf("got %v", err)
		}
	})
}
