package peers

import (
	"fmt"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

// wideRequest and its int64 answer are the records of the dense batches: 16 bytes in, 8 out.
type wideRequest struct{ a, b int64 }

// fill writes the requests of one batch and returns the total that its answers must have.
func fill(requests []wideRequest, base int64) int64 {
	for i := range requests {
		requests[i] = wideRequest{base + int64(i), int64(i)}
	}
	n := int64(len(requests))
	return n*base + n*(n-1)
}

func total(answers []int64) int64 {
	var sum int64
	for _, answer := range answers {
		sum += answer
	}
	return sum
}

// goLoop does the work of a dense batch alone: fills the requests, adds, reads the answers.
type goLoop struct{}

func (*goLoop) Name() string     { return "go" }
func (*goLoop) Open(Place) error { return nil }
func (*goLoop) Processes() []int { return nil }
func (*goLoop) Close() error     { return nil }

func (*goLoop) Rows() []turns.Row {
	var rows []turns.Row
	for _, size := range batchSizes {
		requests, answers := make([]wideRequest, size), make([]int64, size)
		rows = append(rows, turns.Row{
			Name: fmt.Sprintf("go/dense=%d", size),
			What: fmt.Sprintf("Go alone: fill %d records, add each, sum the answers", size),
			Unit: "record", Group: groupInFlight, Workload: "add", Series: "Go alone", Params: turns.Params{turns.InFlight: float64(size)},
			Step: size,
			Run: func(count int) (time.Duration, error) {
				begin := time.Now()
				for k := range count / size {
					want := fill(requests, int64(k))
					addAll(requests, answers)
					if sum := total(answers); sum != want {
						return 0, wrong("total", sum, want)
					}
				}
				return time.Since(begin), nil
			},
		})
	}
	return rows
}

//go:noinline
func addAll(requests []wideRequest, answers []int64) {
	answers = answers[:len(requests)]
	for i := range requests {
		answers[i] = requests[i].a + requests[i].b
	}
}
