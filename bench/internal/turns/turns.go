// Package turns runs the rows of a benchmark in turns, one short window each, so that whatever disturbs the machine disturbs them all.
package turns

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// A Row is one thing that is measured.
type Row struct {
	Name string // "ringcall/call": peer, then case
	What string // one line: what is timed
	Unit string // what one count of Run is: "call", "record", "round trip"
	Step int    // counts come in multiples of this; 0 means 1

	Group string // of rows that are asked for together, by a filter that ends in a colon: "core", "payload"

	// What the report draws curves of. A row without a workload is in no curve.
	Workload string // what is done: "add", "echo"; rows of one workload share a plot
	Series   string // the curve that the row is a point of: "cgo", "ringcall, runs awaited"
	Params   Params

	// Run does count units (a multiple of Step) and returns the time the measured part took. It verifies every answer.
	Run func(count int) (time.Duration, error)
}

// Params are the quantities that a row's cost depends on, by name; one that a row leaves out does not apply to it.
type Params map[string]float64

// The names that the report knows.
const (
	InFlight   = "inflight"   // calls posted and not yet answered, at most
	Payload    = "payload"    // bytes there and as many back
	Goroutines = "goroutines" // each making calls of its own
	Clients    = "clients"    // attached to one server
	HandlerNs  = "handler_ns" // what the handler takes
)

// A Plan says how long to measure.
type Plan struct {
	Laps   int
	Window time.Duration // of one row's turn
	Warm   time.Duration // untimed part in front of each window: the other side is awake and its lines are where they will be

	Limit time.Duration // no lap but the first begins later than this after the start; 0: none

	// Settle returns when every helper process is asleep, so that a row has both cores to itself.
	Settle func() error
	// CPU, if set, returns the time that the Go program and the helper processes have used so far.
	CPU func() (program, helpers time.Duration, err error)
	// Stretch, if set, returns the number of the stretch of the run that the next window is in.
	Stretch func() (int, error)
	// Progress is told how many laps are done; an error ends the measurement.
	Progress func(lap int) error
}

// Select keeps the rows whose name contains one of the filters, or whose group is one that ends in a colon; no filter keeps all.
func Select(rows []Row, filters []string) []Row {
	if len(filters) == 0 {
		return rows
	}
	var kept []Row
	for _, row := range rows {
		for _, filter := range filters {
			if strings.Contains(row.Name, filter) || row.Group != "" && filter == row.Group+":" {
				kept = append(kept, row)
				break
			}
		}
	}
	return kept
}

// Measured is what the windows of one row gave, by lap: the same index in two rows ran within some milliseconds of each other.
type Measured struct {
	Windows   []float64 // ns per unit
	Program   []float64 // CPU time of the Go program, ns per unit, with what Run does beside the measured part
	Helpers   []float64 // CPU time of the helper processes, likewise
	Stretches []int     // the stretch of the run that the window was in
}

// Measure returns one Measured a row.
func Measure(rows []Row, plan Plan) ([]Measured, error) {
	begin := time.Now()
	counts := make([]int, len(rows))
	for range calibratePasses {
		for i, row := range rows {
			perUnit, err := calibrate(row, plan)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", row.Name, err)
			}
			counts[i] = max(counts[i], row.count(plan.Window, perUnit))
		}
	}
	measured := make([]Measured, len(rows))
	order := make([]int, len(rows))
	for i := range rows {
		order[i] = i
	}
	random := rand.New(rand.NewPCG(3, 4))
	for lap := range plan.Laps {
		if lap > 0 && plan.Limit > 0 && time.Since(begin) > plan.Limit {
			break
		}
		// A new order each lap: nobody always runs behind the same neighbour.
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, r := range order {
			var err error
			if counts[r], err = measured[r].window(rows[r], counts[r], plan); err != nil {
				return nil, fmt.Errorf("%s: %w", rows[r].Name, err)
			}
		}
		if plan.Progress != nil {
			if err := plan.Progress(lap + 1); err != nil {
				return nil, err
			}
		}
	}
	return measured, nil
}

// window returns the count for the row's next one. Where count takes less than a quarter of a window it was found while the machine stood still in each try, and is doubled until
// it does not: what so short a window measures is the warm-up and what wakes the other side.
func (m *Measured) window(row Row, count int, plan Plan) (int, error) {
	if err := plan.Settle(); err != nil {
		return 0, err
	}
	for first, last := count, count<<doublingsMost; ; count *= 2 {
		t, err := once(row, count, plan)
		if err != nil {
			return 0, err
		}
		if t.elapsed < plan.Window/4 && count < last {
			continue
		}
		perUnit := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(count) }
		m.Windows = append(m.Windows, perUnit(t.elapsed))
		m.Program = append(m.Program, perUnit(t.program))
		m.Helpers = append(m.Helpers, perUnit(t.helpers))
		m.Stretches = append(m.Stretches, t.stretch)
		if count == last {
			return first, nil // it says that it takes no time, however much it does
		}
		return count, nil
	}
}

const doublingsMost = 12

// turn is what one try of a window gave.
type turn struct {
	elapsed, program, helpers time.Duration
	stretch                   int
}

func once(row Row, count int, plan Plan) (t turn, err error) {
	if plan.Stretch != nil {
		if t.stretch, err = plan.Stretch(); err != nil {
			return t, err
		}
	}
	warm := row.round(int(float64(count) * float64(plan.Warm) / float64(plan.Window)))
	if _, err := row.Run(warm); err != nil {
		return t, err
	}
	program, helpers, err := plan.cpu()
	if err != nil {
		return t, err
	}
	if t.elapsed, err = row.Run(count); err != nil {
		return t, err
	}
	t.program, t.helpers, err = plan.cpu()
	t.program -= program
	t.helpers -= helpers
	return t, err
}

func (p *Plan) cpu() (program, helpers time.Duration, err error) {
	if p.CPU == nil {
		return 0, 0, nil
	}
	return p.CPU()
}

// calibrateTries are made at each count: the machine may stand still in any of them, but hardly in all. A cost found too high would make every window of the row
// so short that the warm-up and what wakes the other side are all that it measures.
const calibrateTries = 5

// calibratePasses are made over all rows, so that a row's tries are seconds apart too: a hypervisor may take a core for longer than all tries of one pass.
const calibratePasses = 3

// calibrate finds a row's cost by doubling the count until a window is half as long as wanted. What counts is the shortest try, after one that is thrown away.
func calibrate(row Row, plan Plan) (float64, error) {
	if err := plan.Settle(); err != nil {
		return 0, err
	}
	for count := row.round(1); ; count *= 2 {
		if _, err := row.Run(count); err != nil {
			return 0, err
		}
		best := time.Duration(math.MaxInt64)
		for range calibrateTries {
			elapsed, err := row.Run(count)
			if err != nil {
				return 0, err
			}
			best = min(best, elapsed)
			if best < plan.Window/2 {
				break
			}
		}
		if best >= plan.Window/2 {
			return float64(best.Nanoseconds()) / float64(count), nil
		}
	}
}

func (r Row) count(window time.Duration, perUnit float64) int {
	return r.round(int(float64(window.Nanoseconds()) / perUnit))
}

// round gives the nearest count a row accepts, at least one step.
func (r Row) round(count int) int {
	step := max(1, r.Step)
	return max(1, (count+step/2)/step) * step
}
