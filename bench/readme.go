package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ringcall/ringcall/bench/internal/report"
)

// rewriteReadme puts the figures of a saved run below top into top/README.md.
func rewriteReadme(top, saved string) error {
	run, err := report.Load(saved)
	if err != nil {
		return err
	}
	name, err := nameBelow(top, saved)
	if err != nil {
		return err
	}
	path := filepath.Join(top, "README.md")
	readme, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	begin, end, _, err := report.FindFigures(string(readme))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	text := string(readme[:begin]) + run.Figures(name) + string(readme[end:])
	return os.WriteFile(path, []byte(text), 0o644)
}

// checkReadme returns an error unless the figures of top/README.md are those of the saved run that they name.
func checkReadme(top string) error {
	path := filepath.Join(top, "README.md")
	readme, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	begin, end, name, err := report.FindFigures(string(readme))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	run, err := report.Load(filepath.Join(top, name))
	if err != nil {
		return err
	}
	want := strings.Split(run.Figures(name), "\n")
	got := strings.Split(string(readme[begin:end]), "\n")
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			return fmt.Errorf("%s and %s disagree: line %d of the figures is %q, want %q; tools/bench --readme %s writes them anew", path, name, i+1, at(got, i), at(want, i), name)
		}
	}
	return nil
}

func at(lines []string, i int) string {
	if i >= len(lines) {
		return "missing"
	}
	return lines[i]
}

func nameBelow(top, file string) (string, error) {
	absoluteTop, err := filepath.Abs(top)
	if err != nil {
		return "", err
	}
	absolute, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	name, err := filepath.Rel(absoluteTop, absolute)
	if err == nil && strings.HasPrefix(name, "..") {
		err = errors.New(file + " is outside the project: put the run below bench/runs")
	}
	return filepath.ToSlash(name), err
}
