package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/ringcall/ringcall/bench/internal/host"
	"github.com/ringcall/ringcall/bench/internal/latency"
	"github.com/ringcall/ringcall/bench/internal/peers"
	"github.com/ringcall/ringcall/bench/internal/report"
	"github.com/ringcall/ringcall/bench/internal/turns"
)

const (
	window  = time.Millisecond
	warm    = 150 * time.Microsecond
	stretch = time.Second // of the diary: what disturbs is known to this length
)

var errInterrupted = errors.New("interrupted")

// bench is the selected rows with their peers opened.
type bench struct {
	settings settings
	place    peers.Place
	host     host.Host
	peers    []peers.Peer
	rows     []turns.Row
	absent   []report.Absent
}

func open(s settings) (*bench, error) {
	b := &bench{settings: s, place: peers.Place{Servers: s.servers, Near: -1, Far: -1}}
	b.choose(peers.All())
	if len(b.rows) == 0 && !s.list && len(b.absent) > 0 {
		return nil, fmt.Errorf("%s is absent: %s", b.absent[0].Name, b.absent[0].Reason)
	}
	if len(b.rows)+len(b.absent) == 0 {
		return nil, fmt.Errorf("no row's name contains any of %q; --list shows them all", s.filters)
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

// choose keeps what the filters name, and tells apart what cannot be had.
func (b *bench) choose(all []peers.Peer) {
	for _, peer := range all {
		rows := turns.Select(peer.Rows(), b.settings.filters)
		if len(rows) == 0 {
			continue
		}
		if absentee, may := peer.(peers.Absentee); may {
			if why := absentee.Absent(b.place); why != "" {
				for _, row := range rows {
					b.absent = append(b.absent, report.Absent{Name: row.Name, Reason: why})
				}
				continue
			}
		}
		b.rows = append(b.rows, rows...)
		b.peers = append(b.peers, peer)
	}
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

// measure runs the windows, then the open loops, then asks for facts.
func (b *bench) measure(stop <-chan os.Signal) (report.Report, []*latency.Recording, error) {
	run := report.Run{Started: time.Now(), Host: b.host, Window: window, Rows: b.rows, Absent: b.absent, Targets: targets}
	var helpers []int
	for _, peer := range b.peers {
		helpers = append(helpers, peer.Processes()...)
	}
	settler, err := host.NewSettler(helpers)
	if err != nil {
		return report.Report{}, nil, err
	}
	defer settler.Close()
	diary, err := host.StartDiary(helpers, stretch)
	if err != nil {
		return report.Report{}, nil, err
	}
	plan := turns.Plan{Laps: b.settings.laps, Window: window, Warm: warm, Limit: b.settings.limit, Settle: settler.Settle, Stretch: diary.Stretch,
		CPU: func() (time.Duration, time.Duration, error) { return host.CPU(helpers) }, Progress: b.progress(stop)}
	if run.Measured, err = turns.Measure(b.rows, plan); err != nil {
		return report.Report{}, nil, err
	}
	if run.Stretches, err = diary.Close(); err != nil {
		return report.Report{}, nil, err
	}
	recordings, err := b.openLoops(&run, helpers, settler, stop)
	if err != nil {
		return report.Report{}, nil, err
	}
	if run.Facts, err = b.facts(); err != nil {
		return report.Report{}, nil, err
	}
	return report.New(run), recordings, nil
}

// openLoops measures the latencies of the selected rows that can be paced, in turns of a slice each.
func (b *bench) openLoops(run *report.Run, helpers []int, settler *host.Settler, stop <-chan os.Signal) ([]*latency.Recording, error) {
	var calls []latency.Call
	var recordings []*latency.Recording
	for _, peer := range b.peers {
		paced, can := peer.(peers.Paced)
		if !can {
			continue
		}
		for _, call := range paced.Paced() {
			if !slices.ContainsFunc(b.rows, func(row turns.Row) bool { return row.Name == call.Name }) {
				continue
			}
			for _, rate := range b.settings.rates {
				calls = append(calls, call)
				recordings = append(recordings, latency.NewRecording(call.Name, rate))
			}
		}
	}
	if len(calls) == 0 {
		return nil, nil
	}
	watch, err := host.StartWatch(helpers)
	if err != nil {
		return nil, err
	}
	clock := latency.RealClock()
	for range b.settings.slices {
		for i, recording := range recordings {
			if err := interrupted(stop); err != nil {
				return nil, err
			}
			if err := settler.Settle(); err != nil {
				return nil, err
			}
			if err := recording.Slice(calls[i].Do, slice, clock); err != nil {
				return nil, err
			}
		}
	}
	load, err := watch.Load()
	for _, recording := range recordings {
		run.Latencies = append(run.Latencies, report.NewLatency(recording, load))
	}
	return recordings, err
}

// facts asks the peers that have some.
func (b *bench) facts() ([]report.Fact, error) {
	var all []report.Fact
	for _, peer := range b.peers {
		finder, has := peer.(peers.FactFinder)
		if !has {
			continue
		}
		found, err := finder.Facts()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", peer.Name(), err)
		}
		for _, fact := range found {
			all = append(all, report.Fact(fact))
		}
	}
	return all, nil
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

// list says what could be measured.
func (b *bench) list() {
	for _, row := range b.rows {
		fmt.Printf("%-12s%-32s %s\n", row.Group, row.Name, row.What)
	}
	for _, row := range b.absent {
		fmt.Printf("%-12s%-32s absent: %s\n", "", row.Name, row.Reason)
	}
}

// progress shows on a terminal only.
func (b *bench) progress(stop <-chan os.Signal) func(lap int) error {
	info, err := os.Stderr.Stat()
	shown := err == nil && info.Mode()&os.ModeCharDevice != 0
	return func(lap int) error {
		if shown {
			end := ""
			if lap == b.settings.laps {
				end = "\r" + strings.Repeat(" ", 40) + "\r"
			}
			fmt.Fprintf(os.Stderr, "\r%d of %d laps%s", lap, b.settings.laps, end)
		}
		return interrupted(stop)
	}
}

func interrupted(stop <-chan os.Signal) error {
	select {
	case <-stop:
		return errInterrupted
	default:
		return nil
	}
}
