package peers

import (
	"errors"
	"time"
)

var (
	goroutineCounts = []int{1, 2, 8, 64, 512}
	clientCounts    = []int{0, 1, 4, 16, 64, 256}
)

// callsEach is how many calls a goroutine of a crowd makes at least, so that its start weighs little.
const callsEach = 16

// A crowd is goroutines that do the same at the same time. They live from newCrowd to close.
type crowd struct {
	begin []chan int
	done  chan error
}

// newCrowd starts size goroutines that run work(number of the goroutine, calls).
func newCrowd(size int, work func(member, calls int) error) *crowd {
	c := &crowd{done: make(chan error, size)}
	for member := range size {
		begin := make(chan int)
		c.begin = append(c.begin, begin)
		go func() {
			for calls := range begin {
				c.done <- work(member, calls)
			}
		}()
	}
	return c
}

// run has each make that many calls, and returns the time from the first one's start to the last one's end.
func (c *crowd) run(calls int) (time.Duration, error) {
	started := time.Now()
	for _, begin := range c.begin {
		begin <- calls
	}
	var all []error
	for range c.begin {
		if err := <-c.done; err != nil {
			all = append(all, err)
		}
	}
	return time.Since(started), errors.Join(all...)
}

func (c *crowd) close() {
	for _, begin := range c.begin {
		close(begin)
	}
}
