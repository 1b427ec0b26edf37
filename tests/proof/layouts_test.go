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

// A header's description must fit an attach, so that many structs need several headers.
const structsOfHeader = 100

// proved is a header, and what each source says of its layouts.
type proved struct {
	*schema.Header
	description string
	types       map[string]string // of fields and parameters, in the description

	generator, compiler, requests, goes layouts // requests: the generated C++ structs of parameters
}

func TestLayoutsAreTheSameForTheGeneratorTheCompilerAndGo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	seed := theSeed(t)
	var headers []*proved
	for left := theStructs(t); left > 0; left -= structsOfHeader {
		i := len(headers)
		headers = append(headers, &proved{Header: schema.Layouts(seed+uint64(i), fmt.Sprintf("layouts_%d", i), min(left, structsOfHeader))})
	}
	b.askGenerator(headers)
	b.askCompiler(headers)
	b.askGo(headers)
	total, inGo, fields := 0, 0, 0
	for _, h := range headers {
		h.compare(t)
		total, inGo = total+len(h.generator), inGo+len(h.goes)
		for _, l := range h.generator {
			fields += len(l.offsets)
		}
	}
	t.Logf("%d structs and parameter lists, %d of them in Go, %d fields: sizes, alignments and offsets agree", total, inGo, fields)

	t.Run("a wrong offset, size, alignment or field is noticed", func(t *testing.T) { headers[0].noticed(t) })
}

// compare reports what is missing in a source, and where two differ.
func (h *proved) compare(t *testing.T) {
	t.Helper()
	all, fixed := names(h.Header)
	for name, missing := range map[string][]string{
		"the generator": h.generator.lacks(all), "the compiler": h.compiler.lacks(all), "Go": h.goes.lacks(fixed), "the generated C++": h.requests.lacks(requestStructs(h.Header)),
	} {
		if len(missing) > 0 {
			t.Errorf("%s: %s has no layout of %v", h.Space, name, missing)
		}
	}
	for _, list := range [][]string{
		differences("the generator", h.generator, "the compiler", h.compiler), differences("the generator", h.generator, "Go", h.goes),
		differences("the compiler", h.compiler, "Go", h.goes), differences("the generator", h.generator, "the generated C++", h.requests),
		wrongTypes(h.Header, h.types),
	} {
		for _, text := range list[:min(len(list), 20)] {
			t.Errorf("%s: %s", h.Space, text)
		}
	}
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
func (h *proved) noticed(t *testing.T) {
	text := h.description
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
			for name, other := range map[string]layouts{"the compiler": h.compiler, "Go": h.goes} {
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
	if err := b.generate("quotes"); err != nil {
		t.Fatal(err)
	}
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
