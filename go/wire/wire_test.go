package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

// The dump of include/ringcall/FRAME.md: a u32, a text, a sequence of texts.
const dump = `
07 00 00 00 03 00 00 00 03 00 00 00 22 00 00 00 03 00 00 00 00 00 00 00 41 64 61 00 00 00 00 00
01 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 02 00 00 00 78 00 00 00 00 00 00 00 79 7a 00 00 00 00 00 00`

func TestTheFrameOfTheDocument(t *testing.T) {
	want, err := hex.DecodeString(strings.Join(strings.Fields(dump), ""))
	if err != nil {
		t.Fatal(err)
	}
	const head = 20
	names := []string{"x", "", "yz"}
	b := aligned(Pad(head) + Pad(3) + textsSize(names))
	w := NewWriter(b, head)
	w.PutU32(0, 7)
	w.PutText(4, "Ada")
	writeTexts(&w, 12, names)
	if !bytes.Equal(b, want) {
		t.Errorf("written:\n%x\nexpected:\n%x", b, want)
	}
	r := NewReader(b, head)
	var allocated int
	if n, s, list := r.U32(0), r.Text(4), readTexts(&r, 12, &allocated); n != 7 || s != "Ada" || !reflect.DeepEqual(list, names) || r.Done() != nil {
		t.Errorf("read: %d, %q, %q, %v", n, s, list, r.Done())
	}
}

func TestEveryKindOfValueMakesTheRoundTrip(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		want := randomDocument(random)
		b := want.frame()
		got, _, err := readDocument(b)
		if err != nil {
			t.Fatalf("%v\n%+v\n%x", err, want, b)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("read\n%+v\nexpected\n%+v\n%x", got, want, b)
		}
	}
}

func TestNumbers(t *testing.T) {
	b := aligned(48)
	w := NewWriter(b, 48)
	w.PutU8(0, 200)
	w.PutI8(1, -3)
	w.PutU16(2, 60000)
	w.PutI16(4, -30000)
	w.PutU32(8, 4e9)
	w.PutI32(12, -2e9)
	w.PutU64(16, math.MaxUint64)
	w.PutI64(24, math.MinInt64)
	w.PutF32(32, 1.5)
	w.PutF64(40, -0.1)
	w.PutBool(36, true)
	w.PutBool(37, false)
	b[38] = 2
	r := NewReader(b, 48)
	if r.U8(0) != 200 || r.I8(1) != -3 || r.U16(2) != 60000 || r.I16(4) != -30000 || r.U32(8) != 4e9 || r.I32(12) != -2e9 || r.U64(16) != math.MaxUint64 ||
		r.I64(24) != math.MinInt64 || r.F32(32) != 1.5 || r.F64(40) != -0.1 || !r.Bool(36) || r.Bool(37) || !r.Bool(38) || r.Done() != nil {
		t.Errorf("%x", b)
	}
}

func TestWritingAndReadingAllocateNothing(t *testing.T) {
	name, data, pairs, record := "some text", []byte("data"), []pair{{1, 2}, {3, 4}}, pair{5, 6}
	b := aligned(96)
	if n := testing.AllocsPerRun(100, func() {
		clear(b)
		w := NewWriter(b, 40)
		w.PutText(0, name)
		w.PutBytes(8, data)
		PutRecords(&w, 16, pairs)
		PutRecord(&w, 24, &record)
		r := NewReader(b[:40+16+8+32], 40)
		got := pair{}
		Record(&r, 24, &got)
		if r.Text(0) != name || string(r.Bytes(8)) != "data" || Records[pair](&r, 16)[1] != pairs[1] || got != record || r.Done() != nil {
			t.Error(r.Done())
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestWhatIsReadLiesInTheFrame(t *testing.T) {
	d := document{title: "title", data: []byte("1234"), pairs: []pair{{1, 2}}}
	b := d.frame()
	got, _, err := readDocument(b)
	if err != nil {
		t.Fatal(err)
	}
	inside := func(p unsafe.Pointer) bool {
		return uintptr(p)-uintptr(unsafe.Pointer(&b[0])) < uintptr(len(b))
	}
	if !inside(unsafe.Pointer(unsafe.StringData(got.title))) || !inside(unsafe.Pointer(&got.data[0])) || !inside(unsafe.Pointer(&got.pairs[0])) {
		t.Error("it was copied")
	}
	if cap(got.data) != 4 || cap(got.pairs) != 1 {
		t.Errorf("appending would overwrite what follows: capacities %d and %d", cap(got.data), cap(got.pairs))
	}
	shifted := aligned(len(b) + 4)[4:]
	copy(shifted, b)
	if got, _, err := readDocument(shifted); err != nil || got.pairs[0] != d.pairs[0] {
		t.Errorf("a frame that is not aligned: %+v, %v", got, err)
	}
}

func TestFixed(t *testing.T) {
	var p pair
	b := []byte{1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}
	if err := ReadFixed(b, &p); err != nil || p != (pair{1, 2}) {
		t.Errorf("%+v, %v", p, err)
	}
	for _, b := range [][]byte{nil, b[:15], append(b, 0)} {
		if err := ReadFixed(b, &p); !errors.Is(err, ErrBadAnswer) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
	if err := ReadFixed(nil, &struct{}{}); err != nil {
		t.Errorf("nothing: %v", err)
	}
	flags := struct{ A, B, C bool }{}
	copy((*[3]byte)(unsafe.Pointer(&flags))[:], []byte{0, 1, 0x80})
	Normalise(&flags.A)
	Normalise(&flags.B)
	Normalise(&flags.C)
	if got := *(*[3]byte)(unsafe.Pointer(&flags)); got != [3]byte{0, 1, 1} {
		t.Errorf("normalised to %v", got)
	}
}

func TestTypesWithPointersAreRefused(t *testing.T) {
	b := aligned(64)
	w, r := NewWriter(b, 8), NewReader(b, 8)
	for name, f := range map[string]func(){
		"PutRecords": func() { PutRecords(&w, 0, []string{"x"}) },
		"PutRecord":  func() { PutRecord(&w, 0, new(*int)) },
		"Records":    func() { Records[string](&r, 0) },
		"Record":     func() { Record(&r, 0, new(any)) },
		"ReadFixed":  func() { ReadFixed(b, new([]int)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
