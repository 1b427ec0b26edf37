package peers

import (
	"context"
	"fmt"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
	"github.com/ringcall/ringcall/go"
)

var (
	runSizes  = []int{4, 16, 64, 256}                                // one run, posted and awaited
	rotations = [][2]int{{2, 2}, {4, 4}, {4, 16}, {4, 64}, {2, 128}} // runs in rotation, calls in each
)

// The curves of the cost against calls in flight.
const (
	seriesRuns    = "ringcall, runs"
	seriesRecords = "ringcall, typed runs"
	seriesPosts   = "ringcall, one by one"
	seriesDense   = "ringcall, dense batch"
	seriesDense4  = "ringcall, four dense batches"
)

// inFlight is ringcall with many calls under way: by runs, one by one, and in dense batches.
type inFlight struct{ ringServer }

func (*inFlight) Name() string { return "ringcall in flight" }

func (r *inFlight) Rows() []turns.Row {
	var rows []turns.Row
	add := func(step, flying int, series, name, what string, run func(count int) (time.Duration, error)) {
		unit := "call"
		if series == seriesDense || series == seriesDense4 {
			unit = "record"
		}
		rows = append(rows, turns.Row{Name: name, What: what, Unit: unit, Step: step, Group: groupInFlight, Run: run,
			Workload: "add", Series: series, Params: turns.Params{turns.InFlight: float64(flying)}})
	}
	for _, n := range runSizes {
		add(n, n, seriesRuns, fmt.Sprintf("ringcall/run=%d", n), fmt.Sprintf("one Run of %d calls posted and awaited", n),
			func(count int) (time.Duration, error) { return awaitedRuns(r.client, n, count/n) })
		add(n, n, seriesRecords, fmt.Sprintf("ringcall/records=%d", n), fmt.Sprintf("one RecordRun of %d typed calls posted and awaited", n),
			func(count int) (time.Duration, error) { return awaitedRecordRuns(r.client, n, count/n) })
		add(n, n, seriesPosts, fmt.Sprintf("ringcall/posts=%d", n), fmt.Sprintf("typed calls posted and awaited one by one, %d of them under way", n),
			func(count int) (time.Duration, error) { return postedCalls(r.client, n, count) })
	}
	for _, each := range rotations {
		runs, n := each[0], each[1]
		add(n, runs*n, seriesRuns+" in rotation", fmt.Sprintf("ringcall/inflight=%dx%d", runs, n), fmt.Sprintf("%d calls kept in flight: %d Runs of %d in rotation", runs*n, runs, n),
			func(count int) (time.Duration, error) { return rotatedRuns(r.client, runs, n, count/n) })
		add(n, runs*n, seriesRecords+" in rotation", fmt.Sprintf("ringcall/records=%dx%d", runs, n), fmt.Sprintf("%d typed calls kept in flight: %d RecordRuns of %d in rotation", runs*n, runs, n),
			func(count int) (time.Duration, error) { return rotatedRecordRuns(r.client, runs, n, count/n) })
	}
	for _, n := range batchSizes {
		add(n, n, seriesDense, fmt.Sprintf("ringcall/dense=%d", n), fmt.Sprintf("one Batch of %d records filled, posted, awaited, summed", n),
			func(count int) (time.Duration, error) { return awaitedBatches(r.client, n, count/n) })
		add(n, 4*n, seriesDense4, fmt.Sprintf("ringcall/dense=4x%d", n), fmt.Sprintf("four Batches of %d records in rotation", n),
			func(count int) (time.Duration, error) { return rotatedBatches(r.client, 4, n, count/n) })
	}
	return append(rows, turns.Row{Name: "ringcall/dense-own=256", What: "Go's own part of a Batch of 256 records: all but the wait for its answers", Unit: "record", Step: 4 * 256,
		Group: groupInFlight, Run: func(count int) (time.Duration, error) { return ownOfBatches(r.client, 4, 256, count/(4*256)) }})
}

// postedCalls keeps depth calls under way, each posted and awaited on its own.
func postedCalls(client *ringcall.Client, depth, count int) (time.Duration, error) {
	ctx := context.Background()
	pending := make([]ringcall.Pending, depth)
	begin := time.Now()
	for i := range count + depth {
		at := i % depth
		if i >= depth && i-depth < count {
			var sum int64
			if err := ringcall.AwaitRecord(ctx, pending[at], &addMethod, &sum); err != nil {
				return 0, err
			}
			if want := int64(i-depth) + 7; sum != want {
				return 0, wrong("sum", sum, want)
			}
		}
		if i >= count {
			continue
		}
		var err error
		if pending[at], err = ringcall.PostRecord(ctx, client, &addMethod, &addRecord{int32(i), 7}); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

// ownOfBatches times what Go does for a batch itself: fill, post, then, once the server has answered, take, sum and release. The wait between, in which
// a program would do something else, is not timed.
func ownOfBatches(client *ringcall.Client, depth, size, count int) (own time.Duration, err error) {
	ctx := context.Background()
	batches := make([]*ringcall.Batch, depth)
	wanted := make([]int64, depth)
	for i := range batches {
		batches[i] = client.NewBatch(methodAddWide, wideSize, sumSize)
	}
	for k := range count {
		answered := client.Stats().Server.Answers + uint64(depth)
		begin := time.Now()
		for i, batch := range batches {
			if wanted[i], err = fillBatch(ctx, batch, size, int64(k)); err != nil {
				return 0, err
			}
			if err := batch.Post(ctx); err != nil {
				return 0, err
			}
		}
		own += time.Since(begin)
		for client.Stats().Server.Answers < answered {
			if err := client.Err(); err != nil {
				return 0, err
			}
		}
		begin = time.Now()
		for i, batch := range batches {
			if err := batch.Await(ctx); err != nil {
				return 0, err
			}
			if err := checkBatch(batch, wanted[i]); err != nil {
				return 0, err
			}
		}
		own += time.Since(begin)
	}
	return own, nil
}
