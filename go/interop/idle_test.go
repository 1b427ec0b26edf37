package interop

import (
	"os"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// What ringcall did again and again would show in each stretch of time; what the Go runtime or the machine did once does not.
func TestIdleCostsNoProcessorTime(t *testing.T) {
	const idle, allowed, stretches = 5 * time.Second, 2, 3 // allowed: ticks of 10 ms
	s := listen(t, "--workers", "2", "--loops", "2")
	clients := []*ringcall.Client{s.dial(), s.dial(), s.dial()}
	coprocess, cmd := start(t, nil)
	for _, client := range append(clients, coprocess) {
		mustAdd(t, client)
	}
	processes := map[string]int{"this process": os.Getpid(), "the server": s.cmd.Process.Pid, "the co-process": cmd.Process.Pid}
	isIdle := func() bool {
		// One that waits for an answer is idle, too.
		go clients[0].Call(background, methodSleep, sleepRequest(idle+time.Second), nil)
		time.Sleep(100 * time.Millisecond) // until all have gone to sleep
		before := map[string]int{}
		for name, pid := range processes {
			before[name] = cpuTicks(t, pid)
		}
		time.Sleep(idle)
		quiet := true
		for name, pid := range processes {
			used := cpuTicks(t, pid) - before[name]
			t.Logf("%s used %d ms of processor time in %v", name, used*10, idle)
			quiet = quiet && used <= allowed
		}
		return quiet
	}
	quiet := false
	for n := 0; n < stretches && !quiet; n++ {
		quiet = isIdle()
	}
	if !quiet {
		t.Errorf("in each of %d stretches of %v one of the processes used more than %d ticks", stretches, idle, allowed)
	}
	for _, client := range append(clients, coprocess) {
		mustAdd(t, client)
	}
}
