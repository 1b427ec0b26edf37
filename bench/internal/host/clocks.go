package host

import (
	"fmt"
	"syscall"
	"time"
	"unsafe"
)

// CPU returns the processor time of this process and that of the helpers together, in nanoseconds rather than ticks. Children of this
// process that were started and waited for count as helpers.
func CPU(helpers []int) (program, others time.Duration, err error) {
	const own = 2 // CLOCK_PROCESS_CPUTIME_ID
	if program, err = readClock(own); err != nil {
		return 0, 0, err
	}
	var children syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &children); err != nil {
		return 0, 0, err
	}
	others = time.Duration(children.Utime.Nano() + children.Stime.Nano())
	for _, helper := range helpers {
		used, err := readClock(processClock(helper))
		if err != nil {
			return 0, 0, fmt.Errorf("the CPU time of helper process %d cannot be read (did it end?): %w", helper, err)
		}
		others += used
	}
	return program, others, nil
}

// processClock is what clock_getcpuclockid(3) returns: the scheduler's clock of all threads of a process.
func processClock(process int) int32 { return int32(^process<<3 | 2) }

func readClock(id int32) (time.Duration, error) {
	var now syscall.Timespec
	if _, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, uintptr(id), uintptr(unsafe.Pointer(&now)), 0); errno != 0 {
		return 0, errno
	}
	return time.Duration(now.Nano()), nil
}
