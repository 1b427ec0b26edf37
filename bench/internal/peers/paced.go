package peers

import (
	"context"

	"github.com/ringcall/ringcall/bench/internal/latency"
)

// A Paced peer offers single calls that can be made at set times, for latencies in an open loop. The calls run between Open and Close.
type Paced interface {
	Paced() []latency.Call
}

// Paced implements Paced.
func (r *ring) Paced() []latency.Call {
	return []latency.Call{{Name: "ringcall/typed-call", Do: func() error {
		_, err := typedCalls(context.Background(), r.client, 1)
		return err
	}}}
}

// Paced implements Paced.
func (s *streamPeer) Paced() []latency.Call {
	return []latency.Call{{Name: placed(s.kind+"/echo", s.oneCore), Do: func() error {
		_, err := echoes(s.streams[shortEcho], shortEcho, 1)
		return err
	}}}
}
