package peers

import (
	"context"
	"encoding/binary"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
	"github.com/ringcall/ringcall/go"
)

const (
	methodAdd     = 1 // {int32 a, b} -> {int64 sum}
	methodAddWide = 2 // {int64 a, b} -> {int64 sum}
	methodEcho    = 3 // bytes -> the same bytes
	methodWork    = 4 // {int32 a, b, int64 ns} -> {int64 sum}, after ns

	spin = 50 * time.Microsecond // the default of both sides
)

// ring is a ringcall client with both sides awake, one small call at a time: they poll within a window and sleep between two.
type ring struct{ ringServer }

func (*ring) Name() string { return "ringcall" }

func (r *ring) Rows() []turns.Row {
	row := func(name, what string, run func(count int) (time.Duration, error)) turns.Row {
		return turns.Row{Name: name, What: what, Unit: "call", Group: groupCore, Params: turns.Params{turns.InFlight: 1}, Run: run}
	}
	quantile := func(q float64) func(int) (time.Duration, error) {
		return func(count int) (time.Duration, error) {
			return quantileOfCalls(q, count, func(calls int, each func()) error { return typedCallsTold(r.client, calls, each) })
		}
	}
	rows := []turns.Row{
		row("ringcall/call", "one blocking Call at a time, no deadline", func(count int) (time.Duration, error) {
			return calls(context.Background(), r.client, count)
		}),
		row("ringcall/typed-call", "the same by CallRecord, as generated code calls", func(count int) (time.Duration, error) {
			return typedCalls(context.Background(), r.client, count)
		}),
		row("ringcall/call-deadline", "one blocking Call with a context that has a deadline, made once a window", func(count int) (time.Duration, error) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			return calls(ctx, r.client, count)
		}),
		row("ringcall/typed-call-p50", "the median of single typed calls, each timed, with the clock's own time", quantile(0.50)),
		row("ringcall/typed-call-p99", "their 99th percentile", quantile(0.99)),
	}
	rows[0].Workload, rows[0].Series = "add", seriesRuns
	rows[1].Workload, rows[1].Series = "add", seriesRecords
	for i := range rows[3:] {
		rows[3+i].Step = quantileCalls
	}
	return rows
}

// ringServer is a server as a co-process and its one client.
type ringServer struct {
	client  *ringcall.Client
	command *exec.Cmd
}

func (r *ringServer) Processes() []int { return processOf(r.command) }
func (r *ringServer) Close() error     { return closeClient(r.client) }

func (r *ringServer) Open(place Place) (err error) {
	r.client, r.command, err = launch(place, place.Far, spin)
	return err
}

// launch starts a server; kind is none, or "large" for large arenas.
func launch(place Place, far int, spin time.Duration, kind ...string) (*ringcall.Client, *exec.Cmd, error) {
	arguments := append([]string{core(far), fmt.Sprint(spin.Nanoseconds())}, kind...)
	command := exec.Command(filepath.Join(place.Servers, "ringcall-bench-server"), arguments...)
	command.Env = append(command.Environ(), "RINGCALL_LOG=warn")
	client, err := ringcall.Start(context.Background(), command, ringcall.WithSpin(spin))
	return client, command, err
}

func closeClient(client *ringcall.Client) error {
	if client == nil {
		return nil
	}
	return client.Close()
}

func processOf(command *exec.Cmd) []int {
	if command == nil || command.Process == nil {
		return nil
	}
	return []int{command.Process.Pid}
}

func putAdd(request []byte, a, b int32) {
	binary.LittleEndian.PutUint32(request, uint32(a))
	binary.LittleEndian.PutUint32(request[4:], uint32(b))
}

func checkAdd(answer []byte, a, b int32) error {
	if len(answer) != 8 {
		return wrong("answer size", len(answer), 8)
	}
	if sum := int64(binary.LittleEndian.Uint64(answer)); sum != int64(a)+int64(b) {
		return wrong("sum", sum, int64(a)+int64(b))
	}
	return nil
}

func calls(ctx context.Context, client *ringcall.Client, count int) (time.Duration, error) {
	request, answer := make([]byte, 8), make([]byte, 0, 16)
	begin := time.Now()
	for i := range int32(count) {
		putAdd(request, i, 7)
		var err error
		if answer, err = client.Call(ctx, methodAdd, request, answer); err != nil {
			return 0, err
		}
		if err := checkAdd(answer, i, 7); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}
