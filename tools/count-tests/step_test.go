package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func shell(t *testing.T, kind, script string) step {
	dir := t.TempDir()
	s := step{suite: "s", kind: kind, log: filepath.Join(dir, "log"), limit: time.Minute, command: []string{"sh", "-c", script}}
	if kind == "meson" {
		s.testlog = filepath.Join(dir, "testlog.json")
		s.command = []string{"sh", "-c", script, "sh", s.testlog}
	}
	return s
}

func TestACheckCountsOnlyItsFailure(t *testing.T) {
	wants(t, shell(t, "check", "echo fine").run(context.Background()), 0, 0, 0, "")
	wants(t, shell(t, "check", "echo broken; exit 3").run(context.Background()), 0, 1, 0, "broken")
}

func TestASuiteThatRanNoTestFails(t *testing.T) {
	wants(t, shell(t, "go", "echo hello").run(context.Background()), 0, 1, 0, "ran no test")
	wants(t, shell(t, "meson", "echo 'No tests defined.'").run(context.Background()), 0, 1, 0, "ran no test")
}

func TestAnOldTestlogDoesNotCount(t *testing.T) {
	s := shell(t, "meson", "exit 0")
	os.WriteFile(s.testlog, []byte(`{"name": "old", "result": "OK"}`), 0o644)
	wants(t, s.run(context.Background()), 0, 1, 0, "ran no test")
}

func TestAnExitStatusThatNoCaseExplainsFails(t *testing.T) {
	wants(t, shell(t, "meson", `echo '{"name": "x", "result": "OK"}' >"$1"; exit 1`).run(context.Background()), 1, 1, 0, "exit status 1")
	wants(t, shell(t, "meson", `echo '{"name": "x", "result": "FAIL"}' >"$1"; exit 1`).run(context.Background()), 0, 1, 0, "FAIL")
	wants(t, shell(t, "go", `echo '{"Action":"pass","Package":"p","Test":"A"}'; exit 1`).run(context.Background()), 1, 1, 0, "exit status 1")
}

func TestACommandThatDoesNotExistFails(t *testing.T) {
	s := shell(t, "go", "")
	s.command = []string{"/nonexistent/program"}
	wants(t, s.run(context.Background()), 0, 1, 0, "no such file")
}

func TestATimeOutFailsAndLeavesNoProcess(t *testing.T) {
	s := shell(t, "check", "sleep 600 & echo $!; wait")
	s.limit = 3 * time.Second // until it has surely printed the number
	begin := time.Now()
	wants(t, s.run(context.Background()), 0, 1, 0, "timed out")
	if spent := time.Since(begin); spent > s.limit+patience {
		t.Errorf("it took %v", spent)
	}
	log, _ := os.ReadFile(s.log)
	pid, err := strconv.Atoi(strings.TrimSpace(string(log)))
	if err != nil {
		t.Fatal(err)
	}
	for syscall.Kill(pid, 0) == nil && !isZombie(pid) {
		if time.Since(begin) > time.Minute {
			t.Fatalf("process %d lives on", pid)
		}
	}
}

func isZombie(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestAnInterruptionFails(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	wants(t, shell(t, "go", "sleep 600").run(ctx), 0, 1, 0, "interrupted")
}

func TestTheLastLineCounts(t *testing.T) {
	for _, c := range []struct {
		results []result
		last    string
		good    bool
	}{
		{[]result{{Suite: "a", Passed: 3}, {Suite: "b", Passed: 4}, {Suite: "a"}}, "7 passed, 0 failed", true},
		{[]result{{Suite: "a", Passed: 3, Skipped: 1, Skips: []note{{"x", "why not"}}}}, "3 passed, 0 failed, 1 skipped", true},
		{[]result{{Suite: "a", Passed: 3}, {Suite: "b", Failed: 2, Failures: []note{{"x", ""}}}}, "3 passed, 2 failed", false},
		{nil, "0 passed, 1 failed", false},
		{[]result{{Suite: "a"}}, "0 passed, 1 failed", false},
	} {
		var out strings.Builder
		good := printSummary(&out, c.results)
		lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
		if good != c.good || lines[len(lines)-1] != c.last {
			t.Errorf("%v: %s", good, out.String())
		}
		for _, r := range c.results {
			for _, skip := range r.Skips {
				if !strings.Contains(out.String(), skip.Text) {
					t.Errorf("no reason in %s", out.String())
				}
			}
		}
	}
}

// The whole way, as tools/test goes it: a real go test of a real module, its result file, the sum, the exit status.
func TestRealGoTestsAreCounted(t *testing.T) {
	dir := t.TempDir()
	source := `package p
import ("os"; "testing")
func TestPasses(t *testing.T) { t.Run("x", func(*testing.T) {}); t.Run("y", func(*testing.T) {}) }
func TestFails(t *testing.T) { t.Error("on purpose") }
func TestSkips(t *testing.T) { t.Skip("for a reason") }
func TestExits(t *testing.T) { os.Exit(3) }
`
	os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module p\n\ngo 1.23.0\n"), 0o644)
	os.WriteFile(filepath.Join(dir, "p_test.go"), []byte(source), 0o644)
	program := filepath.Join(dir, "count-tests")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	into := filepath.Join(dir, "results")
	out, err := exec.Command(program, "run", "--into", into, "--suite", "real", "--kind", "go", "--log", into+".log", "--",
		"go", "test", "-C", dir, "-json", "-count=1", ".").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "on purpose") {
		t.Errorf("%v: %s", err, out)
	}
	out, err = exec.Command(program, "sum", into).CombinedOutput()
	if err == nil || !strings.HasSuffix(string(out), "\n2 passed, 2 failed, 1 skipped\n") || !strings.Contains(string(out), "for a reason") {
		t.Errorf("%v: %s", err, out)
	}
}
