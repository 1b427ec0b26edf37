package schema

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// scalarSpellings are ways to write a scalar in C++; the first names its size.
var scalarSpellings = map[string][]string{
	"bool": {"bool"},
	"i8":   {"std::int8_t", "signed char"},
	"u8":   {"std::uint8_t", "unsigned char"},
	"i16":  {"std::int16_t", "short"},
	"u16":  {"std::uint16_t", "unsigned short"},
	"i32":  {"std::int32_t", "int"},
	"u32":  {"std::uint32_t", "unsigned", "unsigned int"},
	"i64":  {"std::int64_t", "long long"},
	"u64":  {"std::uint64_t", "unsigned long long"},
	"f32":  {"float"},
	"f64":  {"double"},
}

var scalars = []string{"bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64"}

var words = []string{"price", "amount", "kind", "range", "value", "left", "right", "first", "weight", "func", "low", "high", "best_bid", "map", "width"}

// Records are no larger than this, so that a run of them fits an arena.
const recordSizeMax = 1500

type maker struct {
	*rand.Rand
	*Header
	enums    []*Listed
	fixed    []*Struct
	messages []*Struct
}

func newMaker(seed uint64, space string) *maker {
	return &maker{
		Rand:   rand.New(rand.NewPCG(seed, 1)),
		Header: &Header{Space: space, alias: map[string]bool{}},
	}
}

// Layouts is a header of as many random structs of fixed layout, with services whose methods reach every one, and a few messages. More than some 150
// have a description that is larger than an attach can carry.
func Layouts(seed uint64, space string, structs int) *Header {
	m := newMaker(seed, space)
	for range structs/10 + 3 {
		m.addEnum()
	}
	for range structs {
		m.addFixed()
	}
	for range structs/10 + 1 {
		m.addMessage()
	}
	m.reachAll()
	return m.Header
}

// reachAll adds services whose methods take all structs, several at a time, so that the parameters' struct is proved, too; or return one that holds owners.
func (m *maker) reachAll() {
	const methodsMax = 40
	var s *Service
	all := m.Structs()
	for id := 1; len(all) > 0; id++ {
		if s == nil || len(s.Methods) == methodsMax {
			s = &Service{Name: fmt.Sprintf("service_%d", len(m.Services))}
			m.Services = append(m.Services, s)
		}
		method := Method{Name: fmt.Sprintf("take_%d", id), ID: id}
		for range 1 + m.IntN(25) {
			if len(all) == 0 || strings.HasSuffix(all[0].Name, ownedSuffix) {
				break
			}
			method.Parameters = append(method.Parameters, Field{m.name(len(method.Parameters)), m.spelt(all[0])})
			all = all[1:]
			if m.IntN(3) == 0 {
				method.Parameters = append(method.Parameters, Field{m.name(len(method.Parameters)), m.scalar(true)})
			}
		}
		if len(all) > 0 && strings.HasSuffix(all[0].Name, ownedSuffix) {
			method.Result = m.spelt(all[0])
			all = all[1:]
		}
		s.Methods = append(s.Methods, method)
	}
}

func (m *maker) space() string {
	if m.IntN(4) == 0 {
		return m.Header.Space + "::deep"
	}
	return m.Header.Space
}

func (m *maker) addEnum() {
	e := &Listed{Name: fmt.Sprintf("choice_%d", len(m.enums)), Space: m.space()}
	for e.Underlying == "" || strings.HasPrefix(e.Underlying, "f") || e.Underlying == "bool" {
		e.Underlying = scalars[m.IntN(len(scalars))]
	}
	for i := range m.IntN(5) {
		text := fmt.Sprint(i*7 + m.IntN(7))
		if e.Underlying[0] == 'i' && m.IntN(3) == 0 {
			text = "-" + fmt.Sprint(i*7+1+m.IntN(6))
		}
		e.Values = append(e.Values, Value{fmt.Sprintf("%s_%d", words[m.IntN(len(words))], i), text})
	}
	m.enums = append(m.enums, e)
	m.Declarations = append(m.Declarations, e)
}

