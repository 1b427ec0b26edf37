package report

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ringcall/ringcall/bench/internal/host"
	"github.com/ringcall/ringcall/bench/internal/turns"
)

// saved is a run with rows of these medians and 3 % of noise.
func saved(seed uint64, medians map[string]float64) *Report {
	run := Run{Stretches: quiet, Host: host.Host{CPU: "Some CPU", Commit: "abc"}}
	random := rand.New(rand.NewPCG(seed, 1))
	for _, name := range []string{"cgo/call", "ringcall/a", "ringcall/b", "ringcall/c"} {
		if median, has := medians[name]; has {
			windows := make([]float64, 200)
			for i := range windows {
				windows[i] = median * (1 + 0.03*random.NormFloat64())
			}
			run.Rows = append(run.Rows, turns.Row{Name: name})
			run.Measured = append(run.Measured, measuredAs(windows, 1))
		}
	}
	r := New(run)
	return &r
}

func TestCompare(t *testing.T) {
	before := saved(1, map[string]float64{"cgo/call": 50, "ringcall/a": 100, "ringcall/b": 100, "ringcall/c": 100})
	t.Run("a row is improved, unchanged or regressed", func(t *testing.T) {
		c, err := Compare(before, saved(2, map[string]float64{"cgo/call": 50, "ringcall/a": 80, "ringcall/b": 102, "ringcall/c": 120}))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []Change{Unchanged, Improved, Unchanged, Regressed} {
			if c.Rows[i].Change != want {
				t.Errorf("%+v, want %s", c.Rows[i], want)
			}
		}
		if c.Counts[Improved] != 1 || c.Counts[Unchanged] != 2 || c.Counts[Regressed] != 1 || len(c.Machine) != 0 {
			t.Errorf("got %v, machine %v", c.Counts, c.Machine)
		}
	})
	t.Run("a run compared with its like is unchanged, forty times of forty", func(t *testing.T) {
		for seed := range uint64(40) {
			c, err := Compare(before, saved(100+seed, map[string]float64{"ringcall/a": 100, "ringcall/b": 100}))
			if err != nil || c.Counts[Unchanged] != 2 {
				t.Errorf("seed %d: got %v, %v", seed, c.Rows, err)
			}
		}
	})
	t.Run("a row that is noisy in either run is not judged", func(t *testing.T) {
		noisyRun := saved(3, map[string]float64{"ringcall/a": 200})
		noisyRun.Rows[0].Noisy = "spread 40 %"
		c, err := Compare(before, noisyRun)
		if err != nil || c.Rows[0].Change != TooNoisy || c.Judged() {
			t.Errorf("got %+v, %v", c.Rows, err)
		}
	})
	t.Run("a row with few windows left is not judged", func(t *testing.T) {
		after := saved(3, map[string]float64{"ringcall/a": 200})
		for lap := range len(after.Rows[0].Windows) - KeptMin + 1 {
			after.Rows[0].LeftOut = append(after.Rows[0].LeftOut, lap)
		}
		c, err := Compare(before, after)
		if err != nil || c.Rows[0].Change != TooNoisy {
			t.Errorf("got %+v, %v", c.Rows, err)
		}
	})
	t.Run("windows left out do not count", func(t *testing.T) {
		after := saved(4, map[string]float64{"ringcall/a": 100})
		for lap := range 60 {
			after.Rows[0].Windows[lap] *= 100
			after.Rows[0].LeftOut = append(after.Rows[0].LeftOut, lap)
		}
		if c, err := Compare(before, after); err != nil || c.Rows[0].Change != Unchanged {
			t.Errorf("got %+v, %v", c.Rows, err)
		}
	})
	t.Run("what changed without ringcall's part is said of the machine", func(t *testing.T) {
		after := saved(5, map[string]float64{"cgo/call": 70, "ringcall/a": 140})
		after.Host.CPU = "Other CPU"
		c, err := Compare(before, after)
		if err != nil || len(c.Machine) != 1 || len(c.Hosts) != 1 || len(c.OnlyOld) != 2 {
			t.Errorf("got %+v, %v", c, err)
		}
		var text strings.Builder
		if err := c.Text(&text); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"the machine did: cgo/call 1.4x", "cpu: Some CPU, 0 cores, then Other CPU, 0 cores", "ringcall/b                       in the old run only", "2 regressed", "interval"} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%q is missing in\n%s", want, text.String())
			}
		}
	})
	t.Run("its JSON can be read", func(t *testing.T) {
		c, err := Compare(before, before)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := c.JSON(&text); err != nil {
			t.Fatal(err)
		}
		var back Comparison
		if err := json.Unmarshal([]byte(text.String()), &back); err != nil || len(back.Rows) != 4 || back.Rows[2].Ratio.Value != 1 || back.Counts[Unchanged] != 4 {
			t.Errorf("got %+v, %v", back, err)
		}
	})
	t.Run("runs without a common row cannot be compared", func(t *testing.T) {
		if _, err := Compare(saved(1, map[string]float64{"ringcall/a": 1}), saved(1, map[string]float64{"ringcall/b": 1})); err == nil {
			t.Error("no error")
		}
	})
}
