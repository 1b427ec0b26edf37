package calls

import (
	"context"
	"os/exec"
	"reflect"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

type closer interface{ Close() error }

// start launches the server of a feature and attaches to it in the way that is being tested.
func start[T closer](t testing.TB, feature string, attach func(context.Context, *exec.Cmd, ...ringcall.Option) (T, error)) T {
	t.Helper()
	client, err := attach(context.Background(), exec.Command(program(t, "RINGCALL_GEN_SERVER"), feature))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

func ctxOf(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// want compares an answer with what is expected of it.
func want[T any](t testing.TB, got T, err error, expected T) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, expected) {
		t.Errorf("expected %+v, found %+v", expected, got)
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ptr[T any](v T) *T { return &v }
