//go:build cgo

package main

/*
#cgo CXXFLAGS: -O3 -std=c++20
#include "plain.h"
*/
import "C"

import (
	"context"
	"unsafe"
)

// cgoModes does the work by plain cgo: the same C++, compiled into this program.
func cgoModes() []mode {
	return []mode{{name: cgoEach, run: cgoCallByCall}, {name: "cgo, one call for all", run: cgoMany}}
}

func cgoCallByCall(_ context.Context, kind kind, data []byte, spans []span, out []uint64) error {
	if kind == words {
		for i, s := range spans {
			out[i] = uint64(C.plain_hash((*C.uint8_t)(&data[s.offset]), C.size_t(s.size)))
		}
		return nil
	}
	for i, s := range spans {
		out[i] = uint64(C.plain_crc32c((*C.uint8_t)(&data[s.offset]), C.size_t(s.size)))
	}
	return nil
}

func cgoMany(_ context.Context, kind kind, data []byte, spans []span, out []uint64) error {
	base, list := (*C.uint8_t)(&data[0]), (*C.struct_plain_span)(unsafe.Pointer(&spans[0]))
	if kind == words {
		C.plain_hash_many(base, list, C.size_t(len(spans)), (*C.uint64_t)(&out[0]))
	} else {
		C.plain_crc32c_many(base, list, C.size_t(len(spans)), (*C.uint64_t)(&out[0]))
	}
	return nil
}

// crcPortable is the C++ for machines without a CRC instruction, for tests.
func crcPortable(data []byte) uint32 {
	if len(data) == 0 {
		return uint32(C.plain_crc32c_portable(nil, 0))
	}
	return uint32(C.plain_crc32c_portable((*C.uint8_t)(&data[0]), C.size_t(len(data))))
}
