package proof

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// version is one version of the interface: a namespace in the server, a package in the client.
type version struct {
	name, header string
	works        bool // with the base version
	changes      []change
}

// theVersions are the base and what becomes of it.
func theVersions(t *testing.T) []version {
	all := []version{{name: "base", header: strings.ReplaceAll(baseHeader, "NAME", "base"), works: true}}
	for _, c := range changes {
		i := slices.IndexFunc(all, func(v version) bool { return v.takes(c) })
		if i < 0 {
			i = len(all)
			v := version{name: fmt.Sprintf("incompatible_%d", i), header: baseHeader, works: c.difference == ""}
			if v.works {
				v.name = fmt.Sprintf("compatible_%d", i)
			}
			v.header = strings.ReplaceAll(v.header, "NAME", v.name)
			all = append(all, v)
		}
		changed := strings.Replace(all[i].header, c.old, c.new, 1)
		if changed == all[i].header {
			t.Fatalf("%s: there is no %q in the header", c.name, c.old)
		}
		all[i].header = changed
		all[i].changes = append(all[i].changes, c)
	}
	return all
}

// takes says whether one more change can be made to a version and be told from its others.
func (v *version) takes(c change) bool {
	return v.name != "base" && !isLong() && v.works == (c.difference == "") &&
		!slices.ContainsFunc(v.changes, func(other change) bool { return other.part == c.part })
}

// attempt is what became of one attach.
type attempt struct {
	Server, Client string
	Error          string
	Mismatch       bool     // errors.Is(err, ringcall.ErrInterface)
	Differences    []string // of an InterfaceError
	Results        []string // of the calls, "add: 5"
}

func TestCompatibleVersionsWorkTogetherAndTheOthersAreToldApart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	versions := theVersions(t)
	b.atOnce(len(versions), func(i int) error {
		b.write(versions[i].name+".hpp", versions[i].header)
		return b.generate(versions[i].name)
	})
	b.write("server.cpp", serverOf(versions))
	b.write("program/main.go", clientOf(versions))
	b.build("client", "server", "-O0", "-Wno-unused-parameter")

	arguments := []string{b.path("server")}
	for _, v := range versions {
		arguments = append(arguments, "base/"+v.name, v.name+"/base")
	}
	attempts := map[string]attempt{}
	out, err := b.try("./client", arguments...)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(out))
	for decoder.More() {
		var a attempt
		if err := decoder.Decode(&a); err != nil {
			t.Fatal(err)
		}
		attempts[a.Server+"/"+a.Client] = a
	}
	worksWith(t, attempts["base/base"], versions)
	for _, v := range versions {
		for _, c := range v.changes {
			t.Run(c.name, func(t *testing.T) {
				there, back := attempts["base/"+v.name], attempts[v.name+"/base"]
				if v.works {
					worksWith(t, there, versions)
					worksWith(t, back, versions)
					return
				}
				reverse := c.reverse
				if reverse == "" {
					reverse = turned(c.difference)
				}
				isRefused(t, there, c.difference)
				isRefused(t, back, reverse)
			})
		}
	}
}

// turned is the difference as it is when server and client change places.
func turned(difference string) string {
	before, after, _ := strings.Cut(difference, " in the server, ")
	ours := strings.TrimSuffix(after, " in the client")
	at := strings.LastIndex(before, " ") + 1
	return before[:at] + ours + " in the server, " + before[at:] + " in the client"
}

func isRefused(t *testing.T, a attempt, difference string) {
	t.Helper()
	const shown = 10 // the error's text is not longer
	if !a.Mismatch || !slices.Contains(a.Differences, difference) || len(a.Differences) <= shown && !strings.Contains(a.Error, difference) {
		t.Errorf("a server of %s and a client of %s: expected an error that says %q, got %q: %q", a.Server, a.Client, difference, a.Differences, a.Error)
	}
}

func worksWith(t *testing.T, a attempt, versions []version) {
	t.Helper()
	pair := fmt.Sprintf("a server of %s and a client of %s", a.Server, a.Client)
	if a.Error != "" {
		t.Errorf("%s: expected that they work together, got %s", pair, a.Error)
		return
	}
	if want := expected(a, versions); !slices.Equal(a.Results, want) {
		t.Errorf("%s: expected %q, got %q", pair, want, a.Results)
	}
}

// calls are what a client does, and what comes of it; if its version and the server's have the method.
var calls = []struct{ method, call, result, body string }{
	{"add", "Add(ctx, 2, -5)", "-3", "return std::int64_t{a} + b;"},
	{"twice", "Twice(ctx, PACKAGE.Quote{Amount: 7, Number: 8, Which: PACKAGE.SideSell, Price: 1.5})", "{{{}} 7 8 sell 3}", "one.price *= 2; return one;"},
	{"place", `Place(ctx, PACKAGE.Order{Symbol: "xyz", Amount: 39})`, "42", "return one.amount + static_cast<std::uint32_t>(one.symbol.size());"},
	{"more", "More(ctx, 1)", "2", "return a + 1;"},
	{"best", `Best(ctx, []PACKAGE.Order{{Amount: 3}, {Symbol: "y", Amount: 4}})`, "{{{}} 2 0 buy 0}",
		"quote q{}; q.amount = static_cast<std::int64_t>(all.size()); q.which = side::buy; return q;"},
}

