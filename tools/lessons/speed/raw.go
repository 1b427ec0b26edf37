package main

import (
	"context"
	"encoding/binary"
	"fmt"

	ringcall "github.com/ringcall/ringcall/go"
)

// The methods of server.cpp that were written by hand.
const (
	rawAdd  = 101
	rawEcho = 102
)

func checkSum(sum int64, err error) error {
	if err == nil && sum != 3 {
		err = fmt.Errorf("1 + 2 is %d", sum)
	}
	return err
}

func repeat(name string, call func(ctx context.Context) error) row {
	return row{name, func(ctx context.Context, calls int) error {
		for range calls {
			if err := call(ctx); err != nil {
				return err
			}
		}
		return nil
	}}
}

// A pair is a typed call and the raw one that does the same.
type pair struct {
	name string
	rows []row // raw, typed
}

func pairs(client *SubjectClient) []pair {
	list := []pair{{"add, blocking", addCalls(client)}, {"add, a run of 64", addRuns(client)}, {"add, a batch of 1024", addBatches(client)}}
	for _, size := range sizes {
		list = append(list,
			pair{fmt.Sprintf("echo of %d bytes, blocking", size), echoCalls(client, text(size))},
			pair{fmt.Sprintf("echo of %d bytes, a run of 16", size), echoRuns(client, text(size))})
	}
	return list
}

func addCalls(client *SubjectClient) []row {
	raw := client.Client()
	request, answer := binary.LittleEndian.AppendUint32([]byte{1, 0, 0, 0}, 2), make([]byte, 8)
	return []row{
		repeat("raw", func(ctx context.Context) (err error) {
			if answer, err = raw.Call(ctx, rawAdd, request, answer); err != nil {
				return err
			}
			return checkSum(int64(binary.LittleEndian.Uint64(answer)), nil)
		}),
		repeat("typed", func(ctx context.Context) error { return checkSum(client.Add(ctx, 1, 2)) }),
	}
}

func addRuns(client *SubjectClient) []row {
	const length = 64
	raw, typed := client.Client().NewRun(length), client.NewAddRun(length)
	request := binary.LittleEndian.AppendUint32([]byte{1, 0, 0, 0}, 2)
	return []row{
		{"raw", func(ctx context.Context, calls int) error {
			for range calls / length {
				for range length {
					if err := raw.Add(rawAdd, request); err != nil {
						return err
					}
				}
				if err := raw.Do(ctx); err != nil {
					return err
				}
				for i := range length {
					answer, err := raw.Answer(i)
					if err != nil {
						return err
					}
					if err := checkSum(int64(binary.LittleEndian.Uint64(answer)), nil); err != nil {
						return err
					}
				}
				raw.Reset()
			}
			return nil
		}},
		{"typed", func(ctx context.Context, calls int) error {
			for range calls / length {
				for range length {
					if err := typed.Add(1, 2); err != nil {
						return err
					}
				}
				if err := typed.Do(ctx); err != nil {
					return err
				}
				for i := range length {
					if err := checkSum(typed.Answer(i)); err != nil {
						return err
					}
				}
				typed.Reset()
			}
			return nil
		}},
	}
}

func addBatches(client *SubjectClient) []row {
	const length = 1024
	raw, typed := client.Client().NewBatch(rawAdd, 8, 8), client.NewAddBatch()
	fill := func(requests []AddRequest) {
		for i := range requests {
			requests[i] = AddRequest{A: 1, B: 2}
		}
	}
	verify := func(sums []int64) error {
		for _, sum := range sums {
			if err := checkSum(sum, nil); err != nil {
				return err
			}
		}
		return nil
	}
	return []row{
		{"raw", func(ctx context.Context, calls int) error {
			for range calls / length {
				room, err := raw.Reserve(ctx, length)
				if err != nil {
					return err
				}
				fill(ringcall.Records[AddRequest](room))
				if err := raw.Do(ctx); err != nil {
					return err
				}
				if err := verify(ringcall.Records[int64](raw.Answers())); err != nil {
					return err
				}
				raw.Release()
			}
			return nil
		}},
		{"typed", func(ctx context.Context, calls int) error {
			for range calls / length {
				room, err := typed.Reserve(ctx, length)
				if err != nil {
					return err
				}
				fill(room)
				if err := typed.Do(ctx); err != nil {
					return err
				}
				if err := verify(typed.Answers()); err != nil {
					return err
				}
				typed.Release()
			}
			return nil
		}},
	}
}

// frameHead is what a typed call sends in front of a text: a raw call that is compared with it carries as many bytes.
const frameHead = 8

// kept has the compiler make a string on the heap, as for a program that goes on with it.
var kept string

// The raw call's answer is made a string, too: that is what a user would do, and what the typed call includes.
func echoCalls(client *SubjectClient, text string) []row {
	raw := client.Client()
	request, buffer := make([]byte, frameHead+len(text)), make([]byte, 0, frameHead+len(text))
	return []row{
		repeat("raw", func(ctx context.Context) (err error) {
			copy(request[frameHead:], text)
			if buffer, err = raw.Call(ctx, rawEcho, request, buffer); err != nil {
				return err
			}
			kept = string(buffer[frameHead:])
			return check(kept, text)
		}),
		repeat("typed", func(ctx context.Context) error {
			answer, err := client.Echo(ctx, text)
			if err != nil {
				return err
			}
			return check(answer, text)
		}),
	}
}

// A rawRun is a raw run as a run of texts.
type rawRun struct {
	*ringcall.Run
	request []byte
}

func (r *rawRun) Add(text string) error {
	r.request = append(r.request[:frameHead], text...)
	return r.Run.Add(rawEcho, r.request)
}

func (r *rawRun) Answer(i int) (string, error) {
	answer, err := r.Run.Answer(i)
	if err != nil {
		return "", err
	}
	return string(answer[frameHead:]), nil
}

func echoRuns(client *SubjectClient, text string) []row {
	raw := &rawRun{client.Client().NewRun(inFlight), make([]byte, frameHead)}
	return []row{runRow("raw", []echoRun{raw}, text), runRow("typed", newEchoRuns(client, 1), text)}
}
