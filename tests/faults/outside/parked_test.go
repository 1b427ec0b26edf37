package outside

import (
	"runtime"
	"sync"
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
)

// Each call finds the server asleep or falling asleep, and its caller sleeps: that is where a wake could be lost. A server that may not poll yields before it
// sleeps, so that on a machine with few processors it sleeps less often than its client.
func TestNoParkedRoundTripIsLost(t *testing.T) {
	s := listen(t, "", "--spin", "0", "--workers", "1", "--loops", "2")
	trips := count(20_000, 1_000_000)
	const goroutines = 2 // each with a client and a loop of its own
	var group sync.WaitGroup
	clients := []*ringcall.Client{s.dial(ringcall.WithSpin(0)), s.dial(ringcall.WithSpin(0))}
	for g := range goroutines {
		group.Add(1)
		go func() {
			defer group.Done()
			client := clients[g]
			var slept uint64
			for i := range int32(trips / goroutines) {
				for i%32 == 0 && client.Stats().Server.Sleeps == slept { // at the others it may be about to
					runtime.Gosched()
				}
				slept = client.Stats().Server.Sleeps
				if i%64 == 63 { // by way of a worker
					if _, err := client.Call(background, methodSleep, nanoseconds(1000), nil); err != nil {
						t.Error(err)
						return
					}
					continue
				}
				if err := addWith(background, client, i, 1); err != nil {
					t.Error(err)
					return
				}
			}
		}()
	}
	group.Wait()
	for _, client := range clients {
		noRecoveredWakes(t, client)
		stats := client.Stats()
		t.Logf("%d calls: the server slept %d times and rang %d times, the client slept %d times and rang %d times; recovered %d and %d", stats.Client.Calls,
			stats.Server.Sleeps, stats.Server.BellsRung, stats.Client.Sleeps, stats.Client.BellsRung, stats.Client.RecoveredWakes, stats.Server.RecoveredWakes)
		// How many it is depends on the machine and on what else it does: every 32nd call begins with the server asleep, of the others any part.
		if stats.Client.Sleeps < stats.Client.Calls/50 || stats.Server.Sleeps < stats.Client.Calls/40 {
			t.Errorf("too few waits were slept through to show anything: %+v", stats)
		}
	}
}
