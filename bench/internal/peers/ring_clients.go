package peers

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
	"github.com/ringcall/ringcall/go"
)

// clients is a ringcall server with one client more than count attached: that one busy while the others idle, or it idle and the others busy.
type clients struct {
	count   int
	server  *listening
	clients []*ringcall.Client
	crowd   *crowd
}

func (c *clients) Name() string     { return fmt.Sprintf("ringcall clients=%d", c.count) }
func (c *clients) Processes() []int { return c.server.ids() }

func (c *clients) Open(place Place) (err error) {
	if c.server, err = listenAt(place, fmt.Sprintf("clients-%d.sock", c.count)); err != nil {
		return err
	}
	for range c.count + 1 {
		client, err := ringcall.Dial(context.Background(), c.server.path)
		if err != nil {
			return err
		}
		c.clients = append(c.clients, client)
	}
	c.crowd = newCrowd(c.count, func(member, calls int) error {
		_, err := typedCalls(context.Background(), c.clients[member], calls)
		return err
	})
	return nil
}

func (c *clients) Close() error {
	if c.crowd != nil {
		c.crowd.close()
	}
	var all []error
	for _, client := range c.clients {
		all = append(all, client.Close())
	}
	return errors.Join(append(all, c.server.stop())...)
}

func (c *clients) Rows() []turns.Row {
	rows := []turns.Row{{
		Name: fmt.Sprintf("ringcall/clients-idle=%d", c.count), Unit: "call", Group: groupClients,
		What:     fmt.Sprintf("blocking typed calls of one client while %d others are attached and idle", c.count),
		Workload: "clients", Series: "ringcall, one busy, the others idle", Params: turns.Params{turns.InFlight: 1, turns.Clients: float64(c.count + 1)},
		Run: func(count int) (time.Duration, error) {
			return typedCalls(context.Background(), c.clients[c.count], count)
		},
	}}
	if c.count == 0 {
		return rows
	}
	return append(rows, turns.Row{
		Name: fmt.Sprintf("ringcall/clients-busy=%d", c.count), Unit: "call", Step: c.count * callsEach, Group: groupClients,
		What:     fmt.Sprintf("blocking typed calls of %d clients at once, a goroutine each, one server loop", c.count),
		Workload: "clients", Series: "ringcall, all busy", Params: turns.Params{turns.InFlight: float64(c.count), turns.Clients: float64(c.count)},
		Run: func(count int) (time.Duration, error) { return c.crowd.run(count / c.count) },
	})
}

// listening is a ringcall server that listens at a path.
type listening struct {
	path    string
	command *exec.Cmd
}

const listenLimit = 10 * time.Second

func listenAt(place Place, name string) (*listening, error) {
	l := &listening{path: filepath.Join(place.Scratch, name)}
	l.command = exec.Command(filepath.Join(place.Servers, "ringcall-bench-server"), core(place.Far), fmt.Sprint(spin.Nanoseconds()), l.path)
	l.command.Env = append(l.command.Environ(), "RINGCALL_LOG=warn")
	l.command.SysProcAttr = endWithParent()
	if err := l.command.Start(); err != nil {
		return nil, err
	}
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		client, err := ringcall.Dial(context.Background(), l.path)
		if err == nil {
			return l, client.Close()
		}
		if time.Since(begin) > listenLimit {
			return l, fmt.Errorf("the server at %s: %w", l.path, err)
		}
	}
}

func (l *listening) ids() []int {
	if l == nil {
		return nil
	}
	return processOf(l.command)
}

func (l *listening) stop() error {
	if l == nil {
		return nil
	}
	if err := l.command.Process.Signal(terminate); err != nil {
		return err
	}
	return l.command.Wait()
}
