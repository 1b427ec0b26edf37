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
	t.Run("work of this process is not foreign", func(t *testing.T) {
		watch, err := StartWatch(nil)
		if err != nil {
			t.Fatal(err)
		}
		began, burnt := time.Now(), burn(150*time.Millisecond)
		lasted := time.Since(began)
		load, err := watch.Load()
		if err != nil || load.Elapsed < lasted {
			t.Errorf("got %+v %v, want %v at least", load, err, lasted)
		}
		// Whatever others did meanwhile: all the time that was not idle is theirs but for ours.
		_, busy, _, err := watch.account()
		if err != nil {
			t.Fatal(err)
		}
		most := max(0, busy-watch.busy-burnt) + time.Microsecond // what the conversion to cores rounds
		if foreign := time.Duration(load.Foreign * float64(load.Elapsed)); foreign > most {
			t.Errorf("%v of the machine's time were foreign, want %v at most: we burnt %v", foreign, most, burnt)
		}
	})
}

// burn uses so much processor time of this process, at least, and returns how much it was.
func burn(d time.Duration) time.Duration {
	for begin, _, _ := CPU(nil); ; {
		if now, _, _ := CPU(nil); now-begin >= d {
			return now - begin
		}
	}
}

func TestCPU(t *testing.T) {
	t.Run("what this process burns is the program's", func(t *testing.T) {
		before, _, err := CPU(nil)
		if err != nil {
			t.Fatal(err)
		}
		burn(5 * time.Millisecond)
		if after, _, _ := CPU(nil); after-before < 5*time.Millisecond {
			t.Errorf("got %v", after-before)
		}
	})
	t.Run("what a running helper burns is the helpers'", func(t *testing.T) {
		runner := exec.Command("sh", "-c", "while :; do :; done")
		if err := runner.Start(); err != nil {
			t.Skip(err)
		}
		defer func() { runner.Process.Kill(); runner.Wait() }()
		for deadline := time.Now().Add(10 * time.Second); ; {
			_, used, err := CPU([]int{runner.Process.Pid})
			if err != nil {
				t.Fatal(err)
			}
			if used > 20*time.Millisecond {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("a busy loop used %v in 10 s", used)
			}
		}
	})
	t.Run("a helper that ended is named", func(t *testing.T) {
		ended := exec.Command("true")
		if err := ended.Run(); err != nil {
			t.Skip(err)
		}
		if _, _, err := CPU([]int{ended.Process.Pid}); err == nil || !strings.Contains(err.Error(), strconv.Itoa(ended.Process.Pid)) {
			t.Errorf("got %v, want an error that names process %d", err, ended.Process.Pid)
		}
	})
}

func TestDiary(t *testing.T) {
	t.Run("stretches follow each other, and a short last one joins its predecessor", func(t *testing.T) {
		const length = time.Hour // that only the test lets pass
		diary, err := StartDiary(nil, length)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			if n, err := diary.Stretch(); err != nil || n != i/2 {
				t.Fatalf("got stretch %d %v, want %d", n, err, i/2)
			}
			if i%2 == 1 && i < 5 {
				diary.watch.begin = diary.watch.begin.Add(-length)
			}
		}
		stretches, err := diary.Close()
		if err != nil || len(stretches) != 2 {
			t.Errorf("got %d stretches %v, want 2", len(stretches), err)
		}
		for _, s := range stretches {
			if s.Elapsed < length {
				t.Errorf("a stretch of %v", s.Elapsed)
			}
		}
	})
	t.Run("the load of a run is that of its stretches, by their length", func(t *testing.T) {
		got := Together([]Load{{Elapsed: time.Second, Steal: 0.1}, {Elapsed: 3 * time.Second, Foreign: 0.4}})
		if got.Elapsed != 4*time.Second || got.Steal < 0.0249 || got.Steal > 0.0251 || got.Foreign < 0.299 || got.Foreign > 0.301 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestSettle(t *testing.T) {
	t.Run("a sleeping process is settled", func(t *testing.T) {
		sleeper := exec.Command("sleep", "600")
		if err := sleeper.Start(); err != nil {
			t.Skip(err)
		}
		defer func() { sleeper.Process.Kill(); sleeper.Wait() }()
		settler, err := NewSettler([]int{sleeper.Process.Pid})
		if err != nil {
			t.Fatal(err)
		}
		defer settler.Close()
		for deadline := time.Now().Add(20 * time.Second); ; { // a busy machine may take a while to let it begin
			err := settler.Settle()
			if err == nil {
				return
			}
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
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
