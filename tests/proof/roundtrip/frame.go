package roundtrip

import "reflect"

// What include/ringcall/FRAME.md says about sizes, written a third time, from Go's types: so that a test knows which values fit an arena.

func up(n, to int) int { return (n + to - 1) / to * to }

// headOf is the size and alignment of a type's head, and whether it is all head.
func headOf(t reflect.Type) (size, align int, fixed bool) {
	switch t.Kind() {
	case reflect.String, reflect.Slice:
		return 8, 4, false
	case reflect.Pointer:
		size, align, _ = headOf(t.Elem())
		return up(align+size, align), align, false
	case reflect.Array:
		size, align, fixed = headOf(t.Elem())
		return size * t.Len(), align, fixed
	case reflect.Struct:
		var fields []reflect.Type
		for i := range t.NumField() {
			if t.Field(i).Name != "_" {
				fields = append(fields, t.Field(i).Type)
			}
		}
		return headsOf(fields)
	}
	return int(t.Size()), t.Align(), true
}

func headsOf(types []reflect.Type) (size, align int, fixed bool) {
	align, fixed = 1, true
	for _, t := range types {
		s, a, f := headOf(t)
		size = up(size, a) + s
		align = max(align, a)
		fixed = fixed && f
	}
	return up(size, align), align, fixed
}

// frameSize is how many bytes a request or an answer takes.
func frameSize(values []reflect.Value) int {
	var types []reflect.Type
	for _, v := range values {
		types = append(types, v.Type())
	}
	size, _, fixed := headsOf(types)
	if fixed {
		return size
	}
	for _, v := range values {
		size = behind(size, v)
	}
	return up(size, 8)
}

// behind is where a value's blocks end that begin at or behind a position.
func behind(at int, v reflect.Value) int {
	switch v.Kind() {
	case reflect.String:
		if v.Len() > 0 {
			at = up(at, 8) + v.Len()
		}
	case reflect.Slice:
		if v.Len() == 0 {
			return at
		}
		head, _, fixed := headOf(v.Type().Elem())
		at = up(at, 8) + v.Len()*head
		for i := 0; i < v.Len() && !fixed; i++ {
			at = behind(at, v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			at = behind(at, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "_" {
				at = behind(at, v.Field(i))
			}
		}
	}
	return at
}
