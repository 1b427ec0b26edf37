package main

import (
	"context"
	"hash/crc32"
)

type kind int

const (
	words  kind = iota // hash of a word
	blocks             // CRC-32C of a block
	kinds
)

func (k kind) String() string { return [kinds]string{"word", "block"}[k] }

// mode is one way to have spans of data worked on. run stores the answer to spans[i] in out[i]; spans is not empty.
type mode struct {
	name    string
	limited bool // to a budget: it may be too slow on some machines
	run     func(ctx context.Context, kind kind, data []byte, spans []span, out []uint64) error
}

const cgoEach = "cgo, call by call" // what the others are compared with

// reference is Go's own hash/crc32 and the hash's Go twin: a mode like the others, and what checks their answers.
func reference(_ context.Context, kind kind, data []byte, spans []span, out []uint64) error {
	if kind == words {
		for i, s := range spans {
			out[i] = hash(data[s.offset:][:s.size])
		}
		return nil
	}
	for i, s := range spans {
		out[i] = uint64(crc32.Checksum(data[s.offset:][:s.size], castagnoli))
	}
	return nil
}
