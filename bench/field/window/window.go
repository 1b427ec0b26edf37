// Package window is the Go side of bench/servers/windows.hpp: how a program that measures itself is told what to run, and answers with the time.
package window

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// Serve says that it is ready and which processes belong to this one, then runs a case for each request, until standard input ends. run does its
// case count times, verifies every answer and returns the time the measured part took. An error ends the program with status 1.
func Serve(in io.Reader, out io.Writer, processes []int, run func(which, count int) (time.Duration, error)) error {
	ready := "ready"
	for _, process := range processes {
		ready += fmt.Sprintf(" %d", process)
	}
	if _, err := fmt.Fprintln(out, ready); err != nil {
		return err
	}
	var message [16]byte
	for {
		if _, err := io.ReadFull(in, message[:]); err != nil {
			return nil
		}
		elapsed, err := run(int(binary.NativeEndian.Uint64(message[:])), int(binary.NativeEndian.Uint64(message[8:])))
		if err != nil {
			return err
		}
		binary.NativeEndian.PutUint64(message[:], uint64(elapsed))
		if _, err := out.Write(message[:8]); err != nil {
			return err
		}
	}
}

// Main is the main function of a program without other processes.
func Main(run func(which, count int) (time.Duration, error)) {
	if err := Serve(os.Stdin, os.Stdout, nil, run); err != nil {
		Fail(err)
	}
}

// Fail ends the program.
func Fail(err error) {
	fmt.Fprintln(os.Stderr, strings.TrimSpace(err.Error()))
	os.Exit(1)
}

// Lies says whether a test has asked for wrong answers, to see that they are noticed.
func Lies() bool { return os.Getenv("RINGCALL_BENCH_LIES") != "" }

// Wrong is the error of an answer that is not the expected one.
func Wrong(got, want any) error { return fmt.Errorf("wrong answer: got %v, want %v", got, want) }

// StartOn starts a command on a core, which a process takes over from the thread that starts it; -1: anywhere. This program was itself started
// on the core where it belongs.
func StartOn(core int, command *exec.Cmd) error {
	if core < 0 {
		return command.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, there [16]uint64 // 1,024 cores
	if err := affinity(syscall.SYS_SCHED_GETAFFINITY, &before); err != nil {
		return err
	}
	there[core/64] = 1 << (core % 64)
	if err := affinity(syscall.SYS_SCHED_SETAFFINITY, &there); err != nil {
		return fmt.Errorf("cannot go to core %d: %w", core, err)
	}
	err := command.Start()
	if back := affinity(syscall.SYS_SCHED_SETAFFINITY, &before); err == nil {
		err = back
	}
	return err
}

func affinity(call uintptr, mask *[16]uint64) error {
	if _, _, errno := syscall.RawSyscall(call, 0, unsafe.Sizeof(*mask), uintptr(unsafe.Pointer(mask))); errno != 0 {
		return errno
	}
	return nil
}
