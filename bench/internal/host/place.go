package host

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// PinProcess keeps all threads of this process, and those they start later, on one core. It pins threads rather than locking a goroutine
// to one: a locked goroutine that yields or parks goes through two thread switches, which no user's program would pay.
func PinProcess(core int) error {
	// A thread started meanwhile by one not yet pinned is found by the second round.
	for range 2 {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, thread := range threads {
			id, err := strconv.Atoi(thread.Name())
			if err != nil {
				return err
			}
			if err := pinThread(id, core); err != nil {
				return fmt.Errorf("cannot pin thread %d to core %d: %w", id, core, err)
			}
		}
	}
	return nil
}

func pinThread(id, core int) error {
	var mask [16]uint64 // 1,024 cores
	mask[core/64] = 1 << (core % 64)
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(id), unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	if errno == 0 || errno == syscall.ESRCH {
		return nil
	}
	return errno
}

// Cores returns the cores this process may use, in ascending order.
func Cores() ([]int, error) {
	var mask [16]uint64
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	if errno != 0 {
		return nil, errno
	}
	var cores []int
	for core := range 64 * len(mask) {
		if mask[core/64]>>(core%64)&1 == 1 {
			cores = append(cores, core)
		}
	}
	return cores, nil
}
