package lessons

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The generated code is committed; it must be what the generator makes of the header. "go generate ./..." makes it anew.
func TestTheGeneratedCodeIsUpToDate(t *testing.T) {
	generator := os.Getenv("RINGCALL_GENERATOR")
	if generator == "" {
		t.Skip("RINGCALL_GENERATOR does not name ringcall-gen; tools/test lessons sets it")
	}
	sources, err := filepath.Glob("*/main.go")
	if err != nil || len(sources) != 5 {
		t.Fatalf("%q, %v: expected five lessons", sources, err)
	}
	for _, source := range sources {
		t.Run(filepath.Dir(source), func(t *testing.T) {
			cmd := exec.Command(generator, append(arguments(t, source), "--check")...)
			cmd.Dir = filepath.Dir(source)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %v\n%s", cmd.Args, err, out)
			}
		})
	}
}

// arguments are those of the go:generate line.
func arguments(t *testing.T, source string) []string {
	t.Helper()
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n//go:generate ringcall-gen ")
	line, _, _ := strings.Cut(rest, "\n")
	if !found {
		t.Fatalf("%s has no go:generate line for ringcall-gen", source)
	}
	return strings.Fields(line)
}
