package roundtrip

import (
	"fmt"
	"reflect"
	"strings"
	"unsafe"
)

// difference says where two values differ, "" if nowhere. They may be of different types of the same shape: what the server returns for a struct of
// views is a struct of owners. It is stricter than reflect.DeepEqual about floats, which are the same if their bits are, and less strict about slices
// alone: none and an empty one are the same, as on the wire.
func difference(path string, sent, got reflect.Value) string {
	if sent.Kind() != got.Kind() {
		return fmt.Sprintf("%s: sent a %v, got a %v", path, sent.Type(), got.Type())
	}
	switch sent.Kind() {
	case reflect.Struct:
		return structDifference(path, sent, got)
	case reflect.Slice, reflect.Array:
		if sent.Len() != got.Len() {
			return fmt.Sprintf("%s: sent %d elements, got %d", path, sent.Len(), got.Len())
		}
		if same, known := sameBytes(sent, got); known && same {
			return ""
		}
		for i := range sent.Len() {
			if text := difference(fmt.Sprintf("%s[%d]", path, i), sent.Index(i), got.Index(i)); text != "" {
				return text
			}
		}
		return ""
	case reflect.Pointer:
		if sent.IsNil() != got.IsNil() {
			return fmt.Sprintf("%s: sent nil: %v, got nil: %v", path, sent.IsNil(), got.IsNil())
		}
		if sent.IsNil() {
			return ""
		}
		return difference("*"+path, sent.Elem(), got.Elem())
	case reflect.Float32, reflect.Float64:
		if a, b := bitsOf(sent), bitsOf(got); a != b {
			return fmt.Sprintf("%s: sent %v (%#x), got %v (%#x)", path, sent, a, got, b)
		}
		return ""
	}
	if !sent.Equal(got.Convert(sent.Type())) {
		return fmt.Sprintf("%s: sent %s, got %s", path, brief(sent), brief(got))
	}
	return ""
}

func structDifference(path string, sent, got reflect.Value) string {
	a, b := fieldsOf(addressable(sent)), fieldsOf(addressable(got))
	if len(a) != len(b) {
		return fmt.Sprintf("%s: sent %v, of %d fields, got %v, of %d", path, sent.Type(), len(a), got.Type(), len(b))
	}
	for i := range a {
		if text := difference(fmt.Sprintf("%s.%d", path, i), a[i], b[i]); text != "" {
			return text
		}
	}
	return ""
}

// sameBytes compares the bytes of a slice of integers of a byte, for speed.
func sameBytes(a, b reflect.Value) (same, known bool) {
	if a.Kind() != reflect.Slice || a.Type().Elem().Kind() != reflect.Uint8 || a.Len() == 0 {
		return false, false
	}
	bytes := func(v reflect.Value) string { return unsafe.String((*byte)(v.UnsafePointer()), v.Len()) }
	return bytes(a) == bytes(b), true
}

// addressable is the value or a copy of it.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	copied := reflect.New(v.Type()).Elem()
	copied.Set(v)
	return copied
}

func bitsOf(v reflect.Value) uint64 {
	at := addressable(v).Addr().UnsafePointer()
	if v.Kind() == reflect.Float32 {
		return uint64(*(*uint32)(at))
	}
	return *(*uint64)(at)
}

// convert makes a value of another type of the same shape; what a fake's functions return.
func convert(to, from reflect.Value) {
	if to.Type() == from.Type() {
		to.Set(from)
		return
	}
	switch to.Kind() {
	case reflect.Struct:
		a, b := fieldsOf(to), fieldsOf(addressable(from))
		for i := range a {
			convert(a[i], b[i])
		}
	case reflect.Slice:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeSlice(to.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			convert(to.Index(i), from.Index(i))
		}
	case reflect.Pointer:
		if from.IsNil() {
			return
		}
		to.Set(reflect.New(to.Type().Elem()))
		convert(to.Elem(), from.Elem())
	default:
		to.Set(from.Convert(to.Type()))
	}
}

func brief(v reflect.Value) string {
	const most = 200
	text := strings.TrimSpace(fmt.Sprintf("%#v", v))
	if len(text) > most {
		return fmt.Sprintf("%s... (%d bytes in all)", text[:most], len(text))
	}
	return text
}
