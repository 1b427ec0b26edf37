package ringcall

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The Go twin of each struct of abi.h.
var abiTwins = map[string]reflect.Type{
	"ringcall_slot_header":     reflect.TypeFor[slotHeader](),
	"ringcall_arena_ref":       reflect.TypeFor[arenaRef](),
	"ringcall_batch_ref":       reflect.TypeFor[batchRef](),
	"ringcall_frames_ref":      reflect.TypeFor[framesRef](),
	"ringcall_frame_request":   reflect.TypeFor[frameRequest](),
	"ringcall_frames_done":     reflect.TypeFor[framesDone](),
	"ringcall_frame_answer":    reflect.TypeFor[frameAnswer](),
	"ringcall_region":          reflect.TypeFor[regionHeader](),
	"ringcall_ring_entry":      reflect.TypeFor[ringEntry](),
	"ringcall_times":           reflect.TypeFor[times](),
	"ringcall_ring_control":    reflect.TypeFor[ringControl](),
	"ringcall_black_box":       reflect.TypeFor[blackBox](),
	"ringcall_black_box_run":   reflect.TypeFor[blackBoxRun](),
	"ringcall_life":            reflect.TypeFor[life](),
	"ringcall_segment_header":  reflect.TypeFor[segmentHeader](),
	"ringcall_client_counters": reflect.TypeFor[clientCounters](),
	"ringcall_server_counters": reflect.TypeFor[serverCounters](),
	"ringcall_hello":           reflect.TypeFor[hello](),
	"ringcall_welcome":         reflect.TypeFor[welcome](),
}

// Macros that are no values.
var abiMacros = map[string]bool{"RINGCALL_ABI_H": true, "RINGCALL_ASSERT": true, "RINGCALL_AT": true, "RINGCALL_SIZE": true}

func readHeader(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../include/ringcall/abi.h")
	if err != nil {
		t.Skip("the module is used without its repository: ", err)
	}
	return string(text)
}

// goName turns client_counters or CLIENT_COUNTERS into clientCounters, and leaves ID and OK as Go writes them.
func goName(name string) string {
	words := strings.Split(strings.ToLower(name), "_")
	for i, word := range words {
		switch {
		case word == "ok", word == "id" && i > 0:
			words[i] = strings.ToUpper(word)
		case i > 0:
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, "")
}

func parseNumber(t *testing.T, literal string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimRight(literal, "ul"), 0, 64)
	if err != nil {
		t.Fatalf("abi.h: %q is not the literal number that this test can read", literal)
	}
	return n
}

func TestABI(t *testing.T) {
	header := readHeader(t)
	t.Run("every struct has its size and a twin", func(t *testing.T) {
		sizes := regexp.MustCompile(`(?m)^RINGCALL_SIZE\((\w+), (\w+)\);`).FindAllStringSubmatch(header, -1)
		structs := regexp.MustCompile(`(?m)^struct (\w+) \{`).FindAllStringSubmatch(header, -1)
		if len(sizes) != len(structs) || len(sizes) != len(abiTwins) {
			t.Errorf("abi.h has %d structs and asserts %d sizes, abi.go has %d twins", len(structs), len(sizes), len(abiTwins))
		}
		for _, m := range sizes {
			twin, ok := abiTwins[m[1]]
			if !ok {
				t.Errorf("abi.go has no twin of %s", m[1])
			} else if want := parseNumber(t, m[2]); uint64(twin.Size()) != want {
				t.Errorf("%s has %d bytes, its twin %d", m[1], want, twin.Size())
			}
		}
	})
	t.Run("every field has its offset, size and signedness", func(t *testing.T) { compareFields(t, header) })
	t.Run("every asserted offset is the twin's", func(t *testing.T) {
		for _, m := range regexp.MustCompile(`(?m)^RINGCALL_AT\((\w+), (\w+), (\w+)\);`).FindAllStringSubmatch(header, -1) {
			field, ok := abiTwins[m[1]].FieldByName(goName(m[2]))
			if !ok {
				t.Errorf("the twin of %s has no field %s", m[1], goName(m[2]))
			} else if want := parseNumber(t, m[3]); uint64(field.Offset) != want {
				t.Errorf("%s.%s lies at %d, its twin at %d", m[1], m[2], want, field.Offset)
			}
		}
	})
	t.Run("every constant has its value", func(t *testing.T) { compareConstants(t, header) })
	t.Run("every twin has the host's layout", func(t *testing.T) {
		for name, twin := range abiTwins {
			if twin.Field(0).Type.String() != "structs.HostLayout" {
				t.Errorf("the twin of %s does not start with structs.HostLayout", name)
			}
		}
	})
}

