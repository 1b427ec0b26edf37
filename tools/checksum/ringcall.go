package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/ringcall/ringcall/go"
)

// Methods and records of server/server.cpp.
var (
	bytesMethod = [kinds]uint16{words: 1, blocks: 2}
	batchMethod = [kinds]uint16{words: 3, blocks: 4}
	recordSize  = [kinds]int{words: 16, blocks: blockSize + 8}
	recordRoom  = [kinds]int{words: 15, blocks: blockSize}
)

const answerSize = 8 // of every method

// How much is kept in flight: flights at once, each of so many calls or records. The ring has 1,024 slots, the arena 4 MiB.
const (
	flights     = 4
	runBytesMax = 512 << 10 // a run of long words ends here, so that all flights fit the arena
)

var (
	runLength   = [kinds]int{words: 256, blocks: 32}
	batchLength = [kinds]int{words: 4096, blocks: 64}
)

// startServer launches the server in a process group of its own, so that a Ctrl-C reaches this program only, which then ends it.
func startServer(ctx context.Context, path string, arguments []string, line func(string)) (*ringcall.Client, error) {
	cmd := exec.Command(path, arguments...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if os.Getenv("RINGCALL_LOG") == "" {
		cmd.Env = append(os.Environ(), "RINGCALL_LOG=warn")
	}
	return ringcall.Start(ctx, cmd, ringcall.WithOutput(func(_, text string) { line(text) }))
}

func ringcallModes(client *ringcall.Client) []mode {
	batches := newDense(client)
	return []mode{
		{name: "ringcall, call by call", limited: true, run: func(ctx context.Context, kind kind, data []byte, spans []span, out []uint64) error {
			return callByCall(ctx, client, kind, data, spans, out)
		}},
		{name: "ringcall, pipelined", run: newPipeline(client).run},
		{name: "ringcall, dense batches", run: batches.run},
	}
}

func callByCall(ctx context.Context, client *ringcall.Client, kind kind, data []byte, spans []span, out []uint64) error {
	var room [answerSize]byte
	for i, s := range spans {
		answer, err := client.Call(ctx, bytesMethod[kind], data[s.offset:][:s.size], room[:])
		if err != nil {
			return err
		}
		if out[i], err = decode(answer); err != nil {
			return err
		}
	}
	return nil
}

func decode(answer []byte) (uint64, error) {
	if len(answer) != answerSize {
		return 0, fmt.Errorf("the server answered with %d bytes, not %d", len(answer), answerSize)
	}
	return binary.LittleEndian.Uint64(answer), nil
}

// inFlight works through total spans: post sends some from next on and returns the first that it left, collect waits for the oldest.
func inFlight(total int, post func(at, next int) (int, error), collect func(at int) error) error {
	next, oldest, posted := 0, 0, 0
	for next < total || oldest < posted {
		var err error
		if next == total || posted-oldest == flights {
			err = collect(oldest % flights)
			oldest++
		} else {
			next, err = post(posted%flights, next)
			posted++
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// pipeline posts runs of calls and keeps several in flight.
type pipeline struct {
	runs  [flights]*ringcall.Run
	first [flights]int // the run's first span; its others follow
}

func newPipeline(client *ringcall.Client) *pipeline {
	p := &pipeline{}
	for i := range p.runs {
		p.runs[i] = client.NewRun(max(runLength[words], runLength[blocks]))
	}
	return p
}

func (p *pipeline) run(ctx context.Context, kind kind, data []byte, spans []span, out []uint64) error {
	post := func(at, next int) (int, error) { return p.post(ctx, at, kind, data, spans, next) }
	collect := func(at int) error { return p.collect(ctx, at, out) }
	return inFlight(len(spans), post, collect)
}

func (p *pipeline) post(ctx context.Context, at int, kind kind, data []byte, spans []span, next int) (int, error) {
	run, end, bytes := p.runs[at], min(next+runLength[kind], len(spans)), 0
	p.first[at] = next
	for ; next < end && bytes < runBytesMax; next++ {
		s := spans[next]
		if err := run.Add(bytesMethod[kind], data[s.offset:][:s.size]); err != nil {
			return next, err
		}
		bytes += int(s.size)
	}
	return next, run.Post(ctx)
}

func (p *pipeline) collect(ctx context.Context, at int, out []uint64) error {
	run := p.runs[at]
	if err := run.Await(ctx); err != nil {
		return err
	}
	for i := range run.Len() {
		answer, err := run.Answer(i)
		if err != nil {
			return err
		}
		if out[p.first[at]+i], err = decode(answer); err != nil {
			return err
		}
	}
	run.Reset()
	return nil
}
