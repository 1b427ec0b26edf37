package main

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

func noise(size int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, size+8)
	for at := 0; at < size; at += 8 {
		binary.LittleEndian.PutUint64(data[at:], random.Uint64())
	}
	return data[:size]
}

// everySize is a span of each size that matters, at odd and even places.
func everySize(kind kind, limit int) (spans []span) {
	for size := 1; size <= 300; size++ {
		spans = append(spans, span{uint32(size % 7), uint32(size)})
	}
	for size := blockSize - 40; kind == blocks && size <= blockSize; size++ {
		spans = append(spans, span{uint32(size % 5), uint32(size)})
	}
	for size := 301; kind == words && size <= limit; size = size*2 + 1 {
		spans = append(spans, span{3, uint32(size)})
	}
	return spans
}

func TestTheHashIsWhatItWas(t *testing.T) {
	for text, want := range map[string]uint64{
		"": 0xd79b09574bb4eca3, "a": 0xf2585b17a200e108, "func": 0x69c18cbe3fd03c8c, "ringcall": 0xdd929cc6533b604e,
		"a longer word_of_24_bytes": 0x59dac147cb4f0ebb,
	} {
		if got := hash([]byte(text)); got != want {
			t.Errorf("hash(%q) = %#x, not %#x", text, got, want)
		}
	}
}

func TestEveryByteAndTheSizeChangeTheHash(t *testing.T) {
	data := noise(64)
	for size := 1; size <= len(data); size++ {
		whole := hash(data[:size])
		if hash(data[:size-1]) == whole {
			t.Errorf("sizes %d and %d hash alike", size-1, size)
		}
		for at := range size {
			data[at] ^= 1
			if hash(data[:size]) == whole {
				t.Errorf("byte %d of %d does not count", at, size)
			}
			data[at] ^= 1
		}
	}
}

func TestCgoModesAgreeWithGo(t *testing.T) {
	if len(cgoModes()) == 0 {
		t.Skip("built without cgo")
	}
	data := noise(wordSizeMax + 16)
	for _, m := range cgoModes() {
		for k := range kinds {
			t.Run(m.name+"/"+k.String(), func(t *testing.T) { agrees(t, m, k, data, everySize(k, wordSizeMax)) })
		}
	}
}

func agrees(t *testing.T, m mode, k kind, data []byte, spans []span) {
	t.Helper()
	got, want := make([]uint64, len(spans)), make([]uint64, len(spans))
	if err := m.run(context.Background(), k, data, spans, got); err != nil {
		t.Fatal(err)
	}
	reference(context.Background(), k, data, spans, want)
	for i, s := range spans {
		if got[i] != want[i] {
			t.Errorf("%d bytes at %d: %#x, Go says %#x", s.size, s.offset, got[i], want[i])
		}
	}
}

func TestCRCKnowsItsCheckValue(t *testing.T) {
	if got := crc32.Checksum([]byte("123456789"), castagnoli); got != 0xe3069283 {
		t.Errorf("CRC-32C of 123456789 is %#x", got)
	}
}
