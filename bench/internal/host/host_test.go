package host

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestLoad(t *testing.T) {
	t.Run("steal and busy come from the cpu line", func(t *testing.T) {
		steal, busy, err := parseStat("cpu  10 1 20 5000 7 2 3 4 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n")
		if err != nil || steal != 40*time.Millisecond || busy != 360*time.Millisecond {
			t.Errorf("got %v %v %v", steal, busy, err)
		}
	})
	t.Run("a short cpu line is an error", func(t *testing.T) {
		if _, _, err := parseStat("cpu 1 2 3\n"); err == nil {
			t.Error("no error")
		}
	})
	t.Run("a process name may hold parentheses and blanks", func(t *testing.T) {
		used, err := parseProcess("7 (a b) c) S 1 7 7 0 -1 4194560 1 0 0 0 12 30 0 0 20 0 1 0 99")
		if err != nil || used != 420*time.Millisecond {
			t.Errorf("got %v %v", used, err)
		}
	})
	t.Run("work of this process is not foreign", func(t *testing.T) {
		watch, err := StartWatch(nil)
		if err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(100 * time.Millisecond); time.Now().Before(end); {
		}
		load, err := watch.Load()
		if err != nil || load.Elapsed < 100*time.Millisecond {
			t.Errorf("got %+v %v", load, err)
		}
	})
}

func TestSettle(t *testing.T) {
	t.Run("a sleeping process is settled at once", func(t *testing.T) {
		sleeper := exec.Command("sleep", "10")
		if err := sleeper.Start(); err != nil {
			t.Skip(err)
		}
		defer func() { sleeper.Process.Kill(); sleeper.Wait() }()
		settler, err := NewSettler([]int{sleeper.Process.Pid})
		if err != nil {
			t.Fatal(err)
		}
		defer settler.Close()
		if err := settler.Settle(); err != nil {
			t.Error(err)
		}
	})
	t.Run("a running thread is named", func(t *testing.T) {
		runner := exec.Command("sh", "-c", "while :; do :; done")
		if err := runner.Start(); err != nil {
			t.Skip(err)
		}
		defer func() { runner.Process.Kill(); runner.Wait() }()
		settler, err := NewSettler([]int{runner.Process.Pid})
		if err != nil {
			t.Fatal(err)
		}
		defer settler.Close()
		if err := settler.Settle(); err == nil || !strings.Contains(err.Error(), strconv.Itoa(runner.Process.Pid)) {
			t.Errorf("got %v, want an error that names process %d", err, runner.Process.Pid)
		}
	})
}

func TestPlace(t *testing.T) {
	t.Run("a process has at least one core", func(t *testing.T) {
		cores, err := Cores()
		if err != nil || len(cores) == 0 {
			t.Errorf("got %v %v", cores, err)
		}
	})
}

func TestDescribe(t *testing.T) {
	t.Run("nothing is left empty", func(t *testing.T) {
		h := Describe("nowhere", "", "free")
		for name, value := range map[string]string{"cpu": h.CPU, "kernel": h.Kernel, "virtualised": h.Virtualised, "governor": h.Governor,
			"compiler": h.Compiler, "go": h.Go, "commit": h.Commit, "placement": h.Placement} {
			if value == "" {
				t.Errorf("%s is empty", name)
			}
		}
	})
	t.Run("a field is found among others", func(t *testing.T) {
		if got := field("processor\t: 0\nmodel name\t: Fast (R) CPU: 3\n", "model name"); got != "Fast (R) CPU: 3" {
			t.Errorf("got %q", got)
		}
	})
}
