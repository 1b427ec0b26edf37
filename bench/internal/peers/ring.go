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

	spin = 50 * time.Microsecond // the default of both sides
)

var (
	runSizes   = []int{16, 64, 256}
	denseSizes = []int{256, 1024, 4096}
)

// ring is a ringcall client with both sides awake: they poll within a window and sleep between two.
type ring struct {
	client  *ringcall.Client
	command *exec.Cmd
}

func (*ring) Name() string       { return "ringcall" }
func (r *ring) Processes() []int { return processOf(r.command) }
func (r *ring) Close() error     { return closeClient(r.client) }

func (r *ring) Open(place Place) (err error) {
	r.client, r.command, err = launch(place.Far, place, spin)
	return err
}

func (r *ring) Rows() []turns.Row {
	rows := []turns.Row{
		{Name: "ringcall/call", What: "one blocking Call at a time, no deadline", Unit: "call",
			Workload: "add", Series: "ringcall, runs", Params: turns.Params{turns.InFlight: 1}, Run: func(count int) (time.Duration, error) {
				return calls(context.Background(), r.client, count)
			}},
		{Name: "ringcall/typed-call", What: "the same by CallRecord, as generated code calls", Unit: "call",
			Workload: "add", Series: "ringcall, typed runs", Params: turns.Params{turns.InFlight: 1}, Run: func(count int) (time.Duration, error) {
				return typedCalls(context.Background(), r.client, count)
			}},
		{Name: "ringcall/call-deadline", What: "the same with a context that has a deadline, made once a window", Unit: "call",
			Run: func(count int) (time.Duration, error) {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
				return calls(ctx, r.client, count)
			}},
	}
	for _, size := range runSizes {
		rows = append(rows, turns.Row{
			Name: fmt.Sprintf("ringcall/run=%d", size),
			What: fmt.Sprintf("one Run of %d calls posted and awaited", size),
			Unit: "call", Step: size,
			Workload: "add", Series: "ringcall, runs", Params: turns.Params{turns.InFlight: float64(size)},
			Run: func(count int) (time.Duration, error) { return awaitedRuns(r.client, size, count/size) },
		}, turns.Row{
			Name: fmt.Sprintf("ringcall/records=%d", size),
			What: fmt.Sprintf("one RecordRun of %d typed calls posted and awaited", size),
			Unit: "call", Step: size,
			Workload: "add", Series: "ringcall, typed runs", Params: turns.Params{turns.InFlight: float64(size)},
			Run: func(count int) (time.Duration, error) { return awaitedRecordRuns(r.client, size, count/size) },
		})
	}
	for _, size := range []int{64, 128} {
		rows = append(rows, turns.Row{
			Name: fmt.Sprintf("ringcall/inflight=%dx%d", 256/size, size),
			What: fmt.Sprintf("256 calls kept in flight: %d Runs of %d in rotation", 256/size, size),
			Unit: "call", Step: size,
			Run: func(count int) (time.Duration, error) { return rotatedRuns(r.client, 256/size, size, count/size) },
		}, turns.Row{
			Name: fmt.Sprintf("ringcall/records=%dx%d", 256/size, size),
			What: fmt.Sprintf("256 typed calls kept in flight: %d RecordRuns of %d in rotation", 256/size, size),
			Unit: "call", Step: size,
			Run: func(count int) (time.Duration, error) { return rotatedRecordRuns(r.client, 256/size, size, count/size) },
		})
	}
	for _, size := range denseSizes {
		rows = append(rows, turns.Row{
			Name: fmt.Sprintf("ringcall/dense=%d", size),
			What: fmt.Sprintf("one Batch of %d records filled, posted, awaited, summed", size),
			Unit: "record", Step: size,
			Workload: "add", Series: "ringcall, dense batch", Params: turns.Params{turns.InFlight: float64(size)},
			Run: func(count int) (time.Duration, error) { return awaitedBatches(r.client, size, count/size) },
		}, turns.Row{
			Name: fmt.Sprintf("ringcall/dense=4x%d", size),
			What: fmt.Sprintf("four Batches of %d records in rotation", size),
			Unit: "record", Step: size,
			Workload: "add", Series: "ringcall, four dense batches", Params: turns.Params{turns.InFlight: float64(4 * size)},
			Run: func(count int) (time.Duration, error) { return rotatedBatches(r.client, 4, size, count/size) },
		})
	}
	return rows
}

func launch(far int, place Place, spin time.Duration) (*ringcall.Client, *exec.Cmd, error) {
	command := exec.Command(filepath.Join(place.Servers, "ringcall-bench-server"), core(far), fmt.Sprint(spin.Nanoseconds()))
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
