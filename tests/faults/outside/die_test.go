package outside

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestKilledClientsLeaveNothingAndDisturbNobody(t *testing.T) {
	t.Setenv("RINGCALL_LOG", "info")
	s := listen(t, "", "--workers", "2", "--loops", "2")
	var steady []chan error
	var stop atomic.Bool
	for range 2 {
		client := s.dial()
		end := make(chan error, 1)
		go func() {
			for i := int32(0); !stop.Load(); i++ {
				if err := addWith(background, client, i, 5); err != nil {
					end <- err
					return
				}
			}
			end <- nil
		}()
		steady = append(steady, end)
	}
	mustAdd(t, s.dial())
	eventually(t, "the first dial has gone", func() bool { return holdingOf(t, s.pid()).segments == 3 })
	before := holdingOf(t, s.pid())
	for range count(4, 60) {
		var group sync.WaitGroup
		for range 8 {
			group.Add(1)
			go func() {
				defer group.Done()
				p := inRole(t, "call", s.path)
				for range 2 { // at whatever instruction it is then
					p.said.ReadString('\n')
				}
				p.kill()
			}()
		}
		group.Wait()
		eventually(t, "the server holds what it held", func() bool {
			now := holdingOf(t, s.pid())
			return now.descriptors == before.descriptors && now.segments == before.segments && now.threads == before.threads
		})
	}
	stop.Store(true)
	for _, end := range steady {
		if err := <-end; err != nil {
			t.Errorf("another client's call: %v", err)
		}
	}
	if said := s.said.String(); strings.Contains(said, "poisoned") {
		t.Errorf("the server says\n%s", said)
	}
}
