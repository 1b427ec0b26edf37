package peers

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
	"github.com/ringcall/ringcall/go"
)

// dying is a busy client of a server, another client of which is killed meanwhile, beside a process of the same kind that has nothing to do with it:
// that a process ends costs two busy cores something by itself.
type dying struct {
	server              *listening
	client              *ringcall.Client
	clients, bystanders *process
}

// dyingCalls is how many calls a window has at least: some milliseconds of them, of which a death takes a part.
const dyingCalls = 8000

func (*dying) Name() string { return "dying" }

func (d *dying) Processes() []int {
	return append(append(d.server.ids(), d.clients.ids()...), d.bystanders.ids()...)
}

func (d *dying) Open(place Place) (err error) {
	if d.server, err = listenAt(place, "dying.sock"); err != nil {
		return err
	}
	if d.client, err = ringcall.Dial(context.Background(), d.server.path); err != nil {
		return err
	}
	if d.clients, err = startVictims(place, d.server.path); err != nil {
		return err
	}
	d.bystanders, err = startVictims(place)
	return err
}

func startVictims(place Place, arguments ...string) (*process, error) {
	victims, err := start(place, "ringcall-bench-victim", arguments)
	if err != nil {
		return nil, err
	}
	_, err = victims.ready()
	return victims, err
}

func (d *dying) Close() error {
	var all []error
	if d.client != nil {
		all = append(all, d.client.Close())
	}
	return errors.Join(append(all, d.clients.stop(), d.bystanders.stop(), d.server.stop())...)
}

func (d *dying) Rows() []turns.Row {
	row := func(name, what string, victims func() *process) turns.Row {
		return turns.Row{
			Name: "ringcall/" + name, What: "the longest of single typed calls in a window, " + what, Unit: "call", Step: dyingCalls, Group: groupClients,
			Run: func(count int) (time.Duration, error) { return d.longest(count, victims()) },
		}
	}
	return []turns.Row{
		row("nobody-dies", "undisturbed", func() *process { return nil }),
		row("bystander-dies", "in which an idle process that is no client is killed", func() *process { return d.bystanders }),
		row("client-dies", "in which another client is killed that fills its arena with answers", func() *process { return d.clients }),
	}
}

// longest has one of the victims, if any, killed during the calls.
func (d *dying) longest(count int, victims *process) (took time.Duration, err error) {
	calls := func(count int, each func()) error { return typedCallsTold(d.client, count, each) }
	if victims == nil {
		return quantileOfCalls(1, count, calls)
	}
	victim, err := newVictim(victims)
	if err != nil {
		return 0, err
	}
	if err := syscall.Kill(victim, syscall.SIGKILL); err != nil { // it ends while the calls are made
		return 0, err
	}
	if took, err = quantileOfCalls(1, count, calls); err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(victims.out, make([]byte, 1)); err != nil {
		return 0, fmt.Errorf("a victim did not die: %w", victims.gone())
	}
	return took, nil
}

// newVictim returns the id of a process that may be killed.
func newVictim(victims *process) (int, error) {
	var id [4]byte
	if _, err := victims.in.Write([]byte{1}); err != nil {
		return 0, victims.gone()
	}
	if _, err := io.ReadFull(victims.out, id[:]); err != nil {
		return 0, victims.gone()
	}
	return int(binary.NativeEndian.Uint32(id[:])), nil
}
