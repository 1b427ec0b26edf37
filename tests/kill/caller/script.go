package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// The calls of marks.hpp.
const (
	twice, echo, twiceWorker = 1, 2, 3

	calls     = 14
	callRun   = 1
	runSize   = 4
	callArena = 5
	callBatch = 6
	batchSize = 4
	callLone  = 10
	callPair  = 11
	callLast  = 13
	echoSize  = 200

	// hungAfter is far beyond what a call takes whose server is dead.
	hungAfter = 10 * time.Second
)

func makeRequest(call int) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, uint32(call)), uint32(call)*2654435761^0x5bd1e995)
}

func makeEcho(call int) []byte {
	b := make([]byte, echoSize)
	for i := range b {
		b[i] = byte(call + i)
	}
	copy(b, makeRequest(call))
	return b
}

func answerTo(call int) []byte { return binary.LittleEndian.AppendUint64(nil, uint64(call)*2+1) }

// script makes the calls, and notes how each ended: "" if it was not made.
type script struct {
	client   *ringcall.Client
	outcomes [calls]string
}

func (s *script) run(path string, before func(phase int)) {
	ctx, cancel := context.WithTimeout(context.Background(), hungAfter)
	defer cancel()
	phases := []func(context.Context){
		func(ctx context.Context) { s.client, _ = ringcall.Dial(ctx, path) },
		func(ctx context.Context) { s.call(ctx, twice, 0, makeRequest(0), answerTo(0)) },
		s.makeRun,
		func(ctx context.Context) { s.call(ctx, echo, callArena, makeEcho(callArena), makeEcho(callArena)) },
		s.makeBatch,
		func(ctx context.Context) {
			s.call(ctx, twiceWorker, callLone, makeRequest(callLone), answerTo(callLone))
		},
		s.makeSeveral,
		func(context.Context) { s.client.Close() },
	}
	for i, phase := range phases {
		before(i)
		phase(ctx)
		if s.client == nil {
			return
		}
		select {
		case <-s.client.Done():
			if i != len(phases)-1 {
				s.client.Close()
				return
			}
		default:
		}
	}
	before(len(phases))
}

func (s *script) note(call int, answer, expected []byte, err error) {
	switch {
	case err == nil && bytes.Equal(answer, expected):
		s.outcomes[call] = "answered"
	case err == nil:
		s.outcomes[call] = "wrong"
	case errors.Is(err, ringcall.ErrNeverStarted) && errors.Is(err, ringcall.ErrMayHaveRun):
		s.outcomes[call] = "two outcomes"
	case errors.Is(err, ringcall.ErrNeverStarted) && errors.Is(err, ringcall.ErrServerGone):
		s.outcomes[call] = "never_started"
	case errors.Is(err, ringcall.ErrMayHaveRun) && errors.Is(err, ringcall.ErrServerGone):
		s.outcomes[call] = "may_have_run"
	case errors.Is(err, ringcall.ErrDeadline):
		s.outcomes[call] = "hung"
	default:
		s.outcomes[call] = fmt.Sprintf("%q", err)
	}
}

func (s *script) call(ctx context.Context, method uint16, call int, request, expected []byte) {
	answer, err := s.client.Call(ctx, method, request, nil)
	s.note(call, answer, expected, err)
}

func (s *script) makeRun(ctx context.Context) {
	r := s.client.NewRun(runSize)
	for i := range runSize {
		if err := r.Add(twice, makeRequest(callRun+i)); err != nil {
			panic(err)
		}
	}
	err := r.Post(ctx)
	posted := err == nil
	if posted {
		err = r.Await(ctx)
	}
	for i := range runSize {
		answer, one := r.Answer(i)
		if !posted || errors.Is(err, ringcall.ErrDeadline) {
			one = err
		}
		s.note(callRun+i, answer, answerTo(callRun+i), one)
	}
}

func (s *script) makeBatch(ctx context.Context) {
	b := s.client.NewBatch(twice, 8, 8)
	defer b.Release()
	requests, err := b.Reserve(ctx, batchSize)
	if err == nil {
		for i := range batchSize {
			copy(requests[8*i:], makeRequest(callBatch+i))
		}
		err = b.Do(ctx)
	}
	for i := range batchSize {
		var answer []byte
		if err == nil {
			answer = b.Answers()[8*i : 8*i+8]
		}
		s.note(callBatch+i, answer, answerTo(callBatch+i), err)
	}
}

// makeSeveral has one goroutine lead and others follow.
func (s *script) makeSeveral(ctx context.Context) {
	var group sync.WaitGroup
	for call := callPair; call < callLast; call++ {
		group.Add(1)
		go func() {
			defer group.Done()
			s.call(ctx, twice, call, makeRequest(call), answerTo(call))
		}()
	}
	pending, err := s.client.Post(ctx, twice, makeRequest(callLast))
	var answer []byte
	if err == nil {
		answer, err = pending.Await(ctx, nil)
	}
	s.note(callLast, answer, answerTo(callLast), err)
	group.Wait()
}