// compareFields lays out the C structs itself: their fields are fixed-width and without implicit padding.
func compareFields(t *testing.T, header string) {
	kinds := map[string]struct {
		size uintptr
		kind reflect.Kind
	}{"uint64_t": {8, reflect.Uint64}, "uint32_t": {4, reflect.Uint32}, "uint16_t": {2, reflect.Uint16}, "uint8_t": {1, reflect.Uint8}, "char": {1, reflect.Uint8}}
	fields := regexp.MustCompile(`(?m)^  (?:struct )?(\w+) (\w+)(?:\[(\w+)\])?;`)
	for _, body := range regexp.MustCompile(`(?ms)^struct (\w+) \{\n(.*?)^\};`).FindAllStringSubmatch(header, -1) {
		twin, at, index := abiTwins[body[1]], uintptr(0), 1
		for _, m := range fields.FindAllStringSubmatch(body[2], -1) {
			if index >= twin.NumField() {
				t.Fatalf("the twin of %s has no field %s", body[1], m[2])
			}
			field := twin.Field(index)
			index++
			typ := field.Type
			count := uintptr(1)
			if m[3] != "" {
				if m[3] == "RINGCALL_RINGS_MAX" {
					count = ringsMax
				} else {
					count = uintptr(parseNumber(t, m[3]))
				}
				if typ.Kind() != reflect.Array || typ.Len() != int(count) {
					t.Errorf("%s.%s is an array of %d, its twin %v", body[1], m[2], count, typ)
					continue
				}
				typ = typ.Elem()
			}
			size, same := kinds[m[1]].size, typ.Kind() == kinds[m[1]].kind
			if inner, ok := abiTwins[m[1]]; ok {
				size, same = inner.Size(), typ == inner
			}
			if field.Name != goName(m[2]) || field.Offset != at || typ.Size() != size || !same {
				t.Errorf("%s.%s is %s at %d, its twin %s %v at %d", body[1], m[2], m[1], at, field.Name, field.Type, field.Offset)
			}
			at += size * count
		}
		if index != twin.NumField() {
			t.Errorf("the twin of %s has more fields", body[1])
		}
	}
}

func compareConstants(t *testing.T, header string) {
	twins := goConstants(t)
	compare := func(name, goName, literal string) {
		t.Helper()
		twin, ok := twins[goName]
		if !ok {
			t.Errorf("%s has no twin %s in abi.go", name, goName)
			return
		}
		delete(twins, goName)
		if want := parseNumber(t, literal); twin != want {
			t.Errorf("%s is %#x, %s is %#x", name, want, goName, twin)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^#define (RINGCALL_(\w+))(?:[ (]+([^ \n]+))?`).FindAllStringSubmatch(header, -1) {
		if !abiMacros[m[1]] {
			compare(m[1], goName(m[2]), m[3])
		}
	}
	for _, body := range regexp.MustCompile(`(?ms)^enum (\w+) \{\n(.*?)^\};`).FindAllStringSubmatch(header, -1) {
		for _, m := range regexp.MustCompile(`(?m)^  (RINGCALL_(\w+)) = (\w+),`).FindAllStringSubmatch(body[2], -1) {
			name := m[2]
			if body[1] == "ringcall_status" {
				name = "STATUS_" + name
			}
			compare(m[1], goName(name), m[3])
		}
	}
	for name := range twins {
		t.Errorf("abi.go's %s is not in abi.h", name)
	}
}

// goConstants evaluates those of abi.go.
func goConstants(t *testing.T) map[string]uint64 {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "abi.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	// The import cannot be resolved here, and no constant needs it.
	config := types.Config{Error: func(error) {}}
	pkg, _ := config.Check("ringcall", files, []*ast.File{file}, nil)
	values := map[string]uint64{}
	for _, name := range pkg.Scope().Names() {
		if c, ok := pkg.Scope().Lookup(name).(*types.Const); ok {
			values[name], _ = constant.Uint64Val(constant.ToInt(c.Val()))
		}
	}
	return values
}
