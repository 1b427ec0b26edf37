package main

import (
	"context"
	"fmt"
	"sync"
)

const inFlight = 16

func check(answer, text string) error {
	if answer != text {
		return fmt.Errorf("%d bytes came back as %d, or as others", len(text), len(answer))
	}
	return nil
}

// textRows send a text and have it back as a Go string, by every means. The first is the one that the others are compared with.
func textRows(client *SubjectClient, text string) []row {
	var rows []row
	if r, ok := cgoRow(text); ok {
		rows = append(rows, r)
	}
	return append(rows,
		row{"typed, one at a time", func(ctx context.Context, calls int) error {
			for range calls {
				answer, err := client.Echo(ctx, text)
				if err != nil {
					return err
				}
				if err := check(answer, text); err != nil {
					return err
				}
			}
			return nil
		}},
		runRow("typed, a run of 16", newEchoRuns(client, 1), text),
		runRow("typed, two runs of 8", newEchoRuns(client, 2), text),
		postRow(client, text),
		goroutineRow(client, text))
}

// An echoRun is a run of texts: the generated one, or a raw one.
type echoRun interface {
	Add(text string) error
	Post(ctx context.Context) error
	Await(ctx context.Context) error
	Len() int
	Answer(i int) (string, error)
	Reset()
}

func newEchoRuns(client *SubjectClient, count int) []echoRun {
	runs := make([]echoRun, count)
	for i := range runs {
		runs[i] = client.NewEchoRun(inFlight / count)
	}
	return runs
}

// runRow has 16 calls in flight in one run, or in several: then one is filled while the others are answered.
func runRow(name string, runs []echoRun, text string) row {
	length := inFlight / len(runs)
	return row{name, func(ctx context.Context, calls int) error {
		rounds := calls / length
		for n := range rounds + len(runs) {
			run := runs[n%len(runs)]
			if n >= len(runs) {
				if err := collect(ctx, run, text); err != nil {
					return err
				}
			}
			if n >= rounds {
				continue
			}
			for range length {
				if err := run.Add(text); err != nil {
					return err
				}
			}
			if err := run.Post(ctx); err != nil {
				return err
			}
		}
		return nil
	}}
}

func collect(ctx context.Context, run echoRun, text string) error {
	if err := run.Await(ctx); err != nil {
		return err
	}
	for i := range run.Len() {
		answer, err := run.Answer(i)
		if err != nil {
			return err
		}
		if err := check(answer, text); err != nil {
			return err
		}
	}
	run.Reset()
	return nil
}

// postRow posts each call by itself and awaits it 16 calls later.
func postRow(client *SubjectClient, text string) row {
	var pending [inFlight]EchoPending
	return row{"typed, 16 posted", func(ctx context.Context, calls int) (err error) {
		for i := range calls + inFlight {
			slot := &pending[i%inFlight]
			if i >= inFlight {
				answer, err := (*slot).Await(ctx)
				if err != nil {
					return err
				}
				if err := check(answer, text); err != nil {
					return err
				}
			}
			if i < calls {
				if *slot, err = client.PostEcho(ctx, text); err != nil {
					return err
				}
			}
		}
		return nil
	}}
}

// goroutineRow is 16 goroutines that block.
func goroutineRow(client *SubjectClient, text string) row {
	return row{"typed, 16 goroutines", func(ctx context.Context, calls int) error {
		var group sync.WaitGroup
		failures := make(chan error, inFlight)
		for range inFlight {
			group.Add(1)
			go func() {
				defer group.Done()
				for range calls / inFlight {
					answer, err := client.Echo(ctx, text)
					if err == nil {
						err = check(answer, text)
					}
					if err != nil {
						failures <- err
						return
					}
				}
			}()
		}
		group.Wait()
		close(failures)
		return <-failures
	}}
}
