//go:build cgo

package main

/*
#cgo CXXFLAGS: -O3 -std=c++20
#include <stdlib.h>
#include "plain.h"
*/
import "C"

import (
	"context"
	"unsafe"
)

func cgoRow(text string) (row, bool) {
	return row{"cgo: CString, call, GoString, free, free", func(_ context.Context, calls int) error {
		for range calls {
			if err := check(cgoEcho(text), text); err != nil {
				return err
			}
		}
		return nil
	}}, true
}

// cgoEcho is how texts go in and out by cgo's own means: four crossings and two copies made by malloc.
func cgoEcho(text string) string {
	in := C.CString(text)
	out := C.plain_echo(in)
	answer := C.GoString(out)
	C.free(unsafe.Pointer(out))
	C.free(unsafe.Pointer(in))
	return answer
}
