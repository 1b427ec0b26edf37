package proof

import (
	"fmt"
	"strings"

	"github.com/ringcall/ringcall/tests/proof/schema"
)

// askGenerator generates the code for the headers, and reads their descriptions.
func (b *bench) askGenerator(headers []*proved) {
	b.Helper()
	b.atOnce(len(headers), func(i int) error {
		h := headers[i]
		b.write(h.Space+".hpp", h.String())
		if err := b.generate(h.Space); err != nil {
			return err
		}
		var err error
		if h.description, err = b.try(b.generator, h.Space+".hpp", "-I", b.root+"/include", "--describe"); err != nil {
			return err
		}
		h.generator, h.types, err = described(h.description)
		return err
	})
}

// askCompiler reads the layouts in an object file: what the compiler makes of the headers and their mirrors, and the generated structs of parameters.
func (b *bench) askCompiler(headers []*proved) {
	b.Helper()
	var includes, mirrors strings.Builder
	for _, h := range headers {
		fmt.Fprintf(&includes, "#include \"%s.ringcall.hpp\"\n", h.Space)
		mirrors.WriteString(h.Mirror())
	}
	b.write("layouts.cpp", includes.String()+"\n"+mirrors.String())
	if err := b.compile("-c", "-g", "-fno-eliminate-unused-debug-types", "-o", "layouts.o", "layouts.cpp"); err != nil {
		b.Fatal(err)
	}
	for _, h := range headers {
		generated := map[string]string{}
		for _, s := range h.Services {
			for _, m := range s.Methods {
				generated[h.Space+"::ringcall_generated::"+s.Name+"_"+m.Name+"_request"] = schema.Request(s, &m)
			}
		}
		read := func(rename func(string) string) layouts {
			l, err := inObject(b.path("layouts.o"), h.Mirrors(), rename)
			if err != nil {
				b.Fatal(err)
			}
			return l
		}
		h.requests = read(func(qualified string) string { return generated[qualified] })
		h.compiler = read(h.inHeaderOrMirror(generated))
	}
}

// inHeaderOrMirror names the header's structs but for messages, and the mirror's: they are the heads of the messages, and of the parameters.
func (h *proved) inHeaderOrMirror(generated map[string]string) func(string) string {
	messages := map[string]bool{}
	for _, s := range h.Structs() {
		messages[s.Name] = !s.Fixed()
	}
	return func(qualified string) string {
		last := qualified[strings.LastIndex(qualified, ":")+1:]
		isMirror := strings.HasPrefix(qualified, h.Mirrors()+"::")
		isOurs := isMirror || strings.HasPrefix(qualified, h.Space+"::") && generated[qualified] == ""
		if !isOurs || strings.Contains(last, "<") || isMirror != messages[last] && !strings.Contains(last, "__") {
			return ""
		}
		return last
	}
}

// askGo reads the layouts that a Go program prints.
func (b *bench) askGo(headers []*proved) {
	b.Helper()
	var imports, rows strings.Builder
	for i, h := range headers {
		h.goes = layouts{}
		fmt.Fprintf(&imports, "\t\"proved/%s\"\n", h.Space)
		h.printRows(&rows, i)
	}
	b.write("program/main.go", "package main\n\nimport (\n\t\"fmt\"\n\t\"unsafe\"\n\n"+imports.String()+")\n\n"+
		"var table = []struct {\n\theader int\n\tname, field string\n\tat, align uintptr\n}{\n"+rows.String()+"}\n\n"+
		"func main() {\n\tfor _, r := range table {\n\t\tfmt.Printf(\"%d %s %q %d %d\\n\", r.header, r.name, r.field, r.at, r.align)\n\t}\n}\n")
	if err := b.buildGo("layouts-in-go"); err != nil {
		b.Fatal(err)
	}
	out, err := b.try("./layouts-in-go")
	if err != nil {
		b.Fatal(err)
	}
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		var (
			header, at, align int
			name, field       string
		)
		if _, err := fmt.Sscanf(line, "%d %s %q %d %d", &header, &name, &field, &at, &align); err != nil {
			b.Fatalf("%q: %v", line, err)
		}
		l := headers[header].goes.of(name)
		if field == "" {
			l.size, l.align = at, align
		} else {
			l.offsets[field] = at
		}
	}
}

// printRows writes a row of the table for each struct, and for each field.
func (h *proved) printRows(b *strings.Builder, header int) {
	row := func(name, goName string, fields []schema.Field) {
		goName = h.Space + "." + goName
		fmt.Fprintf(b, "\t{%d, %q, \"\", unsafe.Sizeof(%s{}), unsafe.Alignof(%s{})},\n", header, name, goName, goName)
		for _, f := range fields {
			fmt.Fprintf(b, "\t{%d, %q, %q, unsafe.Offsetof(%s{}.%s), 0},\n", header, name, f.Name, goName, schema.Camel(f.Name))
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
}
