package peers

import (
	"context"
	"time"

	"github.com/ringcall/ringcall/go"
)

// awaitedRuns posts count Runs of size calls, each awaited before the next.
func awaitedRuns(client *ringcall.Client, size, count int) (time.Duration, error) {
	ctx := context.Background()
	run := client.NewRun(size)
	request := make([]byte, 8)
	begin := time.Now()
	for k := range int32(count) {
		if err := addAllTo(run, size, k, request); err != nil {
			return 0, err
		}
		if err := run.Do(ctx); err != nil {
			return 0, err
		}
		if err := checkRun(run, k); err != nil {
			return 0, err
		}
		run.Reset()
	}
	return time.Since(begin), nil
}

// rotatedRuns posts count Runs of size calls and keeps depth of them in flight.
func rotatedRuns(client *ringcall.Client, depth, size, count int) (time.Duration, error) {
	ctx := context.Background()
	inFlight := make([]*ringcall.Run, depth)
	for i := range inFlight {
		inFlight[i] = client.NewRun(size)
	}
	request := make([]byte, 8)
	begin := time.Now()
	for k := range count + depth {
		run := inFlight[k%depth]
		if k >= depth && k-depth < count {
			if err := run.Await(ctx); err != nil {
				return 0, err
			}
			if err := checkRun(run, int32(k-depth)); err != nil {
				return 0, err
			}
			run.Reset()
		}
		if k >= count {
			continue
		}
		if err := addAllTo(run, size, int32(k), request); err != nil {
			return 0, err
		}
		if err := run.Post(ctx); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

func addAllTo(run *ringcall.Run, size int, k int32, request []byte) error {
	for i := range int32(size) {
		putAdd(request, i, k)
		if err := run.Add(methodAdd, request); err != nil {
			return err
		}
	}
	return nil
}

func checkRun(run *ringcall.Run, k int32) error {
	for i := range run.Len() {
		answer, err := run.Answer(i)
		if err != nil {
			return err
		}
		if err := checkAdd(answer, int32(i), k); err != nil {
			return err
		}
	}
	return nil
}
