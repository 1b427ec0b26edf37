package peers

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

// windowed is a peer that measures itself in a process of its own, so that this one needs none of what the peer is built of. It is told where
// to go by two arguments, the core of the side that calls and the core of the side that answers.
type windowed struct {
	name    string
	program string // the benchmark's own
	oneCore bool
	cases   []turns.Row // Run is filled in: the n-th row is case n

	// For a program that may be missing.
	variable string // environment variable with the path of a program that the user supplies; "" : tools/bench builds it
	origin   string // what is to be had, and why not from here

	process *process
}

func (w *windowed) Name() string     { return w.name }
func (w *windowed) Close() error     { return w.process.stop() }
func (w *windowed) Processes() []int { return w.process.ids() }

func (w *windowed) Rows() []turns.Row {
	rows := make([]turns.Row, len(w.cases))
	for which, row := range w.cases {
		row.Run = func(count int) (time.Duration, error) { return w.process.window(which, count) }
		rows[which] = row
	}
	return rows
}

func (w *windowed) Open(place Place) (err error) {
	if w.process, err = startAt(w.path(place), []string{core(place.Near), core(place.far(w.oneCore))}); err != nil {
		return err
	}
	w.process.helpers, err = w.process.ready()
	return err
}

func (w *windowed) path(place Place) string {
	if w.variable != "" {
		return os.Getenv(w.variable)
	}
	return filepath.Join(place.Servers, w.program)
}

// Absent implements Absentee.
func (w *windowed) Absent(place Place) string {
	path := w.path(place)
	if path == "" {
		return fmt.Sprintf("%s; set %s to a program that speaks bench/servers/windows.hpp (bench/internal/peers/README.md tells how)", w.origin, w.variable)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
		return ""
	}
	if w.variable != "" {
		return fmt.Sprintf("%s is %q, expected the path of a program", w.variable, path)
	}
	if reason, err := os.ReadFile(path + ".absent"); err == nil {
		return strings.TrimSpace(string(reason))
	}
	return w.program + " is not built; tools/bench builds it when a row of it is asked for"
}

// selfMeasured is the floor, which the report begins with, and those peers that are built with the benchmark and nothing else.
func selfMeasured() (first, last []Peer) {
	round := turns.Row{Name: "floor/round", What: "two C++ threads bounce one cache line", Unit: "round trip", Group: groupCore, Params: turns.Params{turns.InFlight: 1}}
	floor := &windowed{name: "floor", program: "ringcall-bench-floor", cases: []turns.Row{round}}
	for _, oneWay := range []bool{false, true} {
		sizes := payloads
		if oneWay {
			sizes = payloads[2:] // what is smaller would be mostly a look at the clock
		}
		for _, size := range sizes {
			row := turns.Row{Name: fmt.Sprintf("floor/memcpy=%d", size), Unit: "echo", Group: groupPayload, Workload: "echo", Series: "memcpy across cores", Params: turns.Params{turns.InFlight: 1, turns.Payload: float64(size)},
				What: fmt.Sprintf("one C++ thread writes %d bytes, the other memcpy's them, the first compares the copy", size)}
			if oneWay {
				row.Name, row.Unit = fmt.Sprintf("floor/memcpy-oneway=%d", size), "copy"
				row.What = fmt.Sprintf("the memcpy alone, of %d bytes that the other core has just written (with a look at the clock)", size)
				row.Series = "memcpy across cores, one way"
			}
			floor.cases = append(floor.cases, row)
		}
	}
	boost := &windowed{name: "boost", program: "ringcall-bench-lockfree"}
	for _, depth := range []int{1, 4, 16, 64, 256} {
		boost.cases = append(boost.cases, turns.Row{Name: fmt.Sprintf("boost/inflight=%d", depth), Unit: "call", Group: groupOthers, Step: depth,
			What:     fmt.Sprintf("two Boost.Lockfree spsc_queues between two C++ processes, %d additions in flight", depth),
			Workload: "add", Series: "Boost.Lockfree", Params: turns.Params{turns.InFlight: float64(depth)}})
	}
	for _, oneCore := range []bool{false, true} {
		name := placed("futex/round", oneCore)
		last = append(last, &windowed{name: placed("futex", oneCore), program: "ringcall-bench-futex", oneCore: oneCore, cases: []turns.Row{{
			Name: name, Unit: "round trip", Group: groupWaits, What: placedWhat("two C++ processes put each other to sleep and wake each other by futex", oneCore),
			Params: turns.Params{turns.InFlight: 1}}}})
	}
	return []Peer{floor}, append(last, boost)
}

// fetched is what needs modules of others, which the benchmark's own module does without, or cannot be had from a registry.
func fetched() []Peer {
	call := func(name, what string) turns.Row {
		return turns.Row{Name: name, What: what, Unit: "call", Group: groupOthers, Params: turns.Params{turns.InFlight: 1}}
	}
	grpc := &windowed{name: "grpc", program: "ringcall-bench-grpc", cases: []turns.Row{call("grpc/call", "unary gRPC of two ints over a Unix socket, Go client, Go server in a process of its own")}}
	for _, size := range payloads {
		grpc.cases = append(grpc.cases, turns.Row{Name: fmt.Sprintf("grpc/echo=%d", size), What: fmt.Sprintf("the same with %d bytes there and back", size), Unit: "echo",
			Group: groupPayload, Workload: "echo", Series: "gRPC", Params: turns.Params{turns.InFlight: 1, turns.Payload: float64(size)}})
	}
	return []Peer{
		grpc,
		&windowed{name: "purego", program: "ringcall-bench-purego", cases: []turns.Row{
			call("purego/call", "the cgo peer's C++ as a shared library, called through a func that purego registers, CGO_ENABLED=0"),
			call("purego/syscall", "the same through purego's SyscallN"),
		}},
		&windowed{name: "wazero", program: "ringcall-bench-wazero", cases: []turns.Row{call("wazero/call", "the addition as WebAssembly, compiled by wazero, in this process")}},
		&windowed{name: "shmipc", variable: "RINGCALL_BENCH_SHMIPC", origin: "github.com/cloudwego/shmipc-go is not to be had from the Go module proxy",
			cases: []turns.Row{call("shmipc/call", "one blocking round trip of 16 bytes over shmipc-go")}},
		&windowed{name: "iceoryx2", variable: "RINGCALL_BENCH_ICEORYX2", origin: "iceoryx2 comes as Rust crates, and neither Debian nor the Go module proxy has it",
			cases: []turns.Row{call("iceoryx2/call", "one request-response of two ints between two processes, both polling")}},
		&windowed{name: "rust2go", variable: "RINGCALL_BENCH_RUST2GO", origin: "rust2go comes as Rust crates, and the Go module proxy refuses its Go half",
			cases: []turns.Row{call("rust2go/call", "one call of two ints by its cgo path"), call("rust2go/ring", "one call of two ints by its shared-memory ring")}},
	}
}
