//go:build !cgo

package ringcall

import (
	"syscall"
	"unsafe"
)

const (
	fcntlGetSeals = 1034 // F_GET_SEALS
	sealsNeeded   = sealSeal | sealShrink | sealGrow
)

// mapDescriptor checks and maps step by step as map.c does.
func mapDescriptor(descriptor int, size uint64) (unsafe.Pointer, mapStop) {
	seals, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(descriptor), fcntlGetSeals, 0)
	if errno != 0 {
		return nil, mapStop{mapReadSeals, errno, 0}
	}
	if seals&sealsNeeded != sealsNeeded {
		return nil, mapStop{mapSeals, 0, uint64(seals)}
	}

	var file syscall.Stat_t
	if err := syscall.Fstat(descriptor, &file); err != nil {
		return nil, mapStop{mapStat, err.(syscall.Errno), 0}
	}
	if file.Mode&syscall.S_IFMT != syscall.S_IFREG {
		return nil, mapStop{mapType, 0, uint64(file.Mode)}
	}
	if uint64(file.Size) != size {
		return nil, mapStop{mapSize, 0, uint64(file.Size)}
	}

	address, _, errno := syscall.Syscall6(syscall.SYS_MMAP, 0, uintptr(size),
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED, uintptr(descriptor), 0)
	if errno != 0 {
		return nil, mapStop{mapMmap, errno, 0}
	}
	if _, _, errno := syscall.Syscall(syscall.SYS_MADVISE, address, uintptr(size), syscall.MADV_DONTFORK); errno != 0 {
		syscall.Syscall(syscall.SYS_MUNMAP, address, uintptr(size), 0)
		return nil, mapStop{mapDontfork, errno, 0}
	}
	// Through a pointer to the address: the memory is not Go's, and vet takes a plain conversion for a mistake.
	return *(*unsafe.Pointer)(unsafe.Pointer(&address)), mapStop{}
}
