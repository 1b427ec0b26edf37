package proof

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ringcall/ringcall/tests/proof/schema"
)

// theStructs is how many random structs are proved.
func theStructs(t *testing.T) int {
	t.Helper()
	text := os.Getenv(structsVariable)
	switch {
	case text == "" && isLong():
		return 3000
	case text == "":
		return 300
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: expected a number from 1 on", structsVariable, text)
	}
	return n
}

func TestLayoutsAreTheSameForTheGeneratorTheCompilerAndGo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	header := schema.Layouts(theSeed(t), theStructs(t))
	b.write("layouts.hpp", header.String())
	b.generate("layouts")
	text := b.describe("layouts")
	generator, types, err := described(text)
	if err != nil {
		t.Fatal(err)
	}
	compiler, requests := b.compilers(header)
	goes := b.goes(header)

	all, fixed := names(header)
	for name, missing := range map[string][]string{
		"the generator": generator.lacks(all), "the compiler": compiler.lacks(all), "Go": goes.lacks(fixed), "the generated C++": requests.lacks(requestStructs(header)),
	} {
		if len(missing) > 0 {
			t.Errorf("%s has no layout of %v", name, missing)
		}
	}
	for _, list := range [][]string{
		differences("the generator", generator, "the compiler", compiler), differences("the generator", generator, "Go", goes),
		differences("the compiler", compiler, "Go", goes), differences("the generator", generator, "the generated C++", requests), wrongTypes(header, types),
	} {
		for _, text := range list[:min(len(list), 20)] {
			t.Error(text)
		}
	}
	fields := 0
	for _, name := range all {
		fields += len(generator[name].offsets)
	}
	t.Logf("%d structs and parameter lists, %d of them in Go, %d fields: sizes, alignments and offsets agree", len(all), len(goes), fields)

	t.Run("a wrong offset, size, alignment or field is noticed", func(t *testing.T) {
		noticed(t, text, compiler, goes)
	})
}

// names are those of all structs and parameter lists, and of those that Go lays out.
func names(h *schema.Header) (all, fixed []string) {
	for _, s := range h.Structs() {
		all = append(all, s.Name)
		if s.Fixed() {
			fixed = append(fixed, s.Name)
		}
	}
	for _, s := range h.Services {
		for _, m := range s.Methods {
			if len(m.Parameters) > 0 {
				all = append(all, schema.Request(s, &m))
			}
		}
	}
	return all, append(fixed, requestStructs(h)...)
}

func requestStructs(h *schema.Header) (list []string) {
	for _, s := range h.Services {
		for _, m := range s.Methods {
			if hasRequestStruct(&m) {
				list = append(list, schema.Request(s, &m))
			}
		}
	}
	return list
}

// hasRequestStruct says whether the generator makes a struct of the parameters: where all is fixed and they are not one struct already.
func hasRequestStruct(m *schema.Method) bool {
	if m.Result != nil && !m.Result.Fixed() {
		return false
	}
	for _, p := range m.Parameters {
		if !p.Type.Fixed() {
			return false
		}
	}
	return len(m.Parameters) > 1 || len(m.Parameters) == 1 && m.Parameters[0].Type.Kind != schema.Record
}

// compilers are the layouts in an object file: what the compiler makes of the header and its mirror, and the generated structs of parameters.
func (b *bench) compilers(h *schema.Header) (all, requests layouts) {
	b.Helper()
	b.write("layouts.cpp", "#include \"layouts.ringcall.hpp\"\n\n"+h.Mirror())
	if err := b.compile("-c", "-g", "-fno-eliminate-unused-debug-types", "-o", "layouts.o", "layouts.cpp"); err != nil {
		b.Fatal(err)
	}
	generated := map[string]string{}
	for _, s := range h.Services {
		for _, m := range s.Methods {
			generated[h.Space+"::ringcall_generated::"+s.Name+"_"+m.Name+"_request"] = schema.Request(s, &m)
		}
	}
	messages := map[string]bool{}
	for _, s := range h.Structs() {
		messages[s.Name] = !s.Fixed()
	}
	read := func(rename func(string) string) layouts {
		l, err := inObject(b.path("layouts.o"), rename)
		if err != nil {
			b.Fatal(err)
		}
		return l
	}
	all = read(func(qualified string) string {
		last := qualified[strings.LastIndex(qualified, ":")+1:]
		isMirror := strings.HasPrefix(qualified, "mirror::")
		isOurs := isMirror || strings.HasPrefix(qualified, h.Space+"::") && generated[qualified] == ""
		// A message's head is its mirror.
		if !isOurs || strings.Contains(last, "<") || isMirror != messages[last] && !strings.Contains(last, "__") {
			return ""
		}
		return last
	})
	return all, read(func(qualified string) string { return generated[qualified] })
}

