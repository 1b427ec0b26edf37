package peers

import (
	"fmt"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

// channelServer is a goroutine that adds what comes through a channel and answers through the asker's: how a Go program hands work to another
// goroutine.
type channelServer struct {
	questions chan question
	crowds    map[int]*crowd
}

type question struct {
	a, b   int32
	answer chan int64
}

func (*channelServer) Name() string     { return "channel" }
func (*channelServer) Processes() []int { return nil }

func (c *channelServer) Open(Place) error {
	c.questions = make(chan question)
	lie := lie()
	go func() {
		for q := range c.questions {
			q.answer <- int64(q.a) + int64(q.b) + lie
		}
	}()
	c.crowds = map[int]*crowd{}
	for _, size := range goroutineCounts {
		c.crowds[size] = newCrowd(size, c.ask)
	}
	return nil
}

func (c *channelServer) Close() error {
	for _, each := range c.crowds {
		each.close()
	}
	if c.questions != nil {
		close(c.questions)
	}
	return nil
}

func (c *channelServer) Rows() []turns.Row {
	var rows []turns.Row
	for _, size := range goroutineCounts {
		rows = append(rows, turns.Row{Name: fmt.Sprintf("channel/goroutines=%d", size), Unit: "call", Step: size * callsEach, Group: groupGoroutines,
			What:     fmt.Sprintf("%d goroutines each ask a goroutine through a channel and wait for the answer on their own", size),
			Workload: "goroutines", Series: "Go channel server", Params: turns.Params{turns.InFlight: float64(size), turns.Goroutines: float64(size)},
			Run: func(count int) (time.Duration, error) { return c.crowds[size].run(count / size) }})
	}
	return rows
}

func (c *channelServer) ask(_, calls int) error {
	answer := make(chan int64, 1)
	for i := range int32(calls) {
		c.questions <- question{i, 7, answer}
		if sum := <-answer; sum != int64(i)+7 {
			return wrong("sum", sum, int64(i)+7)
		}
	}
	return nil
}
