package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ringcall/ringcall/tools/lessons/trial"
)

func TestChecksumsLeakNothing(t *testing.T) {
	client, cmd := start(t)
	content := random(100)
	path := plant(t, content)
	wantNone := func(_ string, err error) error {
		if !errors.Is(err, FileErrorCannotOpen) {
			return fmt.Errorf("expected %v, found %w", FileErrorCannotOpen, err)
		}
		return nil
	}
	passes := func(_ string, err error) error { return err }
	for _, c := range []struct {
		name  string
		calls int
		work  func(t *testing.T, calls int)
	}{
		{"of content", trial.Calls(t), func(t *testing.T, calls int) {
			post := func(ctx context.Context, _ int) (OfContentPending, error) { return client.PostOfContent(ctx, content) }
			trial.InFlight(t, calls, post, func(ctx context.Context, _ int, p OfContentPending) error { return passes(p.Await(ctx)) })
		}},
		{"of a file", trial.Calls(t), func(t *testing.T, calls int) { ofFiles(t, client, calls, path, passes) }},
		{"of no file", trial.Refusals(t), func(t *testing.T, calls int) { ofFiles(t, client, calls, path+".absent", wantNone) }},
	} {
		t.Run(c.name, func(t *testing.T) { trial.Flat(t, cmd.Process.Pid, c.calls, c.work) })
	}
}

func ofFiles(t *testing.T, client *ChecksumsClient, calls int, path string, check func(string, error) error) {
	post := func(ctx context.Context, _ int) (OfFilePending, error) { return client.PostOfFile(ctx, path) }
	trial.InFlight(t, calls, post, func(ctx context.Context, _ int, p OfFilePending) error { return check(p.Await(ctx)) })
}