// goes are the layouts in a Go program.
func (b *bench) goes(h *schema.Header) layouts {
	b.Helper()
	var program strings.Builder
	program.WriteString("package main\n\nimport (\n\t\"fmt\"\n\t\"unsafe\"\n\n\tgen \"proved/layouts\"\n)\n\n" +
		"var table = []struct {\n\tname, field string\n\tat, align uintptr\n}{\n")
	row := func(name, goName string, fields []schema.Field) {
		fmt.Fprintf(&program, "\t{%q, \"\", unsafe.Sizeof(gen.%s{}), unsafe.Alignof(gen.%s{})},\n", name, goName, goName)
		for _, f := range fields {
			fmt.Fprintf(&program, "\t{%q, %q, unsafe.Offsetof(gen.%s{}.%s), 0},\n", name, f.Name, goName, schema.Camel(f.Name))
		}
	}
	for _, s := range h.Structs() {
		if s.Fixed() {
			row(s.Name, schema.Camel(s.Name), s.Fields)
		}
	}
	for _, s := range h.Services {
		for _, m := range s.Methods {
			if hasRequestStruct(&m) {
				row(schema.Request(s, &m), schema.Camel(m.Name)+"Request", m.Parameters)
			}
		}
	}
	program.WriteString("}\n\nfunc main() {\n\tfor _, r := range table {\n\t\tfmt.Printf(\"%s %q %d %d\\n\", r.name, r.field, r.at, r.align)\n\t}\n}\n")
	b.write("program/main.go", program.String())
	if err := b.buildGo("layouts-in-go"); err != nil {
		b.Fatal(err)
	}
	l := layouts{}
	for _, line := range strings.Split(strings.TrimSpace(b.run("./layouts-in-go")), "\n") {
		var (
			name, field string
			at, align   int
		)
		if _, err := fmt.Sscanf(line, "%s %q %d %d", &name, &field, &at, &align); err != nil {
			b.Fatalf("%q: %v", line, err)
		}
		if field == "" {
			l.of(name).size, l.of(name).align = at, align
		} else {
			l.of(name).offsets[field] = at
		}
	}
	return l
}

// wrongTypes lists the fields that the description gives another type than the header.
func wrongTypes(h *schema.Header, types map[string]string) (list []string) {
	check := func(of string, fields []schema.Field) {
		for _, f := range fields {
			if got := types[of+"."+f.Name]; got != f.Type.Described() {
				list = append(list, fmt.Sprintf("%s.%s: type %s in the header, %s in the description", of, f.Name, f.Type.Described(), got))
			}
		}
	}
	for _, s := range h.Structs() {
		check(s.Name, s.Fields)
	}
	for _, s := range h.Services {
		for _, m := range s.Methods {
			check(schema.Request(s, &m), m.Parameters)
		}
	}
	return list
}

// noticed is the test of the test: each thing that the description says of record_1 is made wrong once, and the comparisons must say just that.
func noticed(t *testing.T, text string, compiler, goes layouts) {
	number := regexp.MustCompile(`(size|align|offset) (\d+)`)
	wrong := 0
	for _, line := range slices.Compact(slices.Sorted(slices.Values(strings.Split(text, "\n")))) {
		if !strings.HasPrefix(line, "record_1:") && !strings.HasPrefix(line, "record_1.") {
			continue
		}
		for _, at := range number.FindAllStringSubmatchIndex(line, -1) {
			attribute, old := line[at[2]:at[3]], line[at[4]:at[5]]
			changed := line[:at[4]] + "9" + old + line[at[5]:]
			// Every service that reaches the record describes it.
			generator, _, err := described(strings.ReplaceAll(text, "\n"+line+"\n", "\n"+changed+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			what, _, _ := strings.Cut(line, ":")
			for name, other := range map[string]layouts{"the compiler": compiler, "Go": goes} {
				want := fmt.Sprintf("%s: %s 9%s in the generator, %s in %s", what, attribute, old, old, name)
				if got := differences("the generator", generator, name, other); len(got) != 1 || got[0] != want {
					t.Errorf("expected %q, got %q", want, got)
				}
			}
			wrong++
		}
	}
	if wrong < 3 {
		t.Errorf("only %d attributes of record_1 were made wrong", wrong)
	}
}

func TestAStructThatChangedBehindTheGeneratorsBackDoesNotCompile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const header = `#pragma once
#include <ringcall/interface.hpp>
namespace proof {
struct quote { std::uint32_t size; double price; };
class RINGCALL_SERVICE quotes {
 public:
  virtual ~quotes() = default;
  RINGCALL_METHOD(1) virtual quote twice(quote one) = 0;
};
}
`
	b.write("quotes.hpp", header)
	b.generate("quotes")
	b.write("quotes.cpp", "#include \"quotes.ringcall.hpp\"\n")
	b.write("program/main.go", "package main\n\nimport _ \"proved/quotes\"\n\nfunc main() {}\n")
	compile := func() error { return b.compile("-fsyntax-only", "quotes.cpp") }
	if err := compile(); err != nil {
		t.Fatal(err)
	}
	if err := b.buildGo("use"); err != nil {
		t.Fatal(err)
	}
	for _, changed := range []string{
		"double price; std::uint32_t size;", "std::uint32_t size, more, most; double price;", "std::uint32_t size; float price;",
	} {
		b.write("quotes.hpp", strings.Replace(header, "std::uint32_t size; double price;", changed, 1))
		if err := compile(); err == nil || !strings.Contains(err.Error(), "static assertion failed") || !strings.Contains(err.Error(), "quote") {
			t.Errorf("with %q: expected a failed static assertion about quote, got %v", changed, err)
		}
	}

	generated := b.read("quotes/quotes.go")
	for _, change := range [][2]string{{"Price float64", "Price float32"}, {"Size  uint32", "Size  [3]uint32"}, {"Size  uint32", "Size  uint32\n\tMore float64"}} {
		if !strings.Contains(generated, change[0]) {
			t.Fatalf("no %q in\n%s", change[0], generated)
		}
		b.write("quotes/quotes.go", strings.Replace(generated, change[0], change[1], 1))
		if err := b.buildGo("use"); err == nil || !strings.Contains(err.Error(), "]byte") {
			t.Errorf("with %q: expected an array of another size, got %v", change[1], err)
		}
	}
}
