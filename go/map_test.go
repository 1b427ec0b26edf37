package ringcall

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"testing"
)

// The texts are the same with cgo and without: this test runs both ways.
func TestMapSegment(t *testing.T) {
	const size = 2 * pageSize
	pipe := func(t *testing.T) int {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		writer.Close()
		defer reader.Close()
		descriptor, err := syscall.Dup(int(reader.Fd()))
		if err != nil {
			t.Fatal(err)
		}
		return descriptor
	}
	open := func(path string) func(*testing.T) int {
		return func(t *testing.T) int {
			descriptor, err := syscall.Open(path, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			return descriptor
		}
	}
	sealed := func(size int64, seals int) func(*testing.T) int {
		return func(t *testing.T) int { return memfd(t, size, seals) }
	}
	for _, test := range []struct {
		name       string
		descriptor func(*testing.T) int
		size       uint64
		want       string
	}{
		{"a sealed memfd is mapped", sealed(size, allSeals), size, ""},
		{"a pipe is refused", pipe, size,
			"ringcall: unusable segment: its seals cannot be read, so it is no memfd (invalid argument)"},
		{"a device is refused", open("/dev/null"), size,
			"ringcall: unusable segment: its seals cannot be read, so it is no memfd (invalid argument)"},
		{"a memfd without seals is refused", sealed(size, 0), size,
			"ringcall: unusable segment: it is not sealed against shrinking, growing, further sealing; the server must seal it before it sends it"},
		{"a memfd that can shrink is refused", sealed(size, sealGrow|sealSeal), size,
			"ringcall: unusable segment: it is not sealed against shrinking; the server must seal it before it sends it"},
		{"a memfd that can grow is refused", sealed(size, sealShrink|sealSeal), size,
			"ringcall: unusable segment: it is not sealed against growing; the server must seal it before it sends it"},
		{"a smaller memfd is refused", sealed(pageSize, allSeals), size,
			"ringcall: unusable segment: it has 4096 bytes, the server stated 8192"},
		{"a larger memfd is refused", sealed(size+1, allSeals), size,
			"ringcall: unusable segment: it has 8193 bytes, the server stated 8192"},
		{"a memfd sealed against writing is refused", sealed(size, allSeals|8), size,
			"ringcall: unusable segment: mapping its 8192 bytes: operation not permitted"},
		{"a size of nothing is refused", sealed(size, allSeals), 0,
			"ringcall: unusable segment: the server states a size of 0 bytes, expected 1 to 4294967296"},
		{"an absurd size is refused", sealed(size, allSeals), 1 << 63,
			"ringcall: unusable segment: the server states a size of 9223372036854775808 bytes, expected 1 to 4294967296"},
	} {
		t.Run(test.name, func(t *testing.T) {
			keepsDescriptors(t, func() {
				descriptor := test.descriptor(t)
				defer syscall.Close(descriptor)
				mem, unmap, err := mapSegment(descriptor, test.size)
				if got := fmt.Sprint(err); test.want != "" && got != test.want {
					t.Errorf("the error is\n%s, expected\n%s", got, test.want)
				}
				if test.want != "" {
					if !errors.Is(err, ErrBadSegment) {
						t.Errorf("%v is not ErrBadSegment", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				useMapping(t, descriptor, mem)
				unmap()
				unmap()
			})
		})
	}
}

func useMapping(t *testing.T, descriptor int, mem []byte) {
	t.Helper()
	mem[len(mem)-1] = 42
	last := make([]byte, 1)
	if _, err := syscall.Pread(descriptor, last, int64(len(mem)-1)); err != nil || last[0] != 42 {
		t.Errorf("the memfd holds %v (%v) where 42 was written through the mapping", last, err)
	}
}

func TestMapStopTexts(t *testing.T) {
	for _, test := range []struct {
		stop mapStop
		want string
	}{
		{mapStop{mapStat, syscall.EIO, 0}, "ringcall: unusable segment: fstat: input/output error"},
		{mapStop{mapType, 0, syscall.S_IFCHR | 0o666}, "ringcall: unusable segment: it is no regular file, its mode is 020666"},
		{mapStop{mapDontfork, syscall.EINVAL, 0}, "ringcall: unusable segment: keeping it from child processes (MADV_DONTFORK): invalid argument"},
	} {
		if got := test.stop.asError(1).Error(); got != test.want {
			t.Errorf("the error is\n%s, expected\n%s", got, test.want)
		}
	}
}
