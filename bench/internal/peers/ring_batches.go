package peers

import (
	"context"
	"time"

	"github.com/ringcall/ringcall/go"
)

const wideSize, sumSize = 16, 8

// awaitedBatches posts count dense batches of size records, each awaited before the next.
func awaitedBatches(client *ringcall.Client, size, count int) (time.Duration, error) {
	ctx := context.Background()
	batch := client.NewBatch(methodAddWide, wideSize, sumSize)
	begin := time.Now()
	for k := range count {
		want, err := fillBatch(ctx, batch, size, int64(k))
		if err != nil {
			return 0, err
		}
		if err := batch.Do(ctx); err != nil {
			return 0, err
		}
		if err := checkBatch(batch, want); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

// rotatedBatches posts count dense batches of size records and keeps depth of them in flight.
func rotatedBatches(client *ringcall.Client, depth, size, count int) (time.Duration, error) {
	ctx := context.Background()
	inFlight := make([]*ringcall.Batch, depth)
	wanted := make([]int64, depth)
	for i := range inFlight {
		inFlight[i] = client.NewBatch(methodAddWide, wideSize, sumSize)
	}
	begin := time.Now()
	for k := range count + depth {
		at := k % depth
		batch := inFlight[at]
		if k >= depth && k-depth < count {
			if err := batch.Await(ctx); err != nil {
				return 0, err
			}
			if err := checkBatch(batch, wanted[at]); err != nil {
				return 0, err
			}
		}
		if k >= count {
			continue
		}
		var err error
		if wanted[at], err = fillBatch(ctx, batch, size, int64(k)); err != nil {
			return 0, err
		}
		if err := batch.Post(ctx); err != nil {
			return 0, err
		}
	}
	return time.Since(begin), nil
}

// fillBatch writes size requests and returns the total that their answers must have.
func fillBatch(ctx context.Context, batch *ringcall.Batch, size int, base int64) (int64, error) {
	requests, err := batch.Reserve(ctx, size)
	if err != nil {
		return 0, err
	}
	return fill(ringcall.Records[wideRequest](requests), base), nil
}

// checkBatch checks the total of the answers and gives their memory back.
func checkBatch(batch *ringcall.Batch, want int64) error {
	sum := total(ringcall.Records[int64](batch.Answers()))
	batch.Release()
	if sum != want {
		return wrong("total", sum, want)
	}
	return nil
}
