package peers

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
	"github.com/ringcall/ringcall/go"
)

// payload is ringcall echoing bytes, on a server whose arenas have room for them.
type payload struct{ ringServer }

func (*payload) Name() string { return "ringcall payload" }

func (p *payload) Open(place Place) (err error) {
	p.client, p.command, err = launch(place, place.Far, spin, "large")
	return err
}

func (p *payload) Rows() []turns.Row {
	var rows []turns.Row
	for _, size := range payloads {
		add := func(name, series, what string, run func(*ringcall.Client, int, int) (time.Duration, error)) {
			rows = append(rows, turns.Row{Name: fmt.Sprintf("ringcall/%s=%d", name, size), What: fmt.Sprintf("%d bytes %s", size, what), Unit: "echo", Group: groupPayload,
				Workload: "echo", Series: series, Params: turns.Params{turns.InFlight: 1, turns.Payload: float64(size)},
				Run: func(count int) (time.Duration, error) { return run(p.client, size, count) }})
		}
		add("echo", "ringcall, in place", "filled in place, memcpy'd by the server, read in place", echoesInPlace)
		add("echo-copied", "ringcall, copied", "by Call, which copies them in and out", echoesCopied)
	}
	return rows
}

func echoesInPlace(client *ringcall.Client, size, count int) (time.Duration, error) {
	ctx := context.Background()
	message := newMessage(size)
	begin := time.Now()
	for i := range count {
		frame, err := client.NewFrame(ctx, &echoMethod, size)
		if err != nil {
			return 0, err
		}
		copy(frame.Bytes(), message.next(i))
		view, err := frame.View(ctx)
		if err != nil {
			return 0, err
		}
		same := bytes.Equal(view.Bytes(), message)
		view.Release()
		if !same {
			return 0, wrong("echo", i, "what was sent")
		}
	}
	return time.Since(begin), nil
}

func echoesCopied(client *ringcall.Client, size, count int) (time.Duration, error) {
	ctx := context.Background()
	message, answer := newMessage(size), make([]byte, 0, size)
	begin := time.Now()
	for i := range count {
		var err error
		if answer, err = client.Call(ctx, methodEcho, message.next(i), answer); err != nil {
			return 0, err
		}
		if !bytes.Equal(answer, message) {
			return 0, wrong("echo", i, "what was sent")
		}
	}
	return time.Since(begin), nil
}
