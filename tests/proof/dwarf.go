package proof

import (
	"debug/dwarf"
	"debug/elf"
	"fmt"
	"slices"
	"strings"
)

// inObject reads the layouts of the structs in some C++ namespaces from an object's debugging information, and the alignments from enumerators called
// align_of_NAME in the namespace called mirrors. rename gives a struct its name in the table, by its qualified name; "" leaves it out.
func inObject(path, mirrors string, rename func(string) string) (layouts, error) {
	file, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := file.DWARF()
	if err != nil {
		return nil, err
	}
	w := walker{layouts: layouts{}, aligns: map[string]int{}, mirrors: mirrors, rename: rename}
	if err := w.walk(data.Reader()); err != nil {
		return nil, err
	}
	for name, align := range w.aligns {
		if l := w.layouts[name]; l != nil {
			l.align = align
		}
	}
	return w.layouts, nil
}

type walker struct {
	layouts layouts
	aligns  map[string]int
	mirrors string
	rename  func(string) string
	scopes  []string // the names of the entries that are open
	open    []*layout
}

func (w *walker) walk(r *dwarf.Reader) error {
	for {
		e, err := r.Next()
		if err != nil || e == nil {
			return err
		}
		if e.Tag == 0 {
			w.scopes, w.open = w.scopes[:len(w.scopes)-1], w.open[:len(w.open)-1]
			continue
		}
		inside, err := w.enter(e)
		if err != nil {
			return err
		}
		if e.Children {
			name, _ := e.Val(dwarf.AttrName).(string)
			if e.Tag == dwarf.TagCompileUnit {
				name = ""
			}
			w.scopes, w.open = append(w.scopes, name), append(w.open, inside)
		}
	}
}

// enter notes an entry, and returns the layout that its children are the members of.
func (w *walker) enter(e *dwarf.Entry) (*layout, error) {
	name, _ := e.Val(dwarf.AttrName).(string)
	switch e.Tag {
	case dwarf.TagStructType, dwarf.TagClassType:
		size, known := e.Val(dwarf.AttrByteSize).(int64)
		table := w.rename(strings.TrimPrefix(strings.Join(append(w.scopes, name), "::"), "::"))
		if !known || table == "" {
			return nil, nil
		}
		l := w.layouts.of(table)
		l.size = int(size)
		return l, nil
	case dwarf.TagMember:
		if len(w.open) == 0 || w.open[len(w.open)-1] == nil || name == "" {
			return nil, nil
		}
		offset, known := e.Val(dwarf.AttrDataMemberLoc).(int64)
		if !known {
			return nil, fmt.Errorf("%s::%s has no plain offset: %v", strings.Join(w.scopes, "::"), name, e.Val(dwarf.AttrDataMemberLoc))
		}
		w.open[len(w.open)-1].offsets[name] = int(offset)
	case dwarf.TagEnumerator:
		if of, found := strings.CutPrefix(name, "align_of_"); found && slices.Contains(w.scopes, w.mirrors) {
			align, _ := e.Val(dwarf.AttrConstValue).(int64)
			w.aligns[of] = int(align)
		}
	}
	return nil, nil
}
