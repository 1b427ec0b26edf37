package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/ringcall/ringcall/bench/internal/host"
	"github.com/ringcall/ringcall/bench/internal/peers"
	"github.com/ringcall/ringcall/bench/internal/report"
	"github.com/ringcall/ringcall/bench/internal/turns"
)

const (
	window = time.Millisecond
	warm   = 150 * time.Microsecond
)

var errInterrupted = errors.New("interrupted")

// bench is the selected rows with their peers opened.
type bench struct {
	settings settings
	place    peers.Place
	host     host.Host
	peers    []peers.Peer
	rows     []turns.Row
}

func open(s settings) (*bench, error) {
	b := &bench{settings: s, place: peers.Place{Servers: s.servers, Near: -1, Far: -1}}
	for _, peer := range peers.All() {
		if rows := turns.Select(peer.Rows(), s.filters); len(rows) > 0 {
			b.rows = append(b.rows, rows...)
			b.peers = append(b.peers, peer)
		}
	}
	if len(b.rows) == 0 {
		return nil, fmt.Errorf("no row's name contains any of %q; -list shows them all", s.filters)
	}
	if s.list {
		b.peers = nil
		return b, nil
	}
	placement, err := b.pin()
	if err != nil {
		return nil, err
	}
	b.host = host.Describe(s.servers, s.commit, placement)
	if b.place.Scratch, err = os.MkdirTemp("", "ringcall-bench-"); err != nil {
		return nil, err
	}
	for i, peer := range b.peers {
		if err := peer.Open(b.place); err != nil {
			b.peers = b.peers[:i+1]
			return nil, errors.Join(fmt.Errorf("%s: %w", peer.Name(), err), b.close())
		}
	}
	return b, nil
}

// pin places this process and tells the peers where to go.
func (b *bench) pin() (string, error) {
	procs := runtime.GOMAXPROCS(0)
	cores, err := host.Cores()
	if err != nil {
		return "", err
	}
	if !b.settings.pin || len(cores) < 2 {
		return fmt.Sprintf("free on %d core(s), GOMAXPROCS %d", len(cores), procs), nil
	}
	// Setting it, even to what it is, keeps Go from following the narrower affinity.
	runtime.GOMAXPROCS(procs)
	b.place.Near, b.place.Far = cores[0], cores[1]
	return fmt.Sprintf("Go on core %d, C++ servers on core %d, GOMAXPROCS %d", b.place.Near, b.place.Far, procs), host.PinProcess(b.place.Near)
}

func (b *bench) measure(stop <-chan os.Signal) (report.Report, error) {
	var helpers []int
	for _, peer := range b.peers {
		helpers = append(helpers, peer.Processes()...)
	}
	settler, err := host.NewSettler(helpers)
	if err != nil {
		return report.Report{}, err
	}
	defer settler.Close()
	plan := turns.Plan{Laps: b.settings.laps, Window: window, Warm: warm, Settle: settler.Settle, Progress: func(lap int) error {
		select {
		case <-stop:
			return errInterrupted
		default:
			progress(lap, b.settings.laps)
			return nil
		}
	}}
	watch, err := host.StartWatch(helpers)
	if err != nil {
		return report.Report{}, err
	}
	windows, err := turns.Measure(b.rows, plan)
	if err != nil {
		return report.Report{}, err
	}
	load, err := watch.Load()
	if err != nil {
		return report.Report{}, err
	}
	return report.New(b.host, load, plan, b.rows, windows, targets), nil
}

// close ends all helpers and reports those that ended badly.
func (b *bench) close() error {
	var all []error
	for _, peer := range b.peers {
		if err := peer.Close(); err != nil {
			all = append(all, fmt.Errorf("%s: %w", peer.Name(), err))
		}
	}
	if b.place.Scratch != "" {
		all = append(all, os.RemoveAll(b.place.Scratch))
	}
	return errors.Join(all...)
}

// progress shows on a terminal only.
func progress(lap, laps int) {
	if info, err := os.Stderr.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return
	}
	fmt.Fprintf(os.Stderr, "\r%d of %d laps", lap, laps)
	if lap == laps {
		fmt.Fprint(os.Stderr, "\r\x1b[K")
	}
}
