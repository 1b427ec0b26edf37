package peers

import (
	"context"
	"time"

	"github.com/ringcall/ringcall/go"
)

type addRecord struct{ A, B int32 }

var addMethod = ringcall.Method{ID: methodAdd, Name: "Bench.Add"}

var workMethod = ringcall.Method{ID: methodWork, Name: "Bench.Work"}
var echoMethod = ringcall.Method{ID: methodEcho, Name: "Bench.Echo"}

type recordRun = ringcall.RecordRun[addRecord, int64]

// typedCalls makes count blocking calls in the form that generated code uses.
func typedCalls(ctx context.Context, client *ringcall.Client, count int) (time.Duration, error) {
	begin := time.Now()
	for i := range int32(count) {
		if err := typedCall(ctx, client, i); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

func typedCall(ctx context.Context, client *ringcall.Client, i int32) error {
	request := addRecord{i, 7}
	var sum int64
	if err := ringcall.CallRecord(ctx, client, &addMethod, &request, &sum); err != nil {
		return err
	}
	if sum != int64(i)+7 {
		return wrong("sum", sum, int64(i)+7)
	}
	return nil
}

// typedCallsTold is typedCalls that tells after each.
func typedCallsTold(client *ringcall.Client, count int, each func()) error {
	ctx := context.Background()
	for i := range int32(count) {
		if err := typedCall(ctx, client, i); err != nil {
			return err
		}
		each()
	}
	return nil
}

// awaitedRecordRuns posts count RecordRuns of size calls, each awaited before the next.
func awaitedRecordRuns(client *ringcall.Client, size, count int) (time.Duration, error) {
	ctx := context.Background()
	run := ringcall.NewRecordRun[addRecord, int64](client, &addMethod, size)
	begin := time.Now()
	for k := range int32(count) {
		if err := addAllRecords(run, size, k); err != nil {
			return 0, err
		}
		if err := run.Do(ctx); err != nil {
			return 0, err
		}
		if err := checkRecords(run, k); err != nil {
			return 0, err
		}
		run.Reset()
	}
	return time.Since(begin), nil
}

// rotatedRecordRuns posts count RecordRuns of size calls and keeps depth of them in flight.
func rotatedRecordRuns(client *ringcall.Client, depth, size, count int) (time.Duration, error) {
	ctx := context.Background()
	inFlight := make([]*recordRun, depth)
	for i := range inFlight {
		inFlight[i] = ringcall.NewRecordRun[addRecord, int64](client, &addMethod, size)
		defer inFlight[i].Reset()
	}
	begin := time.Now()
	for k := range count + depth {
		run := inFlight[k%depth]
		if k >= depth && k-depth < count {
			if err := run.Await(ctx); err != nil {
				return 0, err
			}
			if err := checkRecords(run, int32(k-depth)); err != nil {
				return 0, err
			}
			run.Reset()
		}
		if k >= count {
			continue
		}
		if err := addAllRecords(run, size, int32(k)); err != nil {
			return 0, err
		}
		if err := run.Post(ctx); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

func addAllRecords(run *recordRun, size int, k int32) error {
	for i := range int32(size) {
		if err := run.Add(&addRecord{i, k}); err != nil {
			return err
		}
	}
	return nil
}

func checkRecords(run *recordRun, k int32) error {
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
