package schema

import (
	"fmt"
	"strings"
)

// Mirrors is the namespace that Mirror's structs are in.
func (h *Header) Mirrors() string { return "mirror_of_" + h.Space }

// Mirror is C++ that a compiler can tell the layout of all heads from: in a namespace of its own, a struct of the heads for each message and for each
// method's parameters, as FRAME.md says; and alignments as enumerators. It follows the header's inclusion.
func (h *Header) Mirror() string {
	var b strings.Builder
	fmt.Fprintf(&b, "namespace %s {\nusing namespace ::%s;\nstruct extent { std::uint32_t size, count; };\n"+
		"template <class T> struct optional { std::uint8_t present; T value; };\n", h.Mirrors(), h.Space)
	var aligned []string
	for _, s := range h.Structs() {
		if s.Fixed() {
			aligned = append(aligned, fmt.Sprintf("align_of_%s = alignof(%s)", s.Name, s.Qualified()))
			continue
		}
		aligned = append(aligned, fmt.Sprintf("align_of_%s = alignof(%s)", s.Name, s.Name))
		mirror(&b, s.Name, s.Fields)
	}
	for _, s := range h.Services {
		for _, m := range s.Methods {
			if len(m.Parameters) > 0 {
				mirror(&b, Request(s, &m), m.Parameters)
			}
		}
	}
	fmt.Fprintf(&b, "enum proved_alignments { %s };\n}\n", strings.Join(aligned, ", "))
	return b.String()
}

// Request names the struct of a method's parameters in tables and in the mirror.
func Request(s *Service, m *Method) string { return s.Name + "__" + m.Name }

func mirror(b *strings.Builder, name string, fields []Field) {
	fmt.Fprintf(b, "struct %s {\n", name)
	for _, f := range fields {
		fmt.Fprintf(b, "  %s;\n", f.Type.mirrored().Declare(f.Name))
	}
	b.WriteString("};\n")
}

// mirrored is the head's type.
func (t *Type) mirrored() *Type {
	if t.Fixed() {
		return t.Owner()
	}
	spelling := "extent"
	switch t.Kind {
	case Optional:
		spelling = fmt.Sprintf("optional<%s>", t.Element.mirrored().Spelling)
	case Record:
		spelling = t.Record.Name
		if t.Record.Fixed() {
			spelling = t.Record.Qualified()
		}
	}
	return &Type{Kind: t.Kind, Spelling: spelling}
}
