package calls

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tests/gen/attributes"
	generrors "github.com/ringcall/ringcall/tests/gen/errors"
	"github.com/ringcall/ringcall/tests/gen/market"
	"github.com/ringcall/ringcall/tests/gen/texts"
)

func fails(t testing.TB, err, expected error, words ...string) {
	t.Helper()
	if !errors.Is(err, expected) {
		t.Fatalf("expected %v, found %v", expected, err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("expected %q in: %v", word, err)
		}
	}
}

func TestErrors(t *testing.T) {
	c := start(t, "errors", generrors.StartFiles)
	ctx := ctxOf(t)

	t.Run("of the header are found by errors.Is", func(t *testing.T) {
		_, err := c.OpenFile(ctx, 0)
		fails(t, err, generrors.FileErrorNotAllowed, "Files.OpenFile: ", "mode 0 opens nothing")
		fails(t, c.Lock(ctx, 0), generrors.LockErrorTaken, "Files.Lock: taken")
		_, err = c.ReadAll(ctx, "")
		fails(t, err, generrors.FileErrorNotFound, "Files.ReadAll: ", "no path")
		fails(t, c.Remove(ctx, ""), generrors.FileErrorNotFound, "Files.Remove: ")
		fails(t, c.Rename(ctx, "a", "a"), generrors.FileErrorForbidden)
		ok(t, c.Rename(ctx, "a", "b"))
		ok(t, c.Lock(ctx, 1))
	})

	t.Run("that it does not list are a HandlerError", func(t *testing.T) {
		var failed *ringcall.HandlerError
		if err := c.Remove(ctx, "odd"); !errors.As(err, &failed) || failed.Code != 999 {
			t.Errorf("expected a HandlerError with code 999, found %v", err)
		}
		if err := c.Remove(ctx, "worse"); !errors.As(err, &failed) || failed.Code != 0 || failed.Message != "no code at all" {
			t.Errorf("expected a HandlerError without a code, found %v", err)
		}
	})

	t.Run("keep a message beyond a NUL", func(t *testing.T) {
		var failed *ringcall.HandlerError
		if err := c.Remove(ctx, "two"); !errors.As(err, &failed) || failed.Message != "one\x00two" {
			t.Errorf("expected a HandlerError with one\\0two, found %+v", failed)
		}
		if _, err := c.ReadAll(ctx, "\x00"); !errors.As(err, &failed) || failed.Message != "no file has the name \x00" {
			t.Errorf("expected a HandlerError with the whole name, found %+v", failed)
		}
	})

	t.Run("come out of every form of call", func(t *testing.T) {
		pending, err := c.PostReadAll(ctx, "")
		ok(t, err)
		_, err = pending.Await(ctx)
		fails(t, err, generrors.FileErrorNotFound)
		_, err = c.ReadAllView(ctx, "")
		fails(t, err, generrors.FileErrorNotFound)
		fixed := c.NewOpenFileRun(3)
		variable := c.NewReadAllRun(3)
		for i := range uint32(3) {
			ok(t, fixed.Add(i%2))
			ok(t, variable.Add(strings.Repeat("x", int(i%2))))
		}
		ok(t, fixed.Do(ctx))
		ok(t, variable.Do(ctx))
		for _, i := range []int{0, 2} {
			_, err = fixed.Answer(i)
			fails(t, err, generrors.FileErrorNotAllowed, "Files.OpenFile: ")
			_, err = variable.Answer(i)
			fails(t, err, generrors.FileErrorNotFound, "Files.ReadAll: ")
		}
		file, err := fixed.Answer(1)
		want(t, file, err, 2)
		text, err := variable.Answer(1)
		want(t, text, err, "content of x")
	})
}

func TestAttributes(t *testing.T) {
	c := start(t, "attributes", attributes.StartJobs)
	ctx := ctxOf(t)

	t.Run("oneway calls run without an answer", func(t *testing.T) {
		ok(t, c.Tick(ctx))
		ok(t, c.Count(ctx, 10))
		ok(t, c.Log(ctx, "line"))
		ok(t, c.Move(ctx, attributes.Pair{A: 1, B: 2}))
		for end := time.Now().Add(5 * time.Second); ; {
			counted, err := c.Block(ctx, 0)
			ok(t, err)
			if counted == 15 {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("expected 15 counted, found %d", counted)
			}
		}
	})

	t.Run("batches get spans", func(t *testing.T) {
		sums := make([]int64, 3)
		ok(t, c.AddAll(ctx, []attributes.Pair{{A: 1, B: 2}, {A: 3, B: 4}, {A: 5, B: 6}}, sums))
		want(t, sums, nil, []int64{3, 7, 11})
		swapped := make([]attributes.Pair, 1)
		ok(t, c.SwapAll(context.Background(), []attributes.Pair{{A: 1, B: 2}}, swapped))
		want(t, swapped, nil, []attributes.Pair{{A: 2, B: 1}})
	})

	t.Run("a method's deadline is for contexts without one", func(t *testing.T) {
		text, err := c.Slow(context.Background(), "in time")
		want(t, text, err, "in time")
		run := c.NewSlowRun(2)
		ok(t, run.Add("a"))
		ok(t, run.Do(context.Background()))
		text, err = run.Answer(0)
		want(t, text, err, "a")
	})
}

func TestInterfaces(t *testing.T) {
	t.Run("that the server has not are refused with its own named", func(t *testing.T) {
		c := start(t, "texts", ringcall.Start)
		_, err := market.NewQuotesClient(c)
		fails(t, err, ringcall.ErrInterface, "quotes", "texts")
	})
	t.Run("that changed are refused with what differs", func(t *testing.T) {
		changed := texts.TextsInterface
		changed.Description = strings.Replace(changed.Description, "texts 4.more: type u16, offset 16", "texts 4.more: type u32, offset 16", 1)
		changed.Fingerprint++
		_, err := ringcall.Start(context.Background(), exec.Command(program(t, "RINGCALL_GEN_SERVER"), "texts"), ringcall.WithInterface(&changed))
		fails(t, err, ringcall.ErrInterface, "texts.size.more", "u16 in the server", "u32 in the client")
	})
}
