package interop

import (
	"os"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

func TestIdleCostsNoProcessorTime(t *testing.T) {
	const idle, allowed = 5 * time.Second, 2 // ticks of 10 ms
	s := listen(t, "--workers", "2", "--loops", "2")
	clients := []*ringcall.Client{s.dial(), s.dial(), s.dial()}
	coprocess, cmd := start(t, nil)
	for _, client := range append(clients, coprocess) {
		mustAdd(t, client)
	}
	// One that waits for an answer is idle, too.
	go clients[0].Call(background, methodSleep, sleepRequest(idle+time.Second), nil)
	time.Sleep(100 * time.Millisecond) // until all have gone to sleep
	processes := map[string]int{"this process": os.Getpid(), "the server": s.cmd.Process.Pid, "the co-process": cmd.Process.Pid}
	before := map[string]int{}
	for name, pid := range processes {
		before[name] = cpuTicks(t, pid)
	}
	time.Sleep(idle)
	for name, pid := range processes {
		used := cpuTicks(t, pid) - before[name]
		t.Logf("%s used %d ms of processor time in %v", name, used*10, idle)
		if used > allowed {
			t.Errorf("%s used %d ticks, expected at most %d", name, used, allowed)
		}
	}
	for _, client := range append(clients, coprocess) {
		mustAdd(t, client)
	}
}
