package ringcall

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestStartFails(t *testing.T) {
	// lost: descriptors that package exec itself leaves open.
	failsLosing := func(t *testing.T, lost int, ctx context.Context, cmd *exec.Cmd, says ...string) error {
		t.Helper()
		var failure error
		keepsDescriptorsBut(t, lost, func() {
			client, err := Start(ctx, cmd, WithOutput(func(string, string) {}))
			if err == nil {
				client.Close()
				t.Fatal("Start succeeded")
			}
			failure = err
		})
		for _, part := range says {
			if !strings.Contains(failure.Error(), part) {
				t.Errorf("the error %q does not say %q", failure, part)
			}
		}
		if cmd.Process != nil && !isReaped(cmd.Process.Pid) {
			t.Error("the co-process was not reaped")
		}
		return failure
	}
	fails := func(t *testing.T, ctx context.Context, cmd *exec.Cmd, says ...string) error {
		t.Helper()
		return failsLosing(t, 0, ctx, cmd, says...)
	}
	t.Run("no such program", func(t *testing.T) {
		err := failsLosing(t, lostByExec(t, "/no/such/program"), context.Background(), exec.Command("/no/such/program"), "the co-process /no/such/program did not attach")
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v is not os.ErrNotExist", err)
		}
	})
	t.Run("an exit before the attach", func(t *testing.T) {
		err := fails(t, context.Background(), coprocess(t, "exit"), "it ended with exit status 3", "its last lines:\n\tcannot open calibration.dat")
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 3 {
			t.Errorf("%v is no exit status 3", err)
		}
	})
	t.Run("an exit with 0 before the attach", func(t *testing.T) {
		fails(t, context.Background(), coprocess(t, "exit with 0"), "it ended with exit status 0")
	})
	t.Run("silence", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		if err := fails(t, ctx, coprocess(t, "silence"), "did not answer the attach in time"); !errors.Is(err, ErrDeadline) {
			t.Errorf("%v is not ErrDeadline", err)
		}
	})
	t.Run("a cancelled context launches nothing", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		cmd := coprocess(t, "serve")
		if err := fails(t, ctx, cmd); !errors.Is(err, context.Canceled) || cmd.Process != nil {
			t.Errorf("the error is %v, the process %v", err, cmd.Process)
		}
	})
	t.Run("a command that was started", func(t *testing.T) {
		cmd := coprocess(t, "exit with 0")
		if err := cmd.Run(); err != nil {
			t.Fatal(err)
		}
		fails(t, context.Background(), cmd, "already started")
	})
	t.Run("a grandchild that holds the connection does not delay it", func(t *testing.T) {
		for _, own := range []io.Writer{nil, new(bytes.Buffer)} {
			start := time.Now()
			cmd := coprocess(t, "a grandchild holds all")
			cmd.Stderr = own
			_, err := Start(context.Background(), cmd, WithOutput(func(string, string) {}))
			if err == nil || !strings.Contains(err.Error(), "it ended with exit status 5") {
				t.Errorf("the error is %v", err)
			}
			if took := time.Since(start); took > 8*time.Second {
				t.Errorf("Start took %v", took)
			}
		}
	})
}

// lostByExec are the descriptors that package exec leaves open when it cannot launch the program: Go 1.23.0 forgets the one that stands for the process
// (golang/go#69284), later versions none.
func lostByExec(t *testing.T, program string) int {
	t.Helper()
	if err := exec.Command("/bin/true").Run(); err != nil { // the first launch of all opens what stays open
		t.Fatal(err)
	}
	before := openDescriptors(t)
	lost := descriptorsLeft(t, before, func() {
		if err := exec.Command(program).Start(); err == nil {
			t.Fatalf("there is a program %s", program)
		}
	}) - before
	if lost > 0 && runtime.Version() != "go1.23.0" {
		t.Errorf("package exec left %d descriptors open, which only that of Go 1.23.0 is known to do", lost)
	}
	return lost
}
