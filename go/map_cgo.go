//go:build cgo

package ringcall

// #include "map.h"
import "C"

import (
	"syscall"
	"unsafe"
)

// mapDescriptor checks and maps in C; map_pure.go is its twin without cgo.
func mapDescriptor(descriptor int, size uint64) (unsafe.Pointer, mapStop) {
	mapped := C.ringcall_map(C.int(descriptor), C.uint64_t(size))
	return mapped.address, mapStop{mapStage(mapped.stage), syscall.Errno(mapped.error), uint64(mapped.found)}
}
