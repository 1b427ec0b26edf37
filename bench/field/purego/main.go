// Command purego measures calls of a C++ shared library from a Go program without cgo. It speaks bench/servers/windows.hpp; case 0 calls
// through a registered func, case 1 through SyscallN.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ebitengine/purego"
	"github.com/ringcall/ringcall/bench/field/window"
)

func main() {
	program, err := os.Executable()
	if err != nil {
		window.Fail(err)
	}
	name := "libringcall-bench-add.so"
	if window.Lies() {
		name = "libringcall-bench-add-lying.so"
	}
	path := filepath.Join(filepath.Dir(program), name)
	library, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		window.Fail(err)
	}
	symbol, err := purego.Dlsym(library, "ringcall_bench_add")
	if err != nil {
		window.Fail(err)
	}
	var add func(a, b int32) int64
	purego.RegisterFunc(&add, symbol)
	window.Main(func(which, count int) (time.Duration, error) {
		call := add
		switch which {
		case 0:
		case 1:
			call = func(a, b int32) int64 {
				sum, _, _ := purego.SyscallN(symbol, uintptr(a), uintptr(b))
				return int64(sum)
			}
		default:
			return 0, fmt.Errorf("there is no case %d", which)
		}
		begin := time.Now()
		for i := range int32(count) {
			if sum := call(i, 7); sum != int64(i)+7 {
				return 0, window.Wrong(sum, int64(i)+7)
			}
		}
		return time.Since(begin), nil
	})
}
