package calls

import (
	"bytes"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// features are the folders with a golden: those that hold a header of their own name.
func features(t *testing.T) []string {
	t.Helper()
	folders, err := filepath.Glob("../*")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, folder := range folders {
		feature := filepath.Base(folder)
		if _, err := os.Stat(filepath.Join(folder, feature+".hpp")); err == nil {
			found = append(found, feature)
		}
	}
	if len(found) == 0 {
		t.Fatal("expected folders with a header of the same name, found none")
	}
	return found
}

// program is what a variable of the environment names; the test is skipped without it.
func program(t testing.TB, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skip(variable + " is not set: tools/test sets it where the generator can be built")
	}
	return path
}

// files are those in a feature's folder whose name ends so, without that end.
func files(t *testing.T, feature, end string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("..", feature, "*"+end))
	if err != nil || len(found) == 0 {
		t.Fatalf("expected files with the end %s, found none: %v", end, err)
	}
	for i := range found {
		found[i] = strings.TrimSuffix(found[i], end)
	}
	return found
}

func TestGolden(t *testing.T) {
	generator := program(t, "RINGCALL_GENERATOR")
	for _, feature := range features(t) {
		for _, stem := range files(t, feature, ".hpp") {
			if strings.HasSuffix(stem, ".ringcall") {
				continue
			}
			t.Run(feature+"/"+filepath.Base(stem)+" comes out as it is kept", func(t *testing.T) {
				command := exec.Command(generator, stem+".hpp", "-I", "../../../include", "--go", stem+".go", "--package", feature, "--check")
				if out, err := command.CombinedOutput(); err != nil {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
	}
}

func TestGoldenOfSeveralHeaders(t *testing.T) {
	command := exec.Command(program(t, "RINGCALL_GENERATOR"), "money.hpp", "deposits.hpp", "payouts.hpp", "-I", "../../../include",
		"--cpp", "together.ringcall.hpp", "--go", "together.go", "--package", "together", "--check")
	command.Dir = "../together"
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func TestGeneratedGo(t *testing.T) {
	for _, feature := range append(features(t), "together") {
		for _, stem := range files(t, feature, ".go") {
			t.Run(feature+"/"+filepath.Base(stem)+" is formatted", func(t *testing.T) {
				source, err := os.ReadFile(stem + ".go")
				if err != nil {
					t.Fatal(err)
				}
				formatted, err := format.Source(source)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(source, formatted) {
					t.Error("gofmt would change it; run gofmt -d to see what")
				}
			})
		}
	}
	t.Run("vet has nothing to say", func(t *testing.T) {
		vet := exec.Command("go", "vet", "./...")
		vet.Dir = ".."
		if out, err := vet.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, out)
		}
	})
}
