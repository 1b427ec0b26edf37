package main

import (
	"encoding/binary"
	"hash/crc32"
	"math/bits"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// hash is the twin of checksum::hash in checksum.hpp.
func hash(data []byte) uint64 {
	const k0, k1 = 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93
	size := len(data)
	state := (uint64(size) + 1) * k0
	rest := data
	for ; len(rest) > 8; rest = rest[8:] {
		state = fold(state^binary.LittleEndian.Uint64(rest), k1)
	}
	var last uint64
	switch {
	case size >= 8:
		last = binary.LittleEndian.Uint64(data[size-8:])
	case size >= 4:
		last = uint64(binary.LittleEndian.Uint32(data)) | uint64(binary.LittleEndian.Uint32(data[size-4:]))<<32
	case size > 0:
		last = uint64(data[0]) | uint64(data[size/2])<<8 | uint64(data[size-1])<<16
	}
	return fold(fold(state^last, k1), k0)
}
