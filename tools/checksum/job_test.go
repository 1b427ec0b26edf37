package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// liar answers as the reference does, but for one span.
func liar(at uint32, of kind) mode {
	return mode{name: "liar", run: func(ctx context.Context, kind kind, data []byte, spans []span, out []uint64) error {
		reference(ctx, kind, data, spans, out)
		for i, s := range spans {
			if kind == of && s.offset == at {
				out[i] ^= 1
			}
		}
		return nil
	}}
}

// silent answers nothing.
func silent() mode {
	return mode{name: "silent", run: func(context.Context, kind, []byte, []span, []uint64) error { return nil }}
}

func honest(name string) mode { return mode{name: name, run: reference} }

func jobOver(t *testing.T, files map[string]string, modes ...mode) *job {
	t.Helper()
	found, err := findFiles(plant(t, files))
	if err != nil {
		t.Fatal(err)
	}
	return &job{tree: found, modes: modes, budget: time.Minute, progress: func(int64, string) {}}
}

func TestAWrongAnswerNamesFileAndOffset(t *testing.T) {
	files := map[string]string{"a": "one two", "b/c": "three four"}
	for _, c := range []struct {
		mode   mode
		path   string
		kind   kind
		offset int64
		size   uint32
	}{
		{liar(4, words), "a", words, 4, 3},
		{liar(13, words), "b/c", words, 6, 4},
		{liar(7, blocks), "b/c", blocks, 0, 10},
		{silent(), "a", words, 0, 3},
	} {
		j := jobOver(t, files, honest("honest"), c.mode)
		err := j.run(context.Background())
		var wrong *mismatch
		if !errors.As(err, &wrong) {
			t.Errorf("%s of %s at %d: %v", c.kind, c.path, c.offset, err)
			continue
		}
		path := filepath.Join(j.tree.root, c.path)
		if wrong.path != path || wrong.offset != c.offset || wrong.kind != c.kind || wrong.size != c.size || wrong.mode != c.mode.name {
			t.Errorf("%v; it is to name a %s of %d bytes in %s at %d", wrong, c.kind, c.size, path, c.offset)
		}
	}
}

func TestEveryModeDoesEverything(t *testing.T) {
	j := jobOver(t, map[string]string{"a": "one two", "b": strings.Repeat("three; ", chunkSize/7*3), "c": strings.Repeat(" ", 2*chunkSize)}, honest("x"), honest("y"))
	if err := j.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	for i := range j.modes {
		for k := range kinds {
			got, want := j.tallies[i][k], j.total[k]
			if got.files != 3 || got.calls != want.calls || got.bytes != want.bytes || want.calls == 0 {
				t.Errorf("%s: %+v of %+v", k, got, want)
			}
		}
	}
	if j.total[words].calls != 2+chunkSize/7*3 || j.total[blocks].bytes != j.tree.bytes {
		t.Errorf("%+v", j.total)
	}
}

func TestALimitedModeKeepsToItsBudgetAndSaysWhatItDid(t *testing.T) {
	slow := mode{name: "slow", limited: true, run: func(ctx context.Context, kind kind, data []byte, spans []span, out []uint64) error {
		for begin := time.Now(); time.Since(begin) < time.Duration(len(spans))*time.Microsecond; {
			continue
		}
		return reference(ctx, kind, data, spans, out)
	}}
	j := jobOver(t, map[string]string{"a": strings.Repeat("word ", chunkSize/5*2)}, slow, honest("fast"))
	j.budget = 100 * time.Millisecond
	if err := j.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := j.tallies[0][words].calls; n == 0 || n > int64(j.budget/time.Microsecond) {
		t.Errorf("%d calls, of a microsecond or more each, in %v", n, j.budget)
	}
	var table strings.Builder
	j.report(time.Second, nil).writeTable(&table)
	if !strings.Contains(table.String(), "slow did ") || strings.Contains(table.String(), "fast did ") {
		t.Error(table.String())
	}
}

func TestAnInterruptedJobStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	stopper := mode{name: "stopper", run: func(ctx context.Context, kind kind, data []byte, spans []span, out []uint64) error {
		cancel()
		return reference(ctx, kind, data, spans, out)
	}}
	j := jobOver(t, map[string]string{"a": "one", "b": strings.Repeat("x ", 2*chunkSize)}, stopper)
	if err := j.run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestTheTableFitsEightyColumns(t *testing.T) {
	j := jobOver(t, map[string]string{"a": "x"})
	for _, m := range []string{"ringcall, call by call", "ringcall, dense batches", cgoEach, "pure Go"} {
		j.modes = append(j.modes, honest(m))
		var big [kinds]tally
		for k := range kinds {
			big[k] = tally{files: 999999, bytes: 9999e8, calls: 99999999, spent: 99999999 * 30 * time.Microsecond}
		}
		j.tallies, j.warm, j.total = append(j.tallies, big), append(j.warm, [kinds]tally{}), big
	}
	var table strings.Builder
	j.report(time.Second, nil).writeTable(&table)
	for _, line := range strings.Split(table.String(), "\n") {
		if len(line) > 80 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
	if !strings.Contains(table.String(), "99,999,999") || !strings.Contains(table.String(), "1.00") {
		t.Error(table.String())
	}
}

func TestTheReportIsJSONToo(t *testing.T) {
	j := jobOver(t, map[string]string{"a": "one two"}, honest(cgoEach), honest("other"))
	if err := j.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := j.report(time.Second, nil).writeJSON(&text); err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(text.Bytes(), &back); err != nil {
		t.Fatal(err)
	}
	if !back.Complete || back.Checked != 2*2*(2+1) || len(back.Sections) != int(kinds) || back.Sections[0].Rows[1].Calls != 2 || back.Sections[0].Rows[1].VersusCgo == 0 {
		t.Errorf("%s", text.String())
	}
}

func TestProgressIsALineInPlaceOnATerminalOnly(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		var out strings.Builder
		m := &meter{out: &out, terminal: terminal, total: 100, begin: time.Now().Add(-time.Minute), shown: time.Now().Add(-time.Minute)}
		m.show(50, strings.Repeat("a long name ", 20))
		m.show(51, "too early for another")
		m.end()
		text := out.String()
		if strings.Count(text, "50 %") != 1 || strings.Contains(text, "early") || terminal == strings.Contains(text, "\n") || terminal != strings.Contains(text, "\r") {
			t.Errorf("terminal %v: %q", terminal, text)
		}
		if widest := strings.Split(text, "\r"); terminal && len(strings.TrimSuffix(widest[1], eraseToEnd)) > meterWidth {
			t.Errorf("%d columns", len(widest[1]))
		}
	}
}

func TestArgumentsThatWillNotDoAreRefused(t *testing.T) {
	for _, arguments := range [][]string{{}, {"--server", "x"}, {"dir"}, {"--server", "x", "a", "b"}, {"--server", "x", "--seconds", "0", "a"}, {"--nonsense"}} {
		stderr := os.Stderr
		os.Stderr = nil
		_, err := parse(arguments)
		os.Stderr = stderr
		if err == nil {
			t.Errorf("%q passed", arguments)
		}
	}
}
