// Package flat tells types whose values are numbers alone, which may be copied from and to memory that another process wrote, from all others.
package flat

import (
	"reflect"
	"sync/atomic"
	"unsafe"
)

// known remembers types that were found flat, by a hash of their identity: what is asked for with every call takes a load and a comparison.
var known [256]atomic.Uintptr

// Is says whether values of type T hold no pointers. int and uint pass: they have 64 bits wherever ringcall runs. It is safe for any number of
// goroutines.
func Is[T any]() bool { return Known[T]() || learn[T](identity[T]()) }

// Known says whether Is would say so at once: small enough to be inlined.
func Known[T any]() bool {
	id := identity[T]()
	return known[id>>5%uintptr(len(known))].Load() == id
}

// identity is the type word of an interface that holds a *T: that of a type parameter is never garbage.
func identity[T any]() uintptr {
	pointer := any((*T)(nil))
	return *(*uintptr)(unsafe.Pointer(&pointer))
}

func learn[T any](id uintptr) bool {
	if !isFlat(reflect.TypeFor[T]()) {
		return false
	}
	known[id>>5%uintptr(len(known))].Store(id)
	return true
}

// Name is what T is called in messages.
func Name[T any]() string { return reflect.TypeFor[T]().String() }

func isFlat(typ reflect.Type) bool {
	switch typ.Kind() {
	case reflect.Bool, reflect.Int, reflect.Uint, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint32,
		reflect.Uint64, reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return true
	case reflect.Array:
		return isFlat(typ.Elem())
	case reflect.Struct:
		for i := range typ.NumField() {
			if !isFlat(typ.Field(i).Type) {
				return false
			}
		}
		return true
	}
	return false
}

// Bools lists the offsets of the bools in a value of type T, which is flat.
func Bools[T any]() []uintptr { return bools(nil, reflect.TypeFor[T](), 0) }

func bools(list []uintptr, typ reflect.Type, at uintptr) []uintptr {
	switch typ.Kind() {
	case reflect.Bool:
		return append(list, at)
	case reflect.Array:
		element := bools(nil, typ.Elem(), 0)
		for i := 0; i < typ.Len() && len(element) != 0; i++ {
			for _, b := range element {
				list = append(list, at+uintptr(i)*typ.Elem().Size()+b)
			}
		}
	case reflect.Struct:
		for i := range typ.NumField() {
			field := typ.Field(i)
			list = bools(list, field.Type, at+field.Offset)
		}
	}
	return list
}

// Bytes are the bytes of *value, whose type is flat; valid as long as it.
func Bytes[T any](value *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(value)), unsafe.Sizeof(*value))
}

// BytesOf are the bytes of values, whose type is flat.
func BytesOf[T any](values []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), uintptr(len(values))*unsafe.Sizeof(zero))
}
