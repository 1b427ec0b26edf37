package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ringcall/ringcall/tools/lessons/trial"
)

const leakName = "somebody with a name that malloc has to find room for"

// lives makes calls to create, details and free, that many to each.
func lives(t *testing.T, c *RegistryClient, calls int) {
	const group = 1000
	var ids [group]PersonID
	for range calls / group {
		postCreate := func(ctx context.Context, _ int) (CreatePending, error) { return c.PostCreate(ctx, leakName, 40) }
		trial.InFlight(t, group, postCreate, func(ctx context.Context, i int, p CreatePending) (err error) {
			ids[i], err = p.Await(ctx)
			return err
		})
		postDetails := func(ctx context.Context, i int) (DetailsPending, error) { return c.PostDetails(ctx, ids[i]) }
		trial.InFlight(t, group, postDetails, func(ctx context.Context, _ int, p DetailsPending) error {
			_, err := p.Await(ctx)
			return err
		})
		postFree := func(ctx context.Context, i int) (FreePending, error) { return c.PostFree(ctx, ids[i]) }
		trial.InFlight(t, group, postFree, func(ctx context.Context, _ int, p FreePending) error { return p.Await(ctx) })
	}
}

func wantError(err error, want PersonError) error {
	if !errors.Is(err, want) {
		return fmt.Errorf("expected %v, found %w", want, err)
	}
	return nil
}

func TestPersonsLeakNothing(t *testing.T) {
	server := trial.Listen(t, "person")
	c := client(t)
	calls, refusals := trial.Calls(t), trial.Refusals(t)
	for _, w := range []struct {
		name  string
		calls int
		work  func(t *testing.T, calls int)
	}{
		{"create, details, free", calls, func(t *testing.T, calls int) { lives(t, c, calls) }},
		{"create, refused", refusals, func(t *testing.T, calls int) {
			post := func(ctx context.Context, _ int) (CreatePending, error) { return c.PostCreate(ctx, leakName, 17) }
			trial.InFlight(t, calls, post, func(ctx context.Context, _ int, p CreatePending) error {
				_, err := p.Await(ctx)
				return wantError(err, PersonErrorTooYoung)
			})
		}},
		{"free, refused", refusals, func(t *testing.T, calls int) {
			post := func(ctx context.Context, i int) (FreePending, error) { return c.PostFree(ctx, PersonID(i)) }
			trial.InFlight(t, calls, post, func(ctx context.Context, _ int, p FreePending) error {
				return wantError(p.Await(ctx), PersonErrorNoSuchPerson)
			})
		}},
		{"count", calls, func(t *testing.T, calls int) {
			post := func(ctx context.Context, _ int) (CountPending, error) { return c.PostCount(ctx) }
			trial.InFlight(t, calls, post, func(ctx context.Context, _ int, p CountPending) error {
				_, err := p.Await(ctx)
				return err
			})
		}},
		{"clients that go without free", calls / 10, func(t *testing.T, calls int) {
			for range calls / 1000 {
				guest, err := DialRegistry(ctx, "person")
				if err != nil {
					t.Fatal(err)
				}
				for range 1000 {
					create(t, guest, leakName)
				}
				if err := guest.Close(); err != nil {
					t.Fatal(err)
				}
			}
			trial.Eventually(t, "their persons are freed", func() bool {
				count, _ := c.Count(ctx)
				return count == 0
			})
		}},
	} {
		t.Run(w.name, func(t *testing.T) { trial.Flat(t, server, w.calls, w.work) })
	}
	wantCount(t, c, 0)
}

// The watch over memory is worth something: persons that are kept show.
func TestALeakOfTheServerIsSeen(t *testing.T) {
	server := trial.Listen(t, "person")
	c := client(t)
	problems := trial.Grown(t, server, 100_000, func(t *testing.T, calls int) {
		post := func(ctx context.Context, _ int) (CreatePending, error) { return c.PostCreate(ctx, "x", 40) }
		trial.InFlight(t, calls, post, func(ctx context.Context, _ int, p CreatePending) error {
			_, err := p.Await(ctx)
			return err
		})
	})
	if !strings.Contains(strings.Join(problems, "\n"), "the server's RssAnon") {
		t.Errorf("100,000 persons were kept, and this is all that was found: %q", problems)
	}
}
