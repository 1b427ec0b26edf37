package peers

import (
	"context"
	"fmt"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
	"github.com/ringcall/ringcall/go"
)

// handlers is ringcall with handlers that take their time.
type handlers struct{ ringServer }

type workRecord struct {
	A, B int32
	Ns   int64
}

func (*handlers) Name() string { return "ringcall handlers" }

func (h *handlers) Rows() []turns.Row {
	var rows []turns.Row
	for _, work := range workTimes {
		row := turns.Row{Name: "ringcall/handler=" + workName(work), What: fmt.Sprintf("one blocking typed call at a time whose handler works for %v", work),
			Unit: "call", Group: groupHandlers, Workload: "handler", Series: "ringcall, one at a time", Params: turns.Params{turns.InFlight: 1, turns.HandlerNs: float64(work)},
			Run: func(count int) (time.Duration, error) { return workingCalls(h.client, work, count) }}
		rows = append(rows, row)
		row.Name = "ringcall/handler=" + workName(work) + "x64"
		row.What = fmt.Sprintf("64 typed calls kept in flight whose handler works for %v: 4 RecordRuns of 16 in rotation", work)
		row.Series = "ringcall, 64 in flight"
		row.Params = turns.Params{turns.InFlight: 64, turns.HandlerNs: float64(work)}
		row.Step = 16
		row.Run = func(count int) (time.Duration, error) { return rotatedWork(h.client, work, 4, 16, count/16) }
		rows = append(rows, row)
	}
	return rows
}

func workingCalls(client *ringcall.Client, work time.Duration, count int) (time.Duration, error) {
	ctx := context.Background()
	begin := time.Now()
	for i := range int32(count) {
		var sum int64
		if err := ringcall.CallRecord(ctx, client, &workMethod, &workRecord{i, 7, int64(work)}, &sum); err != nil {
			return 0, err
		}
		if sum != int64(i)+7 {
			return 0, wrong("sum", sum, int64(i)+7)
		}
	}
	return time.Since(begin), nil
}

// rotatedWork posts count RecordRuns of size calls and keeps depth of them in flight.
func rotatedWork(client *ringcall.Client, work time.Duration, depth, size, count int) (time.Duration, error) {
	ctx := context.Background()
	runs := make([]*ringcall.RecordRun[workRecord, int64], depth)
	for i := range runs {
		runs[i] = ringcall.NewRecordRun[workRecord, int64](client, &workMethod, size)
		defer runs[i].Reset()
	}
	begin := time.Now()
	for k := range count + depth {
		run := runs[k%depth]
		if k >= depth && k-depth < count {
			if err := run.Await(ctx); err != nil {
				return 0, err
			}
			if err := checkWork(run, int32(k-depth)); err != nil {
				return 0, err
			}
			run.Reset()
		}
		if k >= count {
			continue
		}
		for i := range int32(size) {
			if err := run.Add(&workRecord{i, int32(k), int64(work)}); err != nil {
				return 0, err
			}
		}
		if err := run.Post(ctx); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

func checkWork(run *ringcall.RecordRun[workRecord, int64], k int32) error {
	for i := range run.Len() {
		var sum int64
		if err := run.Answer(i, &sum); err != nil {
			return err
		}
		if sum != int64(i)+int64(k) {
			return wrong("sum", sum, int64(i)+int64(k))
		}
	}
	return nil
}
