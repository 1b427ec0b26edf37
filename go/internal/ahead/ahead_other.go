//go:build !amd64 && !arm64

package ahead

import "unsafe"

func lines(unsafe.Pointer, int) {}