func has(header, method string) bool { return strings.Contains(header, " "+method+"(") }

func expected(a attempt, versions []version) (results []string) {
	header := func(name string) string {
		return versions[slices.IndexFunc(versions, func(v version) bool { return v.name == name })].header
	}
	for _, c := range calls {
		switch {
		case !has(header(a.Client), c.method):
		case has(header(a.Server), c.method):
			results = append(results, c.method+": "+c.result)
		default:
			results = append(results, c.method+": unknown method")
		}
	}
	return append(results, "note: sent")
}

var (
	serviceLine = regexp.MustCompile(`class RINGCALL_SERVICE (\w+)`)
	methodLine  = regexp.MustCompile(`RINGCALL_METHOD\(.*\) virtual (.* (\w+)\(.*\)) = 0;`)
)

// serverOf is a server of all versions: which of them it serves is its argument.
func serverOf(versions []version) string {
	var b, main strings.Builder
	for _, v := range versions {
		fmt.Fprintf(&b, "#include \"%s.ringcall.hpp\"\n", v.name)
	}
	b.WriteString("\n#include <stdexcept>\n#include <string_view>\n\n")
	for _, v := range versions {
		fmt.Fprintf(&b, "namespace %s {\n", v.name)
		fmt.Fprintf(&main, "  if (version == \"%s\") {\n", v.name)
		services := serviceLine.FindAllStringSubmatchIndex(v.header, -1)
		for i, at := range services {
			end := len(v.header)
			if i+1 < len(services) {
				end = services[i+1][0]
			}
			name := v.header[at[2]:at[3]]
			fmt.Fprintf(&b, "struct my_%s final : %s {\n", name, name)
			for _, m := range methodLine.FindAllStringSubmatch(v.header[at[0]:end], -1) {
				fmt.Fprintf(&b, "  %s override { %s }\n", m[1], bodyOf(v, m[2]))
			}
			b.WriteString("};\n")
			fmt.Fprintf(&main, "    static %s::my_%s %s;\n    %s::serve(server, %s);\n", v.name, name, name, v.name, name)
		}
		b.WriteString("}\n")
		main.WriteString("  }\n")
	}
	fmt.Fprintf(&b, "\nint main(int, char** argv) {\n  const std::string_view version = argv[1];\n  ringcall::server server(\"proof\");\n%s  return server.run();\n}\n", &main)
	return b.String()
}

func bodyOf(v version, method string) string {
	for _, c := range calls {
		if c.method == method && v.works {
			return c.body
		}
	}
	if method == "note" || method == "ring" {
		return ""
	}
	return `throw std::logic_error("nobody should get here");`
}

const clientHead = `package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
%s)

type attempt struct {
	Server, Client string
	Error          string
	Mismatch       bool
	Differences    []string
	Results        []string
}

func (a *attempt) failed(err error) {
	var mismatch *ringcall.InterfaceError
	a.Error = err.Error()
	a.Mismatch = errors.Is(err, ringcall.ErrInterface)
	if errors.As(err, &mismatch) {
		a.Differences = mismatch.Differences
	}
}

func (a *attempt) called(method string, result any, err error) {
	text := fmt.Sprint(result)
	if errors.Is(err, ringcall.ErrUnknownMethod) {
		text = "unknown method"
	} else if err != nil {
		text = err.Error()
	}
	a.Results = append(a.Results, method+": "+text)
}

func main() {
	for _, pair := range os.Args[2:] {
		var a attempt
		a.Server, a.Client, _ = strings.Cut(pair, "/")
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		attach[a.Client](ctx, exec.Command(os.Args[1], a.Server), &a)
		cancel()
		json.NewEncoder(os.Stdout).Encode(a)
	}
}

var attach = map[string]func(context.Context, *exec.Cmd, *attempt){
%s}
`

// clientOf is a client of all versions: it makes the attempts that its arguments name, as server/client.
func clientOf(versions []version) string {
	var imports, functions strings.Builder
	for _, v := range versions {
		fmt.Fprintf(&imports, "\t\"proved/%s\"\n", v.name)
		fmt.Fprintf(&functions, "\t%q: func(ctx context.Context, cmd *exec.Cmd, a *attempt) {\n\t\tc, err := %s.StartQuotes(ctx, cmd)\n"+
			"\t\tif err != nil {\n\t\t\ta.failed(err)\n\t\t\treturn\n\t\t}\n\t\tdefer c.Close()\n", v.name, v.name)
		for _, c := range calls {
			if v.works && has(v.header, c.method) {
				fmt.Fprintf(&functions, "\t\t{\n\t\t\tresult, err := c.%s\n\t\t\ta.called(%q, result, err)\n\t\t}\n", strings.ReplaceAll(c.call, "PACKAGE", v.name), c.method)
			}
		}
		if v.works {
			functions.WriteString("\t\ta.called(\"note\", \"sent\", c.Note(ctx, \"a line\"))\n")
		}
		functions.WriteString("\t},\n")
	}
	return fmt.Sprintf(clientHead, imports.String(), functions.String())
}
