package ahead

import (
	"syscall"
	"testing"
	"unsafe"
)

func TestReadNeitherReadsNorFaults(t *testing.T) {
	memory, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_NONE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(memory)
	for _, size := range []int{-1, 0, 1, 64, 65, 4096} {
		Read(unsafe.Pointer(unsafe.SliceData(memory)), size)
	}
}

func BenchmarkRead(b *testing.B) {
	memory := make([]byte, 2048)
	for range b.N {
		Read(unsafe.Pointer(unsafe.SliceData(memory)), len(memory))
	}
}
