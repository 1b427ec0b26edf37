package schema

import (
	"fmt"
	"strings"
)

// String is the header's text.
func (h *Header) String() string {
	var b strings.Builder
	b.WriteString("#pragma once\n#include <ringcall/interface.hpp>\n")
	open := ""
	within := func(space string) {
		if space == open {
			return
		}
		if open != "" {
			b.WriteString("}\n")
		}
		if open = space; open != "" {
			fmt.Fprintf(&b, "\nnamespace %s {\n", space)
		}
	}
	for _, d := range h.Declarations {
		switch d := d.(type) {
		case string:
			within(h.Space)
			b.WriteString(d + "\n")
		case *Listed:
			within(d.Space)
			d.print(&b)
		case *Struct:
			within(d.Space)
			d.print(&b)
		}
	}
	within(h.Space)
	for _, s := range h.Services {
		s.print(&b)
	}
	within("")
	return b.String()
}

func (e *Listed) print(b *strings.Builder) {
	fmt.Fprintf(b, "enum class %s : %s {", e.Name, scalarSpellings[e.Underlying][0])
	for i, v := range e.Values {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(b, " %s = %s", v.Name, v.Text)
	}
	b.WriteString(" };\n")
}

func (s *Struct) print(b *strings.Builder) {
	fmt.Fprintf(b, "struct %s {\n", s.Name)
	for _, f := range s.Fields {
		fmt.Fprintf(b, "  %s;\n", f.Type.Declare(f.Name))
	}
	b.WriteString("};\n")
}

func (s *Service) print(b *strings.Builder) {
	fmt.Fprintf(b, "class RINGCALL_SERVICE %s {\n public:\n  virtual ~%s() = default;\n", s.Name, s.Name)
	for _, m := range s.Methods {
		attributes := strings.Join(append([]string{fmt.Sprint(m.ID)}, m.Attributes...), ", ")
		fmt.Fprintf(b, "  RINGCALL_METHOD(%s) virtual %s = 0;\n", attributes, m.Signature())
	}
	b.WriteString("};\n")
}

// Signature is the method's declaration without what makes it virtual.
func (m *Method) Signature() string {
	if m.Batch {
		in := m.Parameters[0].Type.Spelling
		return fmt.Sprintf("void %s(std::span<const %s> requests, std::span<%s> answers)", m.Name, in, in)
	}
	var parameters []string
	for _, p := range m.Parameters {
		parameters = append(parameters, p.Type.Declare(p.Name))
	}
	return fmt.Sprintf("%s %s(%s)", m.Returns(), m.Name, strings.Join(parameters, ", "))
}

// Returns is the result's type in C++.
func (m *Method) Returns() string {
	result := "void"
	if m.Result != nil {
		result = m.Result.Spelling
	}
	if m.Wrapped {
		return fmt.Sprintf("ringcall::result<%s, proof_error>", result)
	}
	return result
}
