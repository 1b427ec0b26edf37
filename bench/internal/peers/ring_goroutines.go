package peers

import (
	"context"
	"fmt"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

// goroutines is ringcall with many goroutines that make blocking calls on one client.
type goroutines struct {
	ringServer
	crowds map[int]*crowd
}

func (*goroutines) Name() string { return "ringcall goroutines" }

func (g *goroutines) Open(place Place) error {
	if err := g.ringServer.Open(place); err != nil {
		return err
	}
	g.crowds = map[int]*crowd{}
	for _, size := range goroutineCounts {
		g.crowds[size] = newCrowd(size, func(_, calls int) error {
			_, err := typedCalls(context.Background(), g.client, calls)
			return err
		})
	}
	return nil
}

func (g *goroutines) Close() error {
	for _, each := range g.crowds {
		each.close()
	}
	return g.ringServer.Close()
}

func (g *goroutines) Rows() []turns.Row {
	var rows []turns.Row
	for _, size := range goroutineCounts {
		rows = append(rows, turns.Row{Name: fmt.Sprintf("ringcall/goroutines=%d", size), Unit: "call", Step: size * callsEach, Group: groupGoroutines,
			What:     fmt.Sprintf("%d goroutines each make blocking typed calls on one client", size),
			Workload: "goroutines", Series: "ringcall", Params: turns.Params{turns.InFlight: float64(size), turns.Goroutines: float64(size)},
			Run: func(count int) (time.Duration, error) { return g.crowds[size].run(count / size) }})
	}
	return rows
}
