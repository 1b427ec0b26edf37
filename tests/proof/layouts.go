// Package proof holds tests: that ringcall-gen, the C++ compiler and Go agree about layouts, that random values of random types come back unchanged, and
// which changes of an interface are compatible. This file and its neighbours read the layouts that are compared.
package proof

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// layout is where a struct's fields lie. What its source does not tell is missing: an alignment of 0, or all of them.
type layout struct {
	size, align int
	offsets     map[string]int
}

// layouts are by name: record_3, or service__method for the struct of a method's parameters.
type layouts map[string]*layout

func (l layouts) of(name string) *layout {
	if l[name] == nil {
		l[name] = &layout{offsets: map[string]int{}}
	}
	return l[name]
}

// differences lists where two sources disagree about structs that both know.
func differences(nameA string, a layouts, nameB string, b layouts) []string {
	var list []string
	differ := func(what, attribute string, inA, inB int) {
		if inA != inB {
			list = append(list, fmt.Sprintf("%s: %s %d in %s, %d in %s", what, attribute, inA, nameA, inB, nameB))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a)) {
		one, other := a[name], b[name]
		if other == nil {
			continue
		}
		differ(name, "size", one.size, other.size)
		if one.align != 0 && other.align != 0 {
			differ(name, "align", one.align, other.align)
		}
		differ(name, "fields", len(one.offsets), len(other.offsets))
		for _, field := range slices.Sorted(maps.Keys(one.offsets)) {
			if at, known := other.offsets[field]; known {
				differ(name+"."+field, "offset", one.offsets[field], at)
			} else {
				list = append(list, fmt.Sprintf("%s.%s: it is in %s, not in %s", name, field, nameA, nameB))
			}
		}
	}
	return list
}

// lacks lists the structs that a source should know and does not.
func (l layouts) lacks(names []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return l[name] != nil })
}

// described reads what ringcall-gen --describe writes. types are those of fields, results and requests, by the keys of the text.
func described(text string) (l layouts, types map[string]string, err error) {
	l, types = layouts{}, map[string]string{}
	methods := map[string]string{} // "quotes 1": quotes__add
	lines := map[string]string{}   // each service describes the structs that it reaches
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		key, rest, found := strings.Cut(line, ": ")
		if strings.HasPrefix(line, "fingerprint ") {
			continue
		}
		if before, known := lines[key]; known && before != line {
			return nil, nil, fmt.Errorf("the description says %q and %q", before, line)
		}
		lines[key] = line
		if !found {
			return nil, nil, fmt.Errorf("no key in the line %q of the description", line)
		}
		attributes := map[string]string{}
		for _, attribute := range strings.Split(rest, ", ") {
			name, value, _ := strings.Cut(attribute, " ")
			attributes[name] = value
		}
		number := func(name string) int {
			n, e := strconv.Atoi(attributes[name])
			if e != nil && err == nil {
				err = fmt.Errorf("no %s in the line %q of the description", name, line)
			}
			return n
		}
		owner, field, isField := strings.Cut(key, ".")
		service, _, isMethod := strings.Cut(owner, " ")
		switch {
		case isMethod && !isField && service != "service":
			methods[owner] = service + "__" + attributes["name"]
			l.of(methods[owner]).size = number("request")
		case isField && attributes["offset"] != "":
			name := owner
			if isMethod {
				name = methods[owner]
			}
			types[name+"."+field] = attributes["type"]
			l.of(name).offsets[field] = number("offset")
		case attributes["size"] != "":
			l.of(key).size, l.of(key).align = number("size"), number("align")
		}
	}
	return l, types, err
}
