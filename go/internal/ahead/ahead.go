// Package ahead asks for memory before it is read.
package ahead

import "unsafe"

const line = 64

// Read has the processor bring size bytes at p near, all their lines side by side, and does not wait for them. Nothing is read: they need not even be mapped.
func Read(p unsafe.Pointer, size int) {
	lines(p, (int(uintptr(p)%line)+size+line-1)/line)
}
