package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ringcall/ringcall/bench/internal/host"
	"github.com/ringcall/ringcall/bench/internal/stats"
	"github.com/ringcall/ringcall/bench/internal/turns"
)

// full is an invented run with something of everything; it is the same each time.
var full = sync.OnceValue(inventedRun)

func inventedRun() Report {
	random := rand.New(rand.NewPCG(11, 12))
	run := Run{Started: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), Window: time.Millisecond,
		Host: host.Host{CPU: "Invented CPU <2>", Cores: 2, Kernel: "6.1 amd64", Virtualised: "no", Governor: "performance", Compiler: "g++ 12", Go: "go1.26", Commit: "abc", Placement: "Go on core 0"}}
	for range 30 {
		run.Stretches = append(run.Stretches, host.Load{Elapsed: time.Second, Steal: 0.004, Foreign: 0.02})
	}
	run.Stretches[4].Foreign = 0.6
	row := func(name, workload, series string, ns float64, params turns.Params) {
		var m turns.Measured
		for lap := range 300 {
			window := ns * (1 + 0.03*math.Abs(random.NormFloat64()))
			m.Windows = append(m.Windows, window)
			m.Program, m.Helpers = append(m.Program, window), append(m.Helpers, 1.1*window)
			m.Stretches = append(m.Stretches, lap/10)
		}
		run.Rows = append(run.Rows, turns.Row{Name: name, What: "what " + name + " is", Unit: "call", Workload: workload, Series: series, Params: params})
		run.Measured = append(run.Measured, m)
	}
	row("floor/round", "", "", 100, nil)
	row("cgo/call", "", "", 50, nil)
	for _, n := range []float64{1, 4, 16, 64, 256} {
		row(fmt.Sprintf("ringcall/records=%g", n), "add", "ringcall, typed runs", 200/n+8, turns.Params{turns.InFlight: n})
		row(fmt.Sprintf("ringcall/dense=%g", 16*n), "add", "ringcall, dense batch", 300/(16*n)+3, turns.Params{turns.InFlight: 16 * n})
		row(fmt.Sprintf("boost/run=%g", n), "add", "Boost.Lockfree", 900/n+70, turns.Params{turns.InFlight: n})
	}
	for _, size := range []float64{64, 256, 4096, 65536, 1 << 20} {
		row(fmt.Sprintf("ringcall/echo=%g", size), "echo", "ringcall, in place", 260+size/9, turns.Params{turns.Payload: size, turns.InFlight: 1})
		row(fmt.Sprintf("unix/echo=%g", size), "echo", "Unix socket", 12000+size/2, turns.Params{turns.Payload: size, turns.InFlight: 1})
	}
	for _, n := range []float64{1, 2, 8, 64, 512} {
		row(fmt.Sprintf("ringcall/goroutines=%g", n), "add", "ringcall", 250/math.Min(n, 8)+40, turns.Params{turns.Goroutines: n})
		row(fmt.Sprintf("channel/goroutines=%g", n), "add", "Go channel", 400, turns.Params{turns.Goroutines: n})
	}
	for _, n := range []float64{1, 4, 16, 64, 256} {
		row(fmt.Sprintf("ringcall/clients=%g", n), "add", "ringcall", 210, turns.Params{turns.Clients: n})
	}
	for _, n := range []float64{0, 100, 1000, 10000, 1e6} {
		row(fmt.Sprintf("ringcall/handler=%g", n), "add", "ringcall, one at a time", 220+n, turns.Params{turns.HandlerNs: n, turns.InFlight: 1})
		row(fmt.Sprintf("cgo/handler=%g", n), "add", "cgo", 50+n, turns.Params{turns.HandlerNs: n})
	}
	for i, name := range []string{"ringcall/typed-call@40000", "unix/echo@2000"} {
		l := Latency{Name: name, Calls: 400000, Saturated: i == 1}
		for at := range Nines {
			l.Curve = append(l.Curve, stats.Round(math.Pow(30, float64(i))*400*(1+0.4*float64(at)), 4))
		}
		l.P50, l.P90, l.P99, l.P999, l.P9999, l.Max = l.Curve[1], l.Curve[3], l.Curve[6], l.Curve[9], l.Curve[12], l.Curve[13]
		run.Latencies = append(run.Latencies, l)
	}
	run.Facts = []Fact{{Name: "ringcall/memory", What: "memory of a channel", Unit: "byte", Value: 4096}}
	run.Absent = []Absent{{Name: "iceoryx2/call", Reason: "no checkout of it: name one & try again"}}
	run.Targets = []Target{{Row: "ringcall/records=64", Peer: "cgo/call", AtMost: 0.45}, {Row: "ringcall/records=1", Peer: "floor/round", AtMost: 1.1},
		{Row: "ringcall/typed-call@40000", AtMost: 4, Figure: Tail}, {Row: "ringcall/clients=1", AtMost: 1000}}
	return New(run)
}