func (m *maker) addFixed() *Struct {
	s := &Struct{Name: fmt.Sprintf("record_%d", len(m.fixed)), Space: m.space()}
	s.Owned = s
	size := 0
	for i := range 1 + m.IntN(10) {
		t := m.fixedType(true, 0)
		bytes, _ := t.Head()
		if size += bytes; size > recordSizeMax && i > 0 {
			break
		}
		s.Fields = append(s.Fields, Field{m.name(i), t})
	}
	m.fixed = append(m.fixed, s)
	m.Declarations = append(m.Declarations, s)
	return s
}

func (m *maker) name(i int) string { return fmt.Sprintf("%s_%d", words[m.IntN(len(words))], i) }

func (m *maker) scalar(bools bool) *Type {
	name := scalars[m.IntN(len(scalars))]
	for name == "bool" && !bools {
		name = scalars[m.IntN(len(scalars))]
	}
	spellings := scalarSpellings[name]
	t := &Type{Kind: Scalar, Scalar: name, Spelling: spellings[m.IntN(len(spellings))]}
	if m.IntN(8) == 0 {
		m.rename(t, "number_"+name)
	}
	return t
}

// rename makes an alias for a type.
func (m *maker) rename(t *Type, name string) {
	if !m.alias[name] {
		m.alias[name] = true
		text := fmt.Sprintf("using %s = %s;", name, t.Spelling)
		if strings.Contains(t.Spelling, "%s") || m.IntN(2) == 0 {
			text = "typedef " + t.Declare(name) + ";"
		}
		m.Declarations = append(m.Declarations, text)
	}
	t.Spelling = "::" + m.Header.Space + "::" + name
}

// spelt is a struct as a type, by its name or an alias.
func (m *maker) spelt(s *Struct) *Type {
	t := &Type{Kind: Record, Record: s, Spelling: s.Qualified()}
	if m.IntN(6) == 0 {
		m.rename(t, "renamed_"+s.Name)
	} else if m.IntN(2) == 0 {
		t.Spelling = strings.TrimPrefix(t.Spelling, "::"+m.Header.Space+"::")
	}
	return t
}

func (m *maker) fixedType(bools bool, depth int) *Type {
	switch n := m.IntN(12); {
	case n < 5 || depth > 2:
		return m.scalar(bools)
	case n < 6 && len(m.enums) > 0:
		e := m.enums[m.IntN(len(m.enums))]
		return &Type{Kind: Enum, Enum: e, Spelling: "::" + e.Space + "::" + e.Name}
	case n < 8 && len(m.fixed) > 0:
		if t := m.spelt(m.fixed[m.IntN(len(m.fixed))]); bools || !t.Bool() {
			return t
		}
		return m.scalar(bools)
	case n < 10:
		return m.fixedText()
	}
	return m.array(bools, depth)
}

func (m *maker) fixedText() *Type {
	capacities := []int{1, 2, 3, 5, 6, 7, 8, 12, 13, 30, 62, 255}
	n := capacities[m.IntN(len(capacities))]
	return &Type{Kind: FixedText, Count: n, Spelling: fmt.Sprintf("ringcall::fixed_text<%d>", n)}
}

func (m *maker) array(bools bool, depth int) *Type {
	element := m.fixedType(bools, depth+1)
	for size, _ := element.Head(); size > 200; size, _ = element.Head() {
		element = m.scalar(bools)
	}
	t := &Type{Kind: Array, Element: element, Count: 1 + m.IntN(5)}
	inC := strings.Contains(element.Spelling, "%s")
	switch {
	case !inC && m.IntN(2) == 0:
		t.Spelling = fmt.Sprintf("std::array<%s, %d>", element.Spelling, t.Count)
	case inC:
		t.Spelling = strings.Replace(element.Spelling, "%s", fmt.Sprintf("%%s[%d]", t.Count), 1)
	default:
		t.Spelling = fmt.Sprintf("%s %%s[%d]", element.Spelling, t.Count)
	}
	return t
}
