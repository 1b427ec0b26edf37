package peers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

// waits is ringcall under three wait policies with calls that come now and then: what is timed is the calls, not the gaps between them.
type waits struct{ policies []*policy }

type policy struct {
	ringServer
	name string
	spin time.Duration
}

// gap is twice what the default spins for: long enough that it sleeps, and that only a longer spin stays awake.
const gap = 2 * spin

func (*waits) Name() string { return "ringcall waits" }

func (w *waits) all() []*policy {
	if w.policies == nil {
		w.policies = []*policy{{name: "spinning", spin: 10 * gap}, {name: "adaptive", spin: spin}, {name: "parked", spin: 0}}
	}
	return w.policies
}

func (w *waits) Open(place Place) error {
	for _, p := range w.all() {
		var err error
		if p.client, p.command, err = launch(place, place.Far, p.spin); err != nil {
			return err
		}
	}
	return nil
}

func (w *waits) Processes() []int {
	var all []int
	for _, p := range w.all() {
		all = append(all, p.Processes()...)
	}
	return all
}

func (w *waits) Close() error {
	var all []error
	for _, p := range w.all() {
		all = append(all, p.Close())
	}
	return errors.Join(all...)
}

func (w *waits) Rows() []turns.Row {
	var rows []turns.Row
	for _, p := range w.all() {
		rows = append(rows, turns.Row{Name: "ringcall/wait-" + p.name, Unit: "call", Group: groupWaits, Params: turns.Params{turns.InFlight: 1},
			What: fmt.Sprintf("a blocking typed call every %v, both sides spin for %v before they sleep; the calls alone are timed", gap, p.spin),
			Run:  func(count int) (time.Duration, error) { return pacedCalls(p, count) }})
	}
	return rows
}

func pacedCalls(p *policy, count int) (in time.Duration, err error) {
	ctx := context.Background()
	for i := range int32(count) {
		begin := time.Now()
		if err := typedCall(ctx, p.client, i); err != nil {
			return 0, err
		}
		end := time.Now()
		in += end.Sub(begin)
		for time.Since(end) < gap {
		}
	}
	return in, nil
}
