package report

import (
	"encoding/json"
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
		windows[i] *= 1 + float64(i%10)/5
	}
	return windows
}

func make2(row, peer []float64, load host.Load, targets ...Target) Report {
	rows := []turns.Row{{Name: "ringcall/call", Unit: "call"}, {Name: "floor/round", Unit: "round trip"}}
	return New(host.Host{CPU: "Some CPU"}, load, turns.Plan{Laps: 100, Window: time.Millisecond}, rows, [][]float64{row, peer}, targets)
}

func TestVerdict(t *testing.T) {
	target := Target{"ringcall/call", "floor/round", 1.3}
	for _, c := range []struct {
		name      string
		row, peer []float64
		load      host.Load
		want      Verdict
	}{
		{"a ratio below the bound is reached", steady(120), steady(100), host.Load{}, Reached},
		{"a ratio above the bound is not reached", steady(140), steady(100), host.Load{}, NotReached},
		{"a shaky row is not judged", shaky(120), steady(100), host.Load{}, Noisy},
		{"a shaky peer is not judged", steady(120), shaky(100), host.Load{}, Noisy},
		{"steal leaves nothing to judge", steady(120), steady(100), host.Load{Steal: 0.1}, Noisy},
		{"foreign load leaves nothing to judge", steady(140), steady(100), host.Load{Foreign: 0.5}, Noisy},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := make2(c.row, c.peer, c.load, target)
			if len(r.Targets) != 1 || r.Targets[0].Verdict != c.want {
				t.Errorf("got %+v, want %s", r.Targets, c.want)
			}
		})
	}
	t.Run("a target whose peer was not measured is left out", func(t *testing.T) {
		if r := make2(steady(1), steady(1), host.Load{}, Target{"ringcall/call", "cgo/call", 1}); len(r.Targets) != 0 {
			t.Errorf("got %+v", r.Targets)
		}
	})
}

func TestText(t *testing.T) {
	t.Run("host, rows and verdicts are all there", func(t *testing.T) {
		r := make2(steady(120), steady(100), host.Load{}, Target{"ringcall/call", "floor/round", 1.3})
		var text strings.Builder
		if err := r.Text(&text); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"Some CPU", "ringcall/call", "1.2 (", "reached", "steal"} {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%q is missing in\n%s", want, text.String())
			}
		}
	})
}

func TestJSON(t *testing.T) {
	t.Run("a saved run can be read back", func(t *testing.T) {
		r := make2(steady(120), steady(100), host.Load{}, Target{"ringcall/call", "floor/round", 1.3})
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back Report
		if err := json.Unmarshal(text, &back); err != nil || back.Targets[0] != r.Targets[0] || back.Rows[1].Windows[7] != r.Rows[1].Windows[7] {
			t.Errorf("got %+v %v", back, err)
		}
	})
}
