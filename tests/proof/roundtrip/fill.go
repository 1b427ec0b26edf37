package roundtrip

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"structs"
	"unsafe"
)

var hostLayout = reflect.TypeFor[structs.HostLayout]()

// filler makes up values. What it makes of one seed is always the same.
type filler struct {
	*rand.Rand
	makers  map[reflect.Type]reflect.Value // of fixed texts: MakeText12 and so on
	longest int                            // of a text or a sequence that is long, in bytes
	left    int                            // bytes of variable data that the value may still have
}

func newFiller(seed uint64, makers map[reflect.Type]reflect.Value, longest int) *filler {
	return &filler{Rand: rand.New(rand.NewPCG(seed, 2)), makers: makers, longest: longest}
}

// values makes one value of each type.
func (f *filler) values(types []reflect.Type) []reflect.Value {
	f.left = f.longest
	var all []reflect.Value
	for _, t := range types {
		v := reflect.New(t).Elem()
		f.fill(v)
		all = append(all, v)
	}
	return all
}

func (f *filler) fill(v reflect.Value) {
	if maker, known := f.makers[v.Type()]; known {
		f.fillFixedText(v, maker)
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(f.IntN(2) == 0)
	case reflect.Int8, reflect.Uint8, reflect.Int16, reflect.Uint16, reflect.Int32, reflect.Uint32, reflect.Int64, reflect.Uint64, reflect.Float32, reflect.Float64:
		f.fillBits(v)
	case reflect.String:
		v.SetString(f.text(f.size()))
	case reflect.Slice:
		f.fillSlice(v)
	case reflect.Array:
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.Pointer:
		if f.IntN(3) > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			f.fill(v.Elem())
		}
	case reflect.Struct:
		for _, field := range fieldsOf(v) {
			f.fill(field)
		}
	default:
		panic(fmt.Sprintf("roundtrip: no idea how to fill a %v", v.Type()))
	}
}

// floats that are rarely tried: infinities, negative zero, the smallest, quiet and signalling NaN with payloads.
var (
	floats32 = []uint32{0x7f800000, 0xff800000, 0x80000000, 1, 0x7fc00000, 0xffc12345, 0x7f812345, 0x7f7fffff}
	floats64 = []uint64{0x7ff0000000000000, 0xfff0000000000000, 0x8000000000000000, 1, 0x7ff8000000000000, 0xfff8000012345678, 0x7ff0000012345678, 0x7fefffffffffffff}
)

// fillBits writes a number through its address: a signalling NaN would be made quiet by reflect's conversions.
func (f *filler) fillBits(v reflect.Value) {
	bits := f.Uint64()
	switch f.IntN(8) {
	case 0:
		bits = 0
	case 1:
		bits = ^uint64(0)
	case 2:
		bits = 1 << (v.Type().Bits() - 1) // the least of a signed type
	case 3:
		bits = 1<<(v.Type().Bits()-1) - 1 // and the greatest
	}
	if n := f.IntN(2 * len(floats64)); n < len(floats64) {
		switch v.Kind() {
		case reflect.Float32:
			bits = uint64(floats32[n])
		case reflect.Float64:
			bits = floats64[n]
		}
	}
	at := v.Addr().UnsafePointer()
	switch v.Type().Size() {
	case 1:
		*(*uint8)(at) = uint8(bits)
	case 2:
		*(*uint16)(at) = uint16(bits)
	case 4:
		*(*uint32)(at) = uint32(bits)
	default:
		*(*uint64)(at) = bits
	}
}

// size is how many bytes a text or a sequence is to have, of those that are left.
func (f *filler) size() int {
	n := 0
	switch f.IntN(6) {
	case 0:
	case 1:
		n = 1
	case 2:
		n = f.IntN(f.longest + 1)
	default:
		n = f.IntN(40)
	}
	n = min(n, f.left)
	f.left -= n
	return n
}

var pieces = []string{"a", "Z", " ", "\n", "ä", "€", "\U0001f980", "\x00", "\xff", "\xc3", "\xed\xa0\x80", "ringcall"}

// text has size bytes, often valid UTF-8, often not.
func (f *filler) text(size int) string {
	var b strings.Builder
	kinds := 1 + f.IntN(len(pieces))
	for b.Len() < size {
		b.WriteString(pieces[f.IntN(kinds)])
	}
	return b.String()[:size]
}

func (f *filler) fillSlice(v reflect.Value) {
	size := f.size()
	if size == 0 {
		if f.IntN(2) == 0 {
			v.Set(reflect.MakeSlice(v.Type(), 0, 0)) // else it is nil
		}
		return
	}
	head, _, _ := headOf(v.Type().Elem())
	n := min((size+head-1)/head, 5000)
	v.Set(reflect.MakeSlice(v.Type(), n, n+f.IntN(3)))
	for i := range n {
		f.fill(v.Index(i))
	}
}

func (f *filler) fillFixedText(v, maker reflect.Value) {
	capacity := int(v.Type().Size()) // at least; the true one is in the type's name
	fmt.Sscanf(v.Type().Name(), "Text%d", &capacity)
	size := []int{0, 1, capacity, f.IntN(capacity + 1)}[f.IntN(4)]
	made := maker.Call([]reflect.Value{reflect.ValueOf(f.text(size))})
	if !made[1].IsNil() {
		panic(fmt.Sprintf("roundtrip: a text of %d bytes as %v: %v", size, v.Type(), made[1]))
	}
	v.Set(made[0])
}

// fieldsOf are a struct's fields but for those without a name, also unexported ones, all of which can be set.
func fieldsOf(v reflect.Value) []reflect.Value {
	var fields []reflect.Value
	for i := range v.NumField() {
		t := v.Type().Field(i)
		if t.Name == "_" {
			continue
		}
		field := v.Field(i)
		if !t.IsExported() && v.CanAddr() {
			field = reflect.NewAt(t.Type, unsafe.Pointer(field.UnsafeAddr())).Elem()
		}
		fields = append(fields, field)
	}
	return fields
}
