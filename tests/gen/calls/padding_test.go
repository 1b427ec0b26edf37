package calls

import (
	"bytes"
	"context"
	"os/exec"
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tests/gen/padding"
)

// secret is what handlers/padding.cpp fills an answer's memory with before it sets the fields.
const secret = 0xee

func startRaw(ctx context.Context, c *exec.Cmd, options ...ringcall.Option) (*ringcall.Client, error) {
	return ringcall.Start(ctx, c, options...)
}

// clean says that an answer of the size has none of the server's memory in it.
func clean(t *testing.T, answer []byte, err error, size int) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if len(answer) != size {
		t.Fatalf("expected %d bytes, found %d", size, len(answer))
	}
	if at := bytes.IndexByte(answer, secret); at >= 0 {
		t.Errorf("byte %d is what the server's memory held before: % x", at, answer)
	}
}

func TestPaddingInAnswersIsZero(t *testing.T) {
	c := start(t, "padding", startRaw)
	ctx := ctxOf(t)
	const one, two = 16, 48 // bytes of a loose, of a nested
	for _, m := range []struct {
		name    string
		id      uint16
		request []byte
		size    int
	}{
		{"of a struct", 1, []byte{1}, one},
		{"of a struct of structs", 2, []byte{1}, two},
		{"from a worker", 3, []byte{1}, two},
		{"in an array", 4, []byte{1}, 2 * one},
		{"of a text of an odd size", 5, []byte{1}, 6},
		{"of a batch of one", 6, make([]byte, 8), two},
		{"beside a request that is a frame", 7, make([]byte, 8), two},
		{"in a vector", 8, []byte{1}, 8 + 2*two},
		{"in a span", 9, []byte{1}, 8 + 2*two},
		{"in an optional", 10, []byte{1}, 8 + two},
		{"in a message", 11, []byte{1}, 8 + 2*24 + 2*8},
	} {
		t.Run(m.name, func(t *testing.T) {
			answer, err := c.Call(ctx, m.id, m.request, nil)
			clean(t, answer, err, m.size)
		})
		t.Run(m.name+", in a run", func(t *testing.T) {
			run := c.NewRun(4)
			for range 4 {
				ok(t, run.Add(m.id, m.request))
			}
			ok(t, run.Do(ctx))
			for i := range 4 {
				answer, err := run.Answer(i)
				clean(t, answer, err, m.size)
			}
		})
	}
	for _, m := range []struct {
		name              string
		id                uint16
		requestSize, size int
	}{
		{"of structs in a batch", 1, 1, one},
		{"of structs of structs in a batch", 2, 1, two},
		{"of arrays in a batch", 4, 1, 2 * one},
		{"of what a handler fills in place", 6, 8, two},
	} {
		t.Run(m.name, func(t *testing.T) {
			batch := c.NewBatch(m.id, m.requestSize, m.size)
			_, err := batch.Reserve(ctx, 64)
			ok(t, err)
			ok(t, batch.Do(ctx))
			clean(t, batch.Answers(), nil, 64*m.size)
			batch.Release()
		})
	}
}

func TestPaddingKeepsFields(t *testing.T) {
	c := start(t, "padding", padding.StartPadding)
	ctx := ctxOf(t)
	tag, err := padding.MakeText3("ab")
	ok(t, err)
	loose := padding.Loose{Value: 1, Unit: 7}
	nested := padding.Nested{First: 7, Each: [2]padding.Loose{loose, loose}, Tag: tag}
	got, err := c.Deep(ctx, 7)
	want(t, got, err, nested)
	list, err := c.List(ctx, 7)
	want(t, list, err, []padding.Nested{nested, nested})
	messages, err := c.Messages(ctx, 7)
	want(t, messages, err, []padding.Message{{One: loose, Text: "one"}, {One: loose, Text: "two"}})
	answers := make([]padding.Nested, 2)
	ok(t, c.All(ctx, []uint64{7, 7}, answers))
	want(t, answers, nil, []padding.Nested{nested, nested})
}
