package schema

import (
	"fmt"
	"strings"
)

// Echoes is a header of as many methods, in two services, with random parameters and their owners as results.
func Echoes(seed uint64, methods int) *Header {
	m := newMaker(seed, "proof")
	m.Declarations = append(m.Declarations, &Listed{Name: "proof_error", Space: "proof", Underlying: "u32", Values: []Value{{"refused", "1"}}})
	for range 5 {
		m.addEnum()
	}
	for range 12 {
		m.addFixed()
	}
	for range 8 {
		m.addMessage()
	}
	for _, name := range []string{"alpha", "beta"} {
		m.Services = append(m.Services, &Service{Name: name})
	}
	for i := range methods {
		s := m.Services[i%2]
		s.Methods = append(s.Methods, m.method(s, i))
	}
	return m.Header
}

// Methods of every header, before the random ones: each kind of variable data by itself.
func (m *maker) certain() []func() *Type {
	text := func() *Type { return &Type{Kind: Text, Spelling: "std::string_view"} }
	bytes := func() *Type { return &Type{Kind: Bytes, Spelling: "std::span<const std::byte>"} }
	return []func() *Type{
		text, bytes,
		func() *Type { return m.sequence(m.scalar(false)) },
		func() *Type { return m.sequence(text()) },
		func() *Type { return m.sequence(bytes()) },
		func() *Type { return m.sequence(m.sequence(m.scalar(false))) },
		func() *Type { return m.sequence(m.sequence(text())) },
		func() *Type { return m.sequence(optional(text())) },
		func() *Type { return optional(text()) },
		func() *Type { return optional(m.scalar(true)) },
		func() *Type { return m.spelt(m.messages[m.IntN(len(m.messages))]) },
		func() *Type { return m.sequence(m.spelt(m.messages[m.IntN(len(m.messages))])) },
	}
}

func (m *maker) method(s *Service, i int) Method {
	one := Method{Name: fmt.Sprintf("%s_%d", words[m.IntN(len(words))], i), ID: i + 1}
	if m.IntN(4) == 0 {
		one.ID = 1000 + i*7
	}
	certain := m.certain()
	switch {
	case i < len(certain):
		one.Parameters = []Field{{"value", certain[i]()}}
	case i%8 == 7:
		one.Batch = true
		one.Attributes = append(one.Attributes, "batch")
		record := m.fixed[m.IntN(len(m.fixed))]
		for m.spelt(record).Bool() {
			record = m.addFixed()
		}
		one.Parameters = []Field{{"value", m.spelt(record)}}
	case i%2 == 0:
		one.Parameters = m.parameters(func() *Type { return m.parameter(m.fixedType(true, 0)) })
	default:
		one.Parameters = m.parameters(func() *Type { return m.parameter(m.variable(0)) })
	}
	one.Result = m.result(s, &one)
	one.Wrapped = !one.Batch && m.IntN(4) == 0
	for _, attribute := range []string{"idempotent", "worker", "deadline(20s)"} {
		if m.IntN(4) == 0 {
			one.Attributes = append(one.Attributes, attribute)
		}
	}
	return one
}

func (m *maker) parameters(next func() *Type) []Field {
	counts := []int{0, 1, 1, 1, 2, 2, 3, 5}
	var fields []Field
	for i := range counts[m.IntN(len(counts))] {
		fields = append(fields, Field{m.name(i), next()})
	}
	return fields
}

// parameter is a type as a parameter: C arrays are none.
func (m *maker) parameter(t *Type) *Type {
	for strings.Contains(t.Spelling, "%s") {
		t = m.fixedType(true, 0)
	}
	if (t.Kind == Record || t.Kind == Text || t.Kind == Optional) && m.IntN(2) == 0 {
		t.Spelling = "const " + t.Spelling + "&"
	}
	return t
}

