package peers

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

// disturbed is ringcall, cgo and a Unix socket on a busy machine, and in a Go program whose garbage collector is busy.
type disturbed struct {
	ringServer
	echo    *streamPeer
	burners []*process
	garbage garbage
}

const (
	busyCalls   = 32 // single calls timed in a window on a busy machine, at least
	burnerCount = 2
)

func (*disturbed) Name() string { return "disturbed" }

func (d *disturbed) Open(place Place) (err error) {
	if err := d.ringServer.Open(place); err != nil {
		return err
	}
	if d.echo, err = openEcho(place, "disturbed"); err != nil {
		return err
	}
	for i := range burnerCount {
		where := []int{place.Near, place.Far}[i%2]
		burner, err := start(place, "ringcall-bench-burner", []string{core(where)})
		if err != nil {
			return err
		}
		d.burners = append(d.burners, burner)
		if _, err := burner.ready(); err != nil {
			return err
		}
	}
	return nil
}

// openEcho starts an echo server of one's own, in a directory of that name.
func openEcho(place Place, name string) (*streamPeer, error) {
	place.Scratch = filepath.Join(place.Scratch, name)
	if err := os.MkdirAll(place.Scratch, 0o700); err != nil {
		return nil, err
	}
	// One from an earlier start.
	os.Remove(filepath.Join(place.Scratch, "unix.sock"))
	echo := &streamPeer{kind: "unix"}
	return echo, echo.Open(place)
}

func (d *disturbed) Processes() []int {
	all := d.ringServer.Processes()
	if d.echo != nil {
		all = append(all, d.echo.Processes()...)
	}
	for _, burner := range d.burners {
		all = append(all, burner.ids()...)
	}
	return all
}

func (d *disturbed) Close() error {
	all := []error{d.ringServer.Close()}
	if d.echo != nil {
		all = append(all, d.echo.Close())
	}
	for _, burner := range d.burners {
		all = append(all, burner.stop())
	}
	return errors.Join(all...)
}

func (d *disturbed) Rows() []turns.Row {
	var rows []turns.Row
	add := func(peer, how string, calls func(count int, each func()) error) {
		rows = append(rows, turns.Row{
			Name: peer + "/busy", What: "the median of single " + how + " while two processes of others spin, one on each core", Unit: "call", Step: busyCalls,
			Group: groupWaits, Workload: "busy", Series: peer, Params: turns.Params{turns.InFlight: 1},
			Run: func(count int) (time.Duration, error) {
				return d.burning(func() (time.Duration, error) { return quantileOfCalls(0.5, count, calls) })
			},
		}, turns.Row{
			Name: peer + "/gc", What: how + " while another goroutine keeps the garbage collector busy", Unit: "call",
			Group: groupWaits, Workload: "gc", Series: peer, Params: turns.Params{turns.InFlight: 1},
			Run: func(count int) (time.Duration, error) {
				return d.garbage.during(func() (time.Duration, error) {
					begin := time.Now()
					err := calls(count, func() {})
					return time.Since(begin), err
				})
			},
		})
	}
	add("ringcall", "blocking typed calls", func(count int, each func()) error { return typedCallsTold(d.client, count, each) })
	add("unix", "echoes of 16 bytes over a Unix socket", func(count int, each func()) error {
		message, received := newMessage(shortEcho), make([]byte, shortEcho)
		for i := range count {
			if err := echoOnce(d.echo.streams[shortEcho], message.next(i), received); err != nil {
				return err
			}
			each()
		}
		return nil
	})
	add("cgo", "cgo calls", func(count int, each func()) error {
		for range count {
			if _, err := cgoCalls(1); err != nil {
				return err
			}
			each()
		}
		return nil
	})
	return rows
}

// burning has the burners spin while it measures.
func (d *disturbed) burning(measure func() (time.Duration, error)) (time.Duration, error) {
	if err := d.toggle(); err != nil {
		return 0, err
	}
	elapsed, err := measure()
	return elapsed, errors.Join(err, d.toggle())
}

func (d *disturbed) toggle() error {
	for _, burner := range d.burners {
		if _, err := burner.in.Write([]byte{1}); err != nil {
			return err
		}
		if _, err := io.ReadFull(burner.out, make([]byte, 1)); err != nil {
			return fmt.Errorf("a burner has gone: %w", err)
		}
	}
	return nil
}
