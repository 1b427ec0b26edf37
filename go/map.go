package ringcall

import (
	"fmt"
	"strings"
	"sync"
	"syscall"
	"unsafe"
)

// mapStage is where mapDescriptor stopped: ringcall_map_stage of map.h.
type mapStage int32

const (
	mapDone mapStage = iota
	mapReadSeals
	mapSeals
	mapStat
	mapType
	mapSize
	mapMmap
	mapDontfork
)

type mapStop struct {
	stage mapStage
	errno syscall.Errno
	found uint64
}

const (
	sealSeal   = 1 // F_SEAL_SEAL
	sealShrink = 2 // F_SEAL_SHRINK
	sealGrow   = 4 // F_SEAL_GROW
)

// segmentSizeMax is far above what a channel's offsets of 32 bits can reach with any use, and keeps sizes inside an int.
const segmentSizeMax = 1 << 32

// mapSegment maps a received segment after checking its seals, type and size. The descriptor stays the caller's. unmap may be called
// more than once; nothing may touch the memory after the first.
func mapSegment(descriptor int, size uint64) (mem []byte, unmap func(), err error) {
	if size == 0 || size > segmentSizeMax {
		return nil, nil, fmt.Errorf("%w: the server states a size of %d bytes, expected 1 to %d", ErrBadSegment, size, uint64(segmentSizeMax))
	}
	address, stop := mapDescriptor(descriptor, size)
	if stop.stage != mapDone {
		return nil, nil, stop.asError(size)
	}
	unmap = sync.OnceFunc(func() { syscall.Syscall(syscall.SYS_MUNMAP, uintptr(address), uintptr(size), 0) })
	return unsafe.Slice((*byte)(address), size), unmap, nil
}

func (s mapStop) asError(size uint64) error {
	switch s.stage {
	case mapReadSeals:
		return fmt.Errorf("%w: its seals cannot be read, so it is no memfd (%w)", ErrBadSegment, s.errno)
	case mapSeals:
		return fmt.Errorf("%w: it is not sealed against %s; the server must seal it before it sends it", ErrBadSegment, missingSeals(s.found))
	case mapStat:
		return fmt.Errorf("%w: fstat: %w", ErrBadSegment, s.errno)
	case mapType:
		return fmt.Errorf("%w: it is no regular file, its mode is %#o", ErrBadSegment, s.found)
	case mapSize:
		return fmt.Errorf("%w: it has %d bytes, the server stated %d", ErrBadSegment, s.found, size)
	case mapMmap:
		return fmt.Errorf("%w: mapping its %d bytes: %w", ErrBadSegment, size, s.errno)
	default:
		return fmt.Errorf("%w: keeping it from child processes (MADV_DONTFORK): %w", ErrBadSegment, s.errno)
	}
}

func missingSeals(found uint64) string {
	var missing []string
	for _, seal := range []struct {
		bit  uint64
		name string
	}{{sealShrink, "shrinking"}, {sealGrow, "growing"}, {sealSeal, "further sealing"}} {
		if found&seal.bit == 0 {
			missing = append(missing, seal.name)
		}
	}
	return strings.Join(missing, ", ")
}
