package peers

import (
	"sync"
	"sync/atomic"
	"time"
)

// garbage is work for the collector: a tree that stays and is marked again and again, and leaves that come and go.
type garbage struct {
	live []*node
}

type node struct {
	next *node
	data [6]uint64
}

const (
	liveNodes = 200_000 // some 13 MB
	nodeChain = 16
)

// during lets a goroutine make garbage while it measures.
func (g *garbage) during(measure func() (time.Duration, error)) (time.Duration, error) {
	if g.live == nil {
		g.live = make([]*node, liveNodes/nodeChain)
	}
	var stop atomic.Bool
	var ended sync.WaitGroup
	ended.Add(1)
	go func() {
		defer ended.Done()
		for i := 0; !stop.Load(); i = (i + 1) % len(g.live) {
			var chain *node
			for range nodeChain {
				chain = &node{next: chain}
			}
			g.live[i] = chain
		}
	}()
	elapsed, err := measure()
	stop.Store(true)
	ended.Wait()
	return elapsed, err
}
