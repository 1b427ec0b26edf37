package peers

import (
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
	"github.com/ringcall/ringcall/go"
)

// parked is a ringcall client with no spin on either side: each call finds the server asleep and is awaited asleep. On one core the server
// offers the core to the client before it sleeps, and often need not be woken.
type parked struct {
	oneCore bool
	client  *ringcall.Client
	command *exec.Cmd

	made, serverWoken, clientWoken uint64
}

func (p *parked) Name() string     { return placed("parked", p.oneCore) }
func (p *parked) Processes() []int { return processOf(p.command) }
func (p *parked) Close() error     { return closeClient(p.client) }

func (p *parked) Open(place Place) (err error) {
	p.client, p.command, err = launch(place, place.far(p.oneCore), 0)
	return err
}

func (p *parked) Rows() []turns.Row {
	what := "one blocking Call at a time, no spin: both sides sleep each time, or the row fails"
	if p.oneCore {
		what = "the same with both sides on one core, where they need not always sleep"
	}
	return []turns.Row{{
		Name: placed("ringcall/parked", p.oneCore),
		What: what,
		Unit: "call", Group: groupWaits, Params: turns.Params{turns.InFlight: 1},
		Run: p.calls,
	}}
}

// calls fails when fewer than three of four calls so far were parked on two cores. Not every one is: a side that foreign load keeps off its
// core finds what it waits for without having slept.
func (p *parked) calls(count int) (time.Duration, error) {
	before := p.client.Stats()
	elapsed, err := calls(context.Background(), p.client, count)
	if err != nil {
		return 0, err
	}
	after := p.client.Stats()
	p.made += uint64(count)
	p.serverWoken += after.Client.BellsRung - before.Client.BellsRung
	p.clientWoken += after.Server.BellsRung - before.Server.BellsRung
	if p.oneCore || p.made < parkedProbation || min(p.serverWoken, p.clientWoken) >= p.made*3/4 {
		return elapsed, nil
	}
	return 0, fmt.Errorf("of %d calls the server was woken for %d and the client for %d: the others were not parked", p.made, p.serverWoken, p.clientWoken)
}

const parkedProbation = 200 // calls
