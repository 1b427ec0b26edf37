// Package schema makes up random interfaces, and prints them as headers that ringcall-gen accepts.
package schema

import (
	"fmt"
	"strings"
)

// Kind is what a type is, in the words of include/ringcall/FRAME.md.
type Kind int

const (
	Scalar Kind = iota
	Enum
	Record
	Array
	FixedText
	Text
	Bytes
	Sequence
	Optional
)

// Type is a type where it stands.
type Type struct {
	Kind     Kind
	Scalar   string  // of Scalar: i8 to u64, f32, f64, bool
	Enum     *Listed // of Enum
	Record   *Struct // of Record
	Element  *Type   // of Array, Sequence, Optional
	Count    int     // of Array: elements; of FixedText: bytes
	Spelling string  // in C++; with %s where the name of what is declared goes, if that is not behind it
}

// Listed is an enumeration.
type Listed struct {
	Name, Space string
	Underlying  string
	Values      []Value
}

// Value is an enumerator; Text is its value as C++ writes it.
type Value struct{ Name, Text string }

// Struct is a struct of the header.
type Struct struct {
	Name, Space string
	Fields      []Field
	Owned       *Struct // the same with owners in the place of views; itself if there are none
}

// Field is a field or a parameter.
type Field struct {
	Name string
	Type *Type
}

// Method is a method of a service. Those of package schema give their parameters back: a single one as it is, several in a struct.
type Method struct {
	Name       string
	ID         int
	Attributes []string
	Parameters []Field
	Result     *Type // nil: void
	Wrapped    bool  // in a ringcall::result
	Batch      bool  // of the parameter's type, in and out
}

// Service is a class of methods.
type Service struct {
	Name    string
	Methods []Method
}

// Header is an interface.
type Header struct {
	Space        string
	Declarations []any // *Listed, *Struct, and string for an alias, in an order that compiles
	Services     []*Service
	alias        map[string]bool
}

// Structs are the header's structs, in their order.
func (h *Header) Structs() []*Struct {
	var all []*Struct
	for _, d := range h.Declarations {
		if s, ok := d.(*Struct); ok {
			all = append(all, s)
		}
	}
	return all
}

// FixedTexts are the capacities of the fixed texts that methods reach, each of which has a type in Go.
func (h *Header) FixedTexts() map[int]bool {
	found := map[int]bool{}
	var look func(t *Type)
	look = func(t *Type) {
		switch t.Kind {
		case FixedText:
			found[t.Count] = true
		case Array, Sequence, Optional:
			look(t.Element)
		case Record:
			for _, f := range t.Record.Fields {
				look(f.Type)
			}
		}
	}
	for _, s := range h.Services {
		for _, m := range s.Methods {
			for _, p := range m.Parameters {
				look(p.Type)
			}
		}
	}
	return found
}

// Qualified is the name from the global namespace.
func (s *Struct) Qualified() string { return "::" + s.Space + "::" + s.Name }

// Fixed says whether it is laid out alike in C++ and Go.
func (s *Struct) Fixed() bool {
	for _, f := range s.Fields {
		if !f.Type.Fixed() {
			return false
		}
	}
	return true
}

// Fixed says whether a value is all head.
func (t *Type) Fixed() bool {
	switch t.Kind {
	case Scalar, Enum, FixedText:
		return true
	case Array:
		return t.Element.Fixed()
	case Record:
		return t.Record.Fixed()
	}
	return false
}

// Bool says whether there is a bool in it, which spans do not take.
func (t *Type) Bool() bool {
	switch t.Kind {
	case Scalar:
		return t.Scalar == "bool"
	case Array, Sequence, Optional:
		return t.Element.Bool()
	case Record:
		for _, f := range t.Record.Fields {
			if f.Type.Bool() {
				return true
			}
		}
	}
	return false
}

// Views says whether a view is in it, so that a result spells it otherwise.
func (t *Type) Views() bool {
	switch t.Kind {
	case Text, Bytes, Sequence:
		return true
	case Array, Optional:
		return t.Element.Views()
	case Record:
		return t.Record.Owned != t.Record
	}
	return false
}

// Head is the size and alignment of the type's head, as FRAME.md has it.
func (t *Type) Head() (size, align int) {
	switch t.Kind {
	case Scalar:
		size = scalarSizes[t.Scalar]
		return size, size
	case Enum:
		size = scalarSizes[t.Enum.Underlying]
		return size, size
	case FixedText:
		return up(2+t.Count, 2), 2
	case Array:
		size, align = t.Element.Head()
		return size * t.Count, align
	case Optional:
		size, align = t.Element.Head()
		return up(align+size, align), align
	case Record:
		size, align, _ = Heads(t.Record.Fields)
		return size, align
	}
	return 8, 4
}

// Heads lays fields out as a C struct.
func Heads(fields []Field) (size, align int, offsets []int) {
	align = 1
	for _, f := range fields {
		s, a := f.Type.Head()
		size = up(size, a)
		offsets = append(offsets, size)
		size += s
		align = max(align, a)
	}
	return up(size, align), align, offsets
}

func up(n, to int) int { return (n + to - 1) / to * to }

var scalarSizes = map[string]int{"bool": 1, "i8": 1, "u8": 1, "i16": 2, "u16": 2, "i32": 4, "u32": 4, "i64": 8, "u64": 8, "f32": 4, "f64": 8}

// Described is the type as a description names it.
func (t *Type) Described() string {
	switch t.Kind {
	case Scalar:
		return t.Scalar
	case Enum:
		return t.Enum.Name
	case Record:
		return t.Record.Name
	case FixedText:
		return fmt.Sprintf("text[%d]", t.Count)
	case Array:
		dimensions := ""
		for ; t.Kind == Array; t = t.Element {
			dimensions += fmt.Sprintf("[%d]", t.Count)
		}
		return t.Described() + dimensions
	case Text:
		return "text"
	case Bytes:
		return "bytes"
	case Sequence:
		return t.Element.Described() + "[]"
	}
	return t.Element.Described() + "?"
}

// Declare is a declaration of name with this type.
func (t *Type) Declare(name string) string {
	if strings.Contains(t.Spelling, "%s") {
		return strings.Replace(t.Spelling, "%s", name, 1)
	}
	return t.Spelling + " " + name
}

// Camel is a name in Go.
func Camel(name string) string {
	var b strings.Builder
	for _, word := range strings.Split(name, "_") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
