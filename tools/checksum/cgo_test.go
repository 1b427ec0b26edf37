//go:build cgo

package main

import (
	"hash/crc32"
	"testing"
)

func TestCRCWithoutAnInstructionAgreesWithGo(t *testing.T) {
	data := noise(blockSize + 64)
	for _, s := range append(everySize(blocks, 0), span{}) {
		piece := data[s.offset:][:s.size]
		if got, want := crcPortable(piece), crc32.Checksum(piece, castagnoli); got != want {
			t.Errorf("%d bytes at %d: %#x, Go says %#x", s.size, s.offset, got, want)
		}
	}
}
