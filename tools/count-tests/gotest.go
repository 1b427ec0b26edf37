package main

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
)

// event is a line of go test -json.
type event struct {
	Action, Package, Test, Output, ImportPath string
}

// testRun is one Go test, or a package's own line of events if its name is empty.
type testRun struct {
	pkg, name  string
	outcome    string // pass, fail, skip; empty: it never ended
	output     strings.Builder
	isParent   bool
	failsBelow bool
}

// countGo counts the leaf tests in the output of go test -json. A parent counts only when it failed and none of its subtests did; a package only
// when it failed and none of its tests did (a build failure, a crash outside tests, a time-out). A test that never ended has failed.
func countGo(output io.Reader) result {
	runs := map[[2]string]*testRun{}
	var order []*testRun
	at := func(pkg, name string) *testRun {
		key := [2]string{pkg, name}
		if runs[key] == nil {
			runs[key] = &testRun{pkg: pkg, name: name}
			order = append(order, runs[key])
		}
		return runs[key]
	}
	var loose strings.Builder // what the compiler and the go command said
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadString('\n')
		if line == "" && err != nil {
			break
		}
		var e event
		if json.Unmarshal([]byte(line), &e) != nil || e.Action == "" {
			loose.WriteString(line)
			continue
		}
		switch e.Action {
		case "output":
			at(e.Package, e.Test).output.WriteString(e.Output)
		case "build-output":
			loose.WriteString(e.Output)
		case "run", "start":
			at(e.Package, e.Test)
		case "pass", "fail", "skip":
			at(e.Package, e.Test).outcome = e.Action
		}
	}
	return countRuns(runs, order, loose.String())
}

func countRuns(runs map[[2]string]*testRun, order []*testRun, loose string) result {
	for _, t := range order {
		failed := t.outcome == "fail" || t.outcome == "" && t.name != ""
		for name := t.name; name != ""; {
			name = parent(name)
			if above := runs[[2]string{t.pkg, name}]; above != nil {
				above.isParent = true
				above.failsBelow = above.failsBelow || failed
			}
		}
	}
	var r result
	for _, t := range order {
		name := strings.TrimSuffix(t.pkg+" "+t.name, " ")
		if t.name == "" {
			t.output.WriteString(loose)
		}
		switch {
		case t.outcome == "fail" && !t.failsBelow:
			r.fail(name, lastLines(t.output.String(), 80))
		case t.outcome == "" && !t.failsBelow:
			r.fail(name, "never ended: a crash, an exit or a time-out\n"+lastLines(t.output.String(), 80))
		case t.name == "" || t.isParent:
		case t.outcome == "skip":
			r.skip(name, reason(t.output.String()))
		case t.outcome == "pass":
			r.Passed++
		}
	}
	return r
}

func parent(name string) string {
	if at := strings.LastIndexByte(name, '/'); at >= 0 {
		return name[:at]
	}
	return ""
}

// reason is the text of t.Skip: "    file_test.go:12: why".
func reason(output string) string {
	for _, line := range strings.Split(output, "\n") {
		_, text, found := strings.Cut(line, "_test.go:")
		if !found || !strings.HasPrefix(line, "    ") {
			continue
		}
		if _, why, found := strings.Cut(text, ": "); found {
			return why
		}
	}
	return "no reason given"
}
