package ringcall

import (
	"context"
	"runtime"
	"sync/atomic"
)

// leadOrYield is called by who has posted k just now and goes on to await it. mu is held.
func (c *channel) leadOrYield(k *call) (leading bool) {
	if lead := c.leadNow(); lead == leadAlone || lead == leadFollowed {
		atomic.CompareAndSwapUint32(&k.state, callPosted, callYielding)
		return false
	}
	return c.leadOrFollow(k)
}

// yield offers the processor to other goroutines, the leader among them, and says whether k was answered meanwhile. Where goroutines share a processor, and
// where the server is quick, most are: neither do they sleep, nor need they be woken. It ends early with ctx. That nobody leads any more shows only under mu.
func (c *channel) yield(ctx context.Context, k *call) (done bool) {
	for range yieldsMax {
		runtime.Gosched()
		if atomic.LoadUint32(&k.state) == callDone {
			return true
		}
		if c.interrupted(ctx) != unpolled {
			break
		}
	}
	return false
}
