package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ringcall/ringcall/bench/internal/host"
	"github.com/ringcall/ringcall/bench/internal/report"
	"github.com/ringcall/ringcall/bench/internal/turns"
)

// save writes a run in which ringcall/call costs so much, and returns its path.
func save(t *testing.T, path string, ns float64) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	windows := make([]float64, 100)
	for i := range windows {
		windows[i] = ns * (1 + float64(i%5)/100)
	}
	measured := turns.Measured{Windows: windows, Program: windows, Helpers: windows, Stretches: make([]int, len(windows))}
	r := report.New(report.Run{Stretches: []host.Load{{Elapsed: time.Second}}, Rows: []turns.Row{{Name: "cgo/call"}}, Measured: []turns.Measured{measured}})
	if err := r.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestComparing(t *testing.T) {
	directory := t.TempDir()
	fast, slow := save(t, filepath.Join(directory, "fast.json"), 40), save(t, filepath.Join(directory, "slow.json"), 60)
	result := filepath.Join(directory, "result.json")
	for _, c := range []struct {
		name, before, after string
		want                int
	}{
		{"improved is success", slow, fast, 0},
		{"unchanged is success", fast, fast, 0},
		{"regressed is 1", fast, slow, 1},
		{"a run that cannot be read is 2", fast, filepath.Join(directory, "none.json"), 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := parse([]string{"--compare", c.before, c.after, "--json", result})
			if err != nil {
				t.Fatal(err)
			}
			code, err := act(s)
			if code != c.want || (err != nil) != (code == exitUsage) {
				t.Errorf("exit code %d, %v, want %d", code, err, c.want)
			}
			if text, err := os.ReadFile(result); err != nil || !strings.Contains(string(text), `"change"`) {
				t.Errorf("%s: %q, %v", result, text, err)
			}
		})
	}
}

func TestArguments(t *testing.T) {
	t.Run("a quick run is bounded in time, a full one is not", func(t *testing.T) {
		quick, err := parse([]string{"--quick", "cgo"})
		if err != nil || quick.limit == 0 || quick.laps != quickLaps || quick.filters[0] != "cgo" {
			t.Errorf("got %+v, %v", quick, err)
		}
		if full, err := parse([]string{"--full"}); err != nil || full.limit != 0 || full.laps != fullLaps {
			t.Errorf("got %+v, %v", full, err)
		}
	})
	t.Run("one rate replaces the usual ones", func(t *testing.T) {
		if s, err := parse([]string{"--rate", "500"}); err != nil || len(s.rates) != 1 || s.rates[0] != 500 {
			t.Errorf("got %+v, %v", s.rates, err)
		}
	})
	for _, arguments := range [][]string{{"--quick", "--full"}, {"--windows", "-1"}, {"--rate", "-5"}, {"--compare", "one.json"}, {"--compare", "a", "b", "c"}, {"--unknown"}} {
		t.Run("not understood: "+strings.Join(arguments, " "), func(t *testing.T) {
			if s, err := parse(arguments); err == nil {
				t.Errorf("got %+v", s)
			}
		})
	}
}

func TestReadme(t *testing.T) {
	top := t.TempDir()
	run := save(t, filepath.Join(top, "bench", "runs", "x.json"), 50)
	path := filepath.Join(top, "README.md")
	write := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("before\n<!-- figures of none (written by tools/bench --readme; not by hand) -->\nold\n<!-- end of figures -->\nafter\n")
	t.Run("figures are written between the markers, and agree with the run", func(t *testing.T) {
		if err := rewriteReadme(top, run); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(text), "before\n<!-- figures of bench/runs/x.json ") || !strings.HasSuffix(string(text), "-->\nafter\n") ||
			!strings.Contains(string(text), "| one cgo call | 51 ns |") || strings.Contains(string(text), "old") {
			t.Errorf("got %v\n%s", err, text)
		}
		if err := checkReadme(top); err != nil {
			t.Error(err)
		}
		if err := rewriteReadme(top, run); err != nil {
			t.Fatal(err)
		}
		if again, _ := os.ReadFile(path); string(again) != string(text) {
			t.Errorf("written twice it is another:\n%s", again)
		}
	})
	t.Run("a figure changed by hand is found", func(t *testing.T) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		write(strings.Replace(string(text), "51 ns", "41 ns", 1))
		if err := checkReadme(top); err == nil || !strings.Contains(err.Error(), "41 ns") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a run outside the project is refused", func(t *testing.T) {
		if err := rewriteReadme(top, save(t, filepath.Join(t.TempDir(), "x.json"), 50)); err == nil || !strings.Contains(err.Error(), "bench/runs") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a README without markers says so", func(t *testing.T) {
		write("no figures\n")
		if err := checkReadme(top); err == nil || !strings.Contains(err.Error(), "figures of") {
			t.Errorf("got %v", err)
		}
	})
}

func TestProjectReadme(t *testing.T) {
	runs, err := filepath.Glob("runs/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(runs) == 0 {
		t.Skip("no run is saved in bench/runs yet, so there is nothing that README.md could agree with")
	}
	t.Run("its figures are those of the saved run", func(t *testing.T) {
		if err := checkReadme(".."); err != nil {
			t.Error(err)
		}
	})
	for _, run := range runs {
		t.Run(run+" is small enough to keep", func(t *testing.T) {
			info, err := os.Stat(run)
			if err != nil || info.Size() > 300_000 {
				t.Errorf("%d bytes, %v: want 300000 at most; save it with --save", info.Size(), err)
			}
		})
	}
}
