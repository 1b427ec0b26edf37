package peers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

// sampled is ringcall with no call, with one in 64 and with each call sampled for profiles: servers of their own, so that all three take turns.
type sampled struct{ rates []*sampledServer }

type sampledServer struct {
	ringServer
	every int
}

func (*sampled) Name() string { return "ringcall sampled" }

func (s *sampled) all() []*sampledServer {
	if s.rates == nil {
		s.rates = []*sampledServer{{every: 0}, {every: 64}, {every: 1}}
	}
	return s.rates
}

func (s *sampled) Open(place Place) error {
	for _, r := range s.all() {
		var err error
		if r.client, r.command, err = launch(place, place.Far, spin, fmt.Sprint("sample=", r.every)); err != nil {
			return err
		}
	}
	return nil
}

func (s *sampled) Processes() []int {
	var all []int
	for _, r := range s.all() {
		all = append(all, r.Processes()...)
	}
	return all
}

func (s *sampled) Close() error {
	var all []error
	for _, r := range s.all() {
		all = append(all, r.Close())
	}
	return errors.Join(all...)
}

func (s *sampled) Rows() []turns.Row {
	var rows []turns.Row
	for _, r := range s.all() {
		how := fmt.Sprintf("one call in %d sampled", r.every)
		if r.every == 0 {
			how = "no call sampled"
		}
		row := func(name, what string, inFlight int, run func(count int) (time.Duration, error)) turns.Row {
			return turns.Row{Name: fmt.Sprintf("ringcall/%s-sampled=%d", name, r.every), What: what + "; " + how, Unit: "call", Group: groupProfile, Params: turns.Params{turns.InFlight: float64(inFlight)}, Run: run}
		}
		calls := row("typed-call", "one blocking typed call at a time", 1, func(count int) (time.Duration, error) {
			return typedCalls(context.Background(), r.client, count)
		})
		posts := row("inflight", "4 Runs of 64 raw calls in flight, sampled one by one", 256, func(count int) (time.Duration, error) {
			return rotatedRuns(r.client, 4, 64, (count+63)/64)
		})
		posts.Step = 64
		rows = append(rows, calls, posts)
	}
	return rows
}
