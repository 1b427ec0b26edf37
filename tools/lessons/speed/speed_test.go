package main

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/ringcall/ringcall/tools/lessons/trial"
)

// Every row checks its answers; times are not asserted.
func TestEveryRowIsMeasured(t *testing.T) {
	client, err := StartSubject(context.Background(), exec.Command(trial.Server(t, "speed")))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var out strings.Builder
	if err := report(context.Background(), client, &out, 2, time.Microsecond); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"two runs of 8", "16 goroutines", "a batch of 1024", "echo of 4096 bytes"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in %q", want, out.String())
		}
	}
}

func TestABlockingTypedCallAllocatesNothing(t *testing.T) {
	client, err := StartSubject(context.Background(), exec.Command(trial.Server(t, "speed")))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for _, r := range addCalls(client) {
		if allocations := testing.AllocsPerRun(1000, func() { err = errors.Join(err, r.run(context.Background(), 1)) }); allocations != 0 {
			t.Errorf("%s: %v allocations a call", r.name, allocations)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

func TestARatioIsOfWindowsOfTheSameLap(t *testing.T) {
	sleeps := func(of time.Duration) row {
		return row{"", func(_ context.Context, calls int) error {
			for begin := time.Now(); time.Since(begin) < of*time.Duration(calls/step); {
				continue
			}
			return nil
		}}
	}
	medians, ratios, err := measure(context.Background(), []row{sleeps(100 * time.Microsecond), sleeps(200 * time.Microsecond)}, 11, time.Millisecond)
	if err != nil || len(medians) != 2 || ratios[0] != 1 || ratios[1] <= 0 {
		t.Errorf("%v, %v, %v", medians, ratios, err)
	}
}
