package proof

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ringcall/ringcall/tests/proof/schema"
)

func TestRandomValuesOfRandomTypesComeBackUnchanged(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	seed := theSeed(t)
	methods, rounds := 36, 6
	arguments := []string{"-O0"}
	if isLong() {
		methods, rounds = 150, 20
		arguments = []string{"-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"}
	}
	header := schema.Echoes(seed, methods)
	b.write("echoes.hpp", header.String())
	if err := b.generate("echoes"); err != nil {
		t.Fatal(err)
	}
	b.write("server.cpp", header.Server("echoes.ringcall.hpp"))
	b.write("program/main.go", caller(header))
	b.build("caller", "server", arguments...)

	call := func(t *testing.T, seed uint64, rounds int, arenas string) map[string]int {
		t.Helper()
		out, err := b.try("./caller", "-server", b.path("server"), "-seed", fmt.Sprint(seed), "-rounds", fmt.Sprint(rounds), "-arenas", arenas)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("arenas %s: %s", arenas, strings.TrimSpace(out))
		return counted(out)
	}
	t.Run("in every form of call", func(t *testing.T) {
		counts := call(t, seed, rounds, "1048576/1048576")
		if counts["methods"] != methods {
			t.Errorf("%d methods were called, of %d", counts["methods"], methods)
		}
		for _, form := range []string{"call", "call, 4 at once", "posted", "run", "each", "dense batch", "batch method", "view", "fake"} {
			if counts[form] < rounds {
				t.Errorf("only %d values in the form %q", counts[form], form)
			}
		}
	})
	t.Run("and one changed bit is noticed", func(t *testing.T) {
		_, err := b.try("./caller", "-server", b.path("server"), "-seed", fmt.Sprint(seed), "-rounds", fmt.Sprint(rounds), "-lie")
		if err == nil || !strings.Contains(err.Error(), "exit status 1") || !strings.Contains(err.Error(), "value: sent ") {
			t.Errorf("expected that the first text that changed ends it, got %v", err)
		}
	})
	t.Run("in arenas that are nearly too small, or the error says so", func(t *testing.T) {
		counts := call(t, seed+1<<20, rounds, "4096/4096,8192/4096,4096/8192")
		if counts["call"] < rounds || counts["refused as too large"] < rounds {
			t.Errorf("%d calls went through, %d were refused", counts["call"], counts["refused as too large"])
		}
	})
}

// caller is the program that calls the methods of a header.
func caller(h *schema.Header) string {
	var b strings.Builder
	b.WriteString("package main\n\nimport (\n\tringcall \"github.com/ringcall/ringcall/go\"\n\t\"github.com/ringcall/ringcall/tests/proof/roundtrip\"\n\n" +
		"\tgen \"proved/echoes\"\n)\n\nvar (\n")
	for _, s := range h.Services {
		name := schema.Camel(s.Name)
		fmt.Fprintf(&b, "\t_ gen.%s = (*gen.%sClient)(nil)\n\t_ gen.%s = (*gen.%sFake)(nil)\n", name, name, name, name)
	}
	b.WriteString(")\n\nfunc main() {\n\troundtrip.Main([]roundtrip.Service{\n")
	for _, s := range h.Services {
		name := schema.Camel(s.Name)
		var methods []string
		for _, m := range s.Methods {
			methods = append(methods, strconv.Quote(schema.Camel(m.Name)))
		}
		fmt.Fprintf(&b, "\t\t{%q, func(c *ringcall.Client) (any, error) { return gen.New%sClient(c) }, &gen.%sFake{}, []string{%s}},\n",
			name, name, name, strings.Join(methods, ", "))
	}
	b.WriteString("\t}")
	for _, n := range slices.Sorted(maps.Keys(h.FixedTexts())) {
		fmt.Fprintf(&b, ", gen.MakeText%d", n)
	}
	b.WriteString(")\n}\n")
	return b.String()
}

// counted reads "44 methods; call 1200; run 1400".
func counted(line string) map[string]int {
	counts := map[string]int{}
	for _, part := range strings.Split(strings.TrimSpace(line), "; ") {
		if first, rest, _ := strings.Cut(part, " "); rest == "methods" {
			counts[rest], _ = strconv.Atoi(first)
			continue
		}
		at := strings.LastIndex(part, " ")
		counts[part[:at]], _ = strconv.Atoi(part[at+1:])
	}
	return counts
}