func (m *maker) result(s *Service, one *Method) *Type {
	switch len(one.Parameters) {
	case 0:
		return nil
	case 1:
		return one.Parameters[0].Type.Owner()
	}
	answer := &Struct{Name: fmt.Sprintf("%s_%s_answer", s.Name, one.Name), Space: m.Header.Space}
	answer.Owned = answer
	for _, p := range one.Parameters {
		answer.Fields = append(answer.Fields, Field{p.Name, p.Type.Owner()})
	}
	m.Declarations = append(m.Declarations, answer)
	return &Type{Kind: Record, Record: answer, Spelling: answer.Name}
}

// Owner is the type as a result spells it.
func (t *Type) Owner() *Type {
	owner := *t
	owner.Spelling = strings.TrimSuffix(strings.TrimPrefix(t.Spelling, "const "), "&")
	if !t.Views() {
		return &owner
	}
	switch t.Kind {
	case Text:
		owner.Spelling = "std::string"
	case Bytes:
		owner.Spelling = "std::vector<std::byte>"
	case Sequence:
		owner.Element = t.Element.Owner()
		owner.Spelling = "std::vector<" + owner.Element.Spelling + ">"
	case Optional:
		owner.Element = t.Element.Owner()
		owner.Spelling = "std::optional<" + owner.Element.Spelling + ">"
	case Record:
		owner.Record = t.Record.Owned
		owner.Spelling = owner.Record.Qualified()
	}
	return &owner
}

const ownedSuffix = "_owned"

func (m *maker) addMessage() {
	s := &Struct{Name: fmt.Sprintf("message_%d", len(m.messages)), Space: m.space()}
	n := 1 + m.IntN(6)
	certain := m.IntN(n)
	for i := range n {
		t := m.fixedType(true, 0)
		if i == certain || m.IntN(2) == 0 {
			t = m.variable(0)
		}
		s.Fields = append(s.Fields, Field{m.name(i), t})
	}
	s.Owned = s
	owned := &Struct{Name: s.Name + ownedSuffix, Space: s.Space}
	for _, f := range s.Fields {
		if f.Type.Views() {
			s.Owned = owned
		}
		owned.Fields = append(owned.Fields, Field{f.Name, f.Type.Owner()})
	}
	owned.Owned = owned
	m.messages = append(m.messages, s)
	m.Declarations = append(m.Declarations, s)
	if s.Owned == owned {
		m.Declarations = append(m.Declarations, owned)
	}
}

// variable is a type that is not fixed, spelled as a parameter or a field of one.
func (m *maker) variable(depth int) *Type {
	n := m.IntN(10)
	if depth > 2 {
		n %= 4
	}
	switch {
	case n < 2:
		return &Type{Kind: Text, Spelling: "std::string_view"}
	case n < 3:
		return &Type{Kind: Bytes, Spelling: "std::span<const std::byte>"}
	case n < 5:
		return m.sequence(m.element(false))
	case n < 7:
		return m.sequence(m.variable(depth + 1))
	case n < 8 && len(m.messages) > 0:
		return m.spelt(m.messages[m.IntN(len(m.messages))])
	case n < 9:
		return optional(m.element(true))
	}
	for {
		// Go has no optional of an optional.
		if t := m.variable(depth + 1); t.Kind != Optional {
			return optional(t)
		}
	}
}

// element is a fixed type that can stand between angle brackets.
func (m *maker) element(bools bool) *Type {
	t := m.fixedType(bools, 0)
	for strings.Contains(t.Spelling, "%s") {
		t = m.fixedType(bools, 0)
	}
	return t
}

func (m *maker) sequence(element *Type) *Type {
	t := &Type{Kind: Sequence, Element: element, Spelling: fmt.Sprintf("ringcall::sequence<%s>", element.Spelling)}
	if element.Fixed() {
		t.Spelling = fmt.Sprintf("std::span<const %s>", element.Spelling)
	}
	return t
}

func optional(element *Type) *Type {
	return &Type{Kind: Optional, Element: element, Spelling: fmt.Sprintf("std::optional<%s>", element.Spelling)}
}
