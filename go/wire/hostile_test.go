package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// expectSane reads a frame that may be anything: it must not panic, nor allocate more than the frame justifies, and say ErrBadAnswer if anything.
func expectSane(t *testing.T, b []byte) {
	t.Helper()
	// An element of 8 bytes is a slice's 24 here; a person of 20 bytes one of 32.
	d, allocated, err := readDocument(b)
	if allocated > 3*len(b) {
		t.Errorf("%d bytes were allocated for a frame of %d:\n%x", allocated, len(b), b)
	}
	if err != nil && !errors.Is(err, ErrBadAnswer) {
		t.Errorf("%v is not ErrBadAnswer", err)
	}
	if err != nil {
		return
	}
	// A sound frame is as large as its values ask for, up to the last padding, and reads the same when it was written anew.
	if Pad(len(b)) != d.size() {
		t.Fatalf("a sound frame of %d bytes holds what needs %d:\n%x", len(b), d.size(), b)
	}
	again, _, err := readDocument(d.frame())
	if err != nil || !bytes.Equal(again.frame(), d.frame()) {
		t.Errorf("it is %+v written anew (%v), was %+v", again, err, d)
	}
}

func TestMutatedFrames(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	interesting := []uint32{0, 1, 7, 8, 9, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8, 1 << 29, 1 << 28}
	refused := 0
	for range 30000 {
		d := randomDocument(random)
		b := d.frame()
		for range 1 + random.IntN(3) {
			switch random.IntN(5) {
			case 0:
				b[random.IntN(len(b))] = byte(random.Uint32())
			case 1:
				b[random.IntN(len(b))] ^= 1 << random.IntN(8)
			case 2:
				binary.LittleEndian.PutUint32(b[4*random.IntN(len(b)/4):], interesting[random.IntN(len(interesting))])
			case 3:
				at := 4 * random.IntN(len(b)/4)
				binary.LittleEndian.PutUint32(b[at:], binary.LittleEndian.Uint32(b[at:])+random.Uint32N(17)-8)
			case 4:
				b = b[:max(4, random.IntN(len(b)+1))]
			}
		}
		expectSane(t, b)
		if _, _, err := readDocument(b); err != nil {
			refused++
		}
	}
	if refused < 5000 {
		t.Errorf("only %d frames were refused: the mutations are too tame", refused)
	}
}

func TestViolationsAreNamed(t *testing.T) {
	names := document{number: 1, title: "title", names: []string{"a", "bc"}, pairs: []pair{{1, 2}}}
	extent := func(at int, size, count uint32) func(b []byte) []byte {
		return func(b []byte) []byte {
			binary.LittleEndian.PutUint32(b[at:], size)
			binary.LittleEndian.PutUint32(b[at+4:], count)
			return b
		}
	}
	for name, test := range map[string]struct {
		change func(b []byte) []byte
		says   string
	}{
		"too short for its head":                  {func(b []byte) []byte { return b[:103] }, "it has 103 bytes, its head alone 104"},
		"empty":                                   {func(b []byte) []byte { return nil }, "it has 0 bytes, its head alone 104"},
		"a text larger than the frame":            {extent(4, 1000, 1000), "the extent at 4 states a block of 1000 bytes, 56 are left"},
		"a text of 4 GiB":                         {extent(4, 1<<32-1, 1<<32-1), "states a block of 4294967295 bytes"},
		"a text whose count is not its size":      {extent(4, 5, 4), "the extent at 4 states a block of 5 bytes, its count says 4"},
		"records whose count is not their size":   {extent(20, 16, 2), "the extent at 20 states a block of 16 bytes, its count says 32"},
		"records whose size overflows 32 bits":    {extent(20, 0, 1<<28), "a block of 0 bytes, its count says 4294967296"},
		"a sequence with too many heads":          {extent(28, 26, 4), "the extent at 28 states a block of 26 bytes, its elements' heads take 32"},
		"a sequence with heads beyond 32 bits":    {extent(28, 0, 1<<29), "a block of 0 bytes, its elements' heads take 4294967296"},
		"a sequence of no elements and some size": {extent(28, 8, 0), "the extent at 28 states a block of 8 bytes, its elements' heads take 0"},
		"a sequence that leaves the frame":        {extent(28, 200, 2), "the extent at 28 states a block of 200 bytes, 32 are left"},
		"an element that leaves its sequence":     {extent(28, 24, 2), "the extent at 136 states a block of 2 bytes, 0 are left"},
		"a sequence with something left over":     {func(b []byte) []byte { return extent(28, 34, 2)(append(b, make([]byte, 8)...)) }, "8 bytes are left over at 154"},
		"a frame with something left over":        {func(b []byte) []byte { return append(b, make([]byte, 8)...) }, "14 bytes are left over at 154"},
		"a text that is not looked for":           {extent(28, 0, 0), "32 bytes are left over at 128"},
	} {
		t.Run(name, func(t *testing.T) {
			b := test.change(names.frame())
			d, _, err := readDocument(b)
			if !errors.Is(err, ErrBadAnswer) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, expected %q", err, test.says)
			}
			if d.corner != (pair{}) && len(b) < documentHead {
				t.Errorf("read behind a violation: %+v", d)
			}
		})
	}
}

func TestPaddingAtTheEndMayBeLeftOut(t *testing.T) {
	d := document{title: "abc"}
	b := d.frame()
	for cut := range 5 {
		if got, _, err := readDocument(b[:len(b)-cut]); err != nil || got.title != "abc" {
			t.Errorf("%d bytes less: %v", cut, err)
		}
	}
	if _, _, err := readDocument(b[:len(b)-6]); err == nil {
		t.Error("a part of the text is missing")
	}
}

func TestAValueOutsideOfTheFrameIsAViolation(t *testing.T) {
	for _, at := range []int{1, 8, -1, 1 << 62} {
		r := NewReader(aligned(8), 8)
		if v := r.U64(at); v != 0 || !errors.Is(r.Done(), ErrBadAnswer) {
			t.Errorf("at %d: %d, %v", at, v, r.Done())
		}
	}
}

func FuzzReader(f *testing.F) {
	random := rand.New(rand.NewPCG(5, 6))
	for range 20 {
		d := randomDocument(random)
		f.Add(d.frame())
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		b := aligned(len(input))
		copy(b, input)
		expectSane(t, b)
	})
}
