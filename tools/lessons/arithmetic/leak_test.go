package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ringcall/ringcall/tools/lessons/trial"
)

// Each method a million times, in its quick forms; the forms that wait for each answer less often.
func TestArithmeticLeaksNothing(t *testing.T) {
	client, cmd := start(t)
	numbers := make([]int32, 25)
	long := strings.Repeat("Grüße ", 40) // beyond a slot: through the arena
	wantBroken := func(_ string, err error) error {
		if !errors.Is(err, TextErrorNotUTF8) {
			return fmt.Errorf("expected %v, found %w", TextErrorNotUTF8, err)
		}
		return nil
	}
	passes := func(_ string, err error) error { return err }
	calls, refusals := trial.Calls(t), trial.Refusals(t)
	for _, c := range []struct {
		name  string
		calls int
		work  func(t *testing.T, calls int)
	}{
		{"add, blocking", calls / 10, func(t *testing.T, calls int) {
			for i := range calls {
				if _, err := client.Add(ctx, int32(i), 1); err != nil {
					t.Fatal(err)
				}
			}
		}},
		{"add, posted", calls, func(t *testing.T, calls int) {
			post := func(ctx context.Context, i int) (AddPending, error) { return client.PostAdd(ctx, int32(i), 1) }
			trial.InFlight(t, calls, post, func(ctx context.Context, _ int, p AddPending) error {
				_, err := p.Await(ctx)
				return err
			})
		}},
		{"add, slices", calls, func(t *testing.T, calls int) {
			requests, sums := make([]AddRequest, calls), make([]int64, calls)
			if err := client.AddEach(ctx, requests, sums); err != nil {
				t.Fatal(err)
			}
		}},
		{"add, runs", calls, func(t *testing.T, calls int) { addRuns(t, client, calls) }},
		{"sum", calls, func(t *testing.T, calls int) {
			post := func(ctx context.Context, _ int) (SumPending, error) { return client.PostSum(ctx, numbers) }
			trial.InFlight(t, calls, post, func(ctx context.Context, _ int, p SumPending) error {
				_, err := p.Await(ctx)
				return err
			})
		}},
		{"reverse", calls, func(t *testing.T, calls int) { reverse(t, client, calls, long, passes) }},
		{"reverse, refused", refusals, func(t *testing.T, calls int) { reverse(t, client, calls, long+"\xff", wantBroken) }},
		{"greet", calls, func(t *testing.T, calls int) {
			post := func(ctx context.Context, _ int) (GreetPending, error) { return client.PostGreet(ctx, long) }
			trial.InFlight(t, calls, post, func(ctx context.Context, _ int, p GreetPending) error { return passes(p.Await(ctx)) })
		}},
		{"greet, in place", calls / 10, func(t *testing.T, calls int) {
			for range calls {
				view, err := client.GreetView(ctx, long)
				if err != nil {
					t.Fatal(err)
				}
				view.Release()
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) { trial.Flat(t, cmd.Process.Pid, c.calls, c.work) })
	}
}

func addRuns(t *testing.T, client *CalculatorClient, calls int) {
	run := client.NewAddRun(100)
	for range calls / 100 {
		for i := range int32(100) {
			if err := run.Add(i, 1); err != nil {
				t.Fatal(err)
			}
		}
		if err := run.Do(ctx); err != nil {
			t.Fatal(err)
		}
		run.Reset()
	}
}

func reverse(t *testing.T, client *CalculatorClient, calls int, text string, check func(string, error) error) {
	post := func(ctx context.Context, _ int) (ReversePending, error) { return client.PostReverse(ctx, text) }
	trial.InFlight(t, calls, post, func(ctx context.Context, _ int, p ReversePending) error { return check(p.Await(ctx)) })
}
