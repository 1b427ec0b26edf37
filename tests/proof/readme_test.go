package proof

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// fenced are the blocks of code of a Markdown text.
func fenced(text string) []string {
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// theBlock is the only one of the README's blocks in which mark stands.
func (b *bench) theBlock(mark string) string {
	b.Helper()
	text, err := os.ReadFile(b.root + "/README.md")
	if err != nil {
		b.Fatal(err)
	}
	var found []string
	for _, block := range fenced(string(text)) {
		if strings.Contains(block, mark) {
			found = append(found, block)
		}
	}
	if len(found) != 1 {
		b.Fatalf("README.md has %d blocks of code with %q, expected one", len(found), mark)
	}
	return found[0]
}

// runs says what the program, which starts its server from the bench's directory, prints.
func (b *bench) runs(program string) string {
	b.Helper()
	out, err := b.try(b.path(program))
	if err != nil {
		b.Fatal(err)
	}
	return out
}

func TestTheReadmesTourPrintsWhatItSays(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write("people.hpp", b.theBlock("class RINGCALL_SERVICE registry"))
	b.write("people-server.cpp", b.theBlock("class my_registry"))
	b.write("program/main.go", b.theBlock("StartRegistry(ctx"))
	_, command, _ := strings.Cut(b.theBlock("ringcall-gen people.hpp"), "ringcall-gen ")
	command, _, _ = strings.Cut(command, "\n")
	if _, err := b.try(b.generator, strings.Fields(strings.ReplaceAll(command, "client/", "program/"))...); err != nil {
		t.Fatal(err)
	}
	b.build("client", "people-server", "-I.", "-Werror")

	out := b.runs("client")
	wanted := regexp.QuoteMeta(b.theBlock("too_young: expected 18"))
	wanted = strings.ReplaceAll(wanted, `0x\.\.\.`, `0x[0-9a-f]+`)
	if !regexp.MustCompile(`\A` + wanted + `\z`).MatchString(out) {
		t.Fatalf("it printed\n%s\nand README.md says\n%s", out, b.theBlock("too_young: expected 18"))
	}
}

func TestTheReadmesRawCallsWork(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write("calc-server.cpp", b.theBlock(`server{"calc"}`))
	b.write("program/main.go", b.theBlock(`exec.Command("./calc-server")`))
	b.build("calc", "calc-server", "-Werror")

	const wanted = "7 <nil>\nretal detiawa ,won detrats <nil>\n7 <nil>\n4096 <nil>\n7 nothing to reverse\n"
	if out := b.runs("calc"); out != wanted {
		t.Fatalf("it printed\n%s\nexpected\n%s", out, wanted)
	}
}
