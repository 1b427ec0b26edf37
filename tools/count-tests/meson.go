package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// mesonTest is a line of meson's testlog.json.
type mesonTest struct {
	Name    string   `json:"name"`
	Stdout  string   `json:"stdout"`
	Stderr  string   `json:"stderr"`
	Result  string   `json:"result"`
	Command []string `json:"command"`
}

// countMeson counts the cases in a testlog.json: doctest's own, else the test as one. A file that is missing or holds nothing counts as nothing,
// one that cannot be read as a failure.
func countMeson(path string) result {
	var r result
	file, err := os.Open(path)
	if err != nil {
		return r
	}
	defer file.Close()
	for decoder := json.NewDecoder(file); ; {
		var t mesonTest
		err := decoder.Decode(&t)
		if err == io.EOF {
			return r
		}
		if err != nil {
			r.fail(path, "not meson's testlog.json: "+err.Error())
			return r
		}
		r.add(t.count())
	}
}

func (t mesonTest) count() result {
	var r result
	failed := func(why string) {
		r.fail(t.Name, why+"\n"+lastLines(t.Stdout, 80)+"\n"+lastLines(t.Stderr, 80))
	}
	cases := doctestCases(t.Stdout)
	r.Passed = cases.passed
	if cases.failed > 0 {
		failed(fmt.Sprintf("%d of %d cases failed", cases.failed, cases.passed+cases.failed))
		r.Failed = cases.failed
	}
	if cases.skipped > 0 && !isFiltered(t.Command) {
		r.skip(t.Name, fmt.Sprintf("%d cases are marked to be skipped", cases.skipped))
		r.Skipped = cases.skipped
	}
	switch {
	case t.Result == "SKIP":
		r.skip(t.Name, strings.TrimSpace(lastLines(t.Stdout+t.Stderr, 1)))
	case t.Result == "OK" || t.Result == "EXPECTEDFAIL":
		switch {
		case !cases.isDoctest:
			r.Passed++
		case cases.unfinished:
			failed("doctest began and never reported: it exited early")
		case cases.passed+cases.failed == 0:
			failed("ran no test case")
		}
	case cases.failed == 0 || t.Result != "FAIL":
		failed("meson says " + t.Result)
	}
	return r
}

type doctest struct {
	passed, failed, skipped int
	isDoctest, unfinished   bool
}

var (
	colour    = regexp.MustCompile("\x1b\\[[0-9;]*m")
	console   = regexp.MustCompile(`\[doctest\] test cases:\s*\d+\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|(?:\s*(\d+) skipped)?`)
	xmlTotals = regexp.MustCompile(`<OverallResultsTestCases\s+successes="(\d+)"\s+failures="(\d+)"(?:\s+skipped="(\d+)")?`)
)

// doctestCases reads the totals that doctest's console or XML reporter ends with.
func doctestCases(output string) (d doctest) {
	output = colour.ReplaceAllString(output, "")
	d.isDoctest = strings.Contains(output, "[doctest]") || strings.Contains(output, "<doctest")
	totals := append(console.FindAllStringSubmatch(output, -1), xmlTotals.FindAllStringSubmatch(output, -1)...)
	d.unfinished = d.isDoctest && len(totals) == 0
	for _, total := range totals {
		d.passed += number(total[1])
		d.failed += number(total[2])
		d.skipped += number(total[3])
	}
	return d
}

func number(digits string) int {
	n, _ := strconv.Atoi(digits) // the expressions let digits or nothing through
	return n
}

// isFiltered: doctest counts the cases that its filter leaves out as skipped; they run elsewhere.
func isFiltered(command []string) bool {
	return slices.ContainsFunc(command, func(argument string) bool {
		name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimLeft(argument, "-"), "dt-"), "=")
		return slices.Contains([]string{"tc", "tce", "ts", "tse", "sf", "sfe", "test-case", "test-case-exclude", "test-suite", "test-suite-exclude", "source-file", "source-file-exclude", "f", "l", "first", "last"}, name)
	})
}
