package outside

import (
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

const growth = 2048 // KiB that a process may grow by: the allocator's, not a leak's, which would be some KiB a cycle

// flat runs cycles after a warm-up, four at a time, and compares what the process holds before and after.
func flat(t *testing.T, pid, cycles int, cycle func()) {
	t.Helper()
	run := func(n int) {
		var group sync.WaitGroup
		for worker := range 4 {
			group.Add(1)
			go func() {
				defer group.Done()
				for i := worker; i < n; i += 4 {
					cycle()
				}
			}()
		}
		group.Wait()
	}
	still := func() (h holding) {
		for quiet := 0; quiet < 20; time.Sleep(5 * time.Millisecond) {
			if now := holdingOf(t, pid); now == h {
				quiet++
			} else {
				h, quiet = now, 0
			}
		}
		return h
	}
	run(max(cycles/10, 40))
	runtime.GC()
	before, goroutines, anonymous, shared := still(), runtime.NumGoroutine(), statusOf(t, pid, "RssAnon"), statusOf(t, pid, "RssShmem")
	run(cycles)
	runtime.GC()
	var after holding
	eventually(t, "no descriptor and no segment of the last one is left", func() bool {
		after = still()
		return after.descriptors <= before.descriptors && after.segments <= before.segments
	})
	eventually(t, "the goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines })
	t.Logf("%d cycles: %+v before, %+v after; %d and %d KiB of its own, %d and %d KiB shared, %d goroutines here", cycles, before, after, anonymous,
		statusOf(t, pid, "RssAnon"), shared, statusOf(t, pid, "RssShmem"), runtime.NumGoroutine())
	// Go's runtime keeps threads and maps memory as it likes, more of both on a busy machine, but not with every cycle.
	if more := cycles / 4; after.threads > before.threads+more || after.mappings > before.mappings+more {
		t.Errorf("it holds %+v, before it were %+v", after, before)
	}
	if now := statusOf(t, pid, "RssAnon"); now > anonymous+growth*4 && now > 2*anonymous {
		t.Errorf("it takes %d KiB, before it were %d", now, anonymous)
	}
	// The server's statistics are one file, of which it touches a page for the first time now and then; a segment that stays would be some pages each cycle.
	if now := statusOf(t, pid, "RssShmem"); now > shared+256 {
		t.Errorf("it shares %d KiB, before it were %d", now, shared)
	}
}

func TestKilledClientsLeakNothingInTheServer(t *testing.T) {
	s := listen(t, "", "--workers", "1")
	flat(t, s.pid(), count(200, 10_000), func() {
		p := inRole(t, "attach", s.path)
		p.hears(t, "attached")
		p.kill()
	})
	mustAdd(t, s.dial())
}

func TestKilledCoprocessesLeakNothingInTheClient(t *testing.T) {
	flat(t, os.Getpid(), count(200, 10_000), func() {
		cmd := exec.Command(serverBinary(t), "co-process")
		client, err := launch(cmd)
		if err != nil {
			t.Error(err)
			return
		}
		mustAdd(t, client)
		cmd.Process.Kill()
		<-client.Done()
		client.Close()
	})
}

func TestKilledServersLeakNothingInTheClient(t *testing.T) {
	flat(t, os.Getpid(), count(100, 3000), func() {
		cmd := exec.Command(serverBinary(t), "/proc/self/cwd/s")
		directory, err := os.MkdirTemp("", "rc")
		if err != nil {
			t.Error(err)
			return
		}
		defer os.RemoveAll(directory)
		cmd.Dir = directory
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			t.Error(err)
			return
		}
		defer cmd.Wait()
		defer cmd.Process.Kill()
		var client *ringcall.Client
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			if client, err = dial(directory + "/s"); err == nil {
				break
			}
			if time.Now().After(deadline) {
				t.Error(err)
				return
			}
		}
		mustAdd(t, client)
		cmd.Process.Kill()
		<-client.Done()
		client.Close()
	})
}
