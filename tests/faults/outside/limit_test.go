package outside

import (
	"syscall"
	"testing"
	"unsafe"
)

// setDescriptorLimit sets the soft limit of another process: the highest number that a descriptor may have, plus one.
func setDescriptorLimit(t *testing.T, pid, limit int) {
	t.Helper()
	call := func(set, old *syscall.Rlimit) {
		_, _, errno := syscall.Syscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_NOFILE, uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), 0, 0)
		if errno != 0 {
			t.Fatalf("setting the limit of descriptors: %v", errno)
		}
	}
	var now syscall.Rlimit
	call(nil, &now)
	now.Cur = uint64(limit)
	call(&now, nil)
}
