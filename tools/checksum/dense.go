package main

import (
	"context"
	"encoding/binary"

	"github.com/ringcall/ringcall/go"
)

// dense packs spans into records of a fixed layout, in place in shared memory, and has each batch of them worked on by one call. Words
// that no record holds go through the pipeline.
type dense struct {
	flights [kinds][flights]flight
	long    *pipeline
	rest    []span // the long words
	restAt  []int  // their places
	restOut []uint64
}

type flight struct {
	batch  *ringcall.Batch
	places []int // of the records' spans; none: nothing was posted
}

func newDense(client *ringcall.Client) *dense {
	d := &dense{long: newPipeline(client)}
	for k := range kinds {
		for i := range d.flights[k] {
			d.flights[k][i].batch = client.NewBatch(batchMethod[k], recordSize[k], answerSize)
		}
	}
	return d
}

func (d *dense) run(ctx context.Context, kind kind, data []byte, spans []span, out []uint64) error {
	d.rest, d.restAt = d.rest[:0], d.restAt[:0]
	post := func(at, next int) (int, error) { return d.post(ctx, &d.flights[kind][at], kind, data, spans, next) }
	collect := func(at int) error { return d.flights[kind][at].collect(ctx, out) }
	if err := inFlight(len(spans), post, collect); err != nil {
		return err
	}
	return d.runLong(ctx, data, out)
}

// post sends the next spans that fit records and returns the first that it did not look at.
func (d *dense) post(ctx context.Context, f *flight, kind kind, data []byte, spans []span, next int) (int, error) {
	f.places = f.places[:0]
	for ; next < len(spans) && len(f.places) < batchLength[kind]; next++ {
		if int(spans[next].size) <= recordRoom[kind] {
			f.places = append(f.places, next)
			continue
		}
		d.rest, d.restAt = append(d.rest, spans[next]), append(d.restAt, next)
	}
	if len(f.places) == 0 {
		return next, nil // long words only
	}
	records, err := f.batch.Reserve(ctx, len(f.places))
	if err != nil {
		return next, err
	}
	if kind == words {
		packWords(records, data, spans, f.places)
	} else {
		packBlocks(records, data, spans, f.places)
	}
	return next, f.batch.Post(ctx)
}

// packWords writes word_records of server.cpp: 15 bytes of text, then its size. What follows the text is of no account.
func packWords(records, data []byte, spans []span, places []int) {
	for i, place := range places {
		s, record := spans[place], (*[16]byte)(records[i*16:])
		if text := data[s.offset:]; len(text) >= 16 {
			*record = [16]byte(text) // one wide copy is faster than a short one of just the word
		} else {
			copy(record[:15], text)
		}
		record[15] = byte(s.size)
	}
}

// packBlocks writes block_records of server.cpp: 4,096 bytes, then how many of them count.
func packBlocks(records, data []byte, spans []span, places []int) {
	for i, place := range places {
		s, record := spans[place], records[i*recordSize[blocks]:][:recordSize[blocks]]
		copy(record, data[s.offset:][:s.size])
		binary.LittleEndian.PutUint64(record[blockSize:], uint64(s.size))
	}
}

func (f *flight) collect(ctx context.Context, out []uint64) error {
	if len(f.places) == 0 {
		return nil
	}
	if err := f.batch.Await(ctx); err != nil {
		return err
	}
	answers := ringcall.Records[uint64](f.batch.Answers())
	for i, place := range f.places {
		out[place] = answers[i]
	}
	f.batch.Release()
	return nil
}

func (d *dense) runLong(ctx context.Context, data []byte, out []uint64) error {
	if len(d.rest) == 0 {
		return nil
	}
	d.restOut = sized(d.restOut, len(d.rest))
	if err := d.long.run(ctx, words, data, d.rest, d.restOut); err != nil {
		return err
	}
	for i, place := range d.restAt {
		out[place] = d.restOut[i]
	}
	return nil
}
