package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// wants compares counts; text must stand somewhere in the failures or skips.
func wants(t *testing.T, r result, passed, failed, skipped int, text string) {
	t.Helper()
	if r.Passed != passed || r.Failed != failed || r.Skipped != skipped {
		t.Errorf("%d passed, %d failed, %d skipped; not %d, %d, %d\n%+v", r.Passed, r.Failed, r.Skipped, passed, failed, skipped, r)
	}
	all, _ := json.Marshal(r)
	if !strings.Contains(string(all), text) {
		t.Errorf("%q is missing in %s", text, all)
	}
	if r.Failed < len(r.Failures) || r.Failed > 0 && len(r.Failures) == 0 {
		t.Errorf("%d failed, %d shown", r.Failed, len(r.Failures))
	}
}

const began = "[doctest] doctest version is \"2.4.9\"\n[doctest] run with \"--help\" for options\n"

func totals(text string) string {
	return began + "===\n[doctest] test cases: " + text + "\n[doctest] assertions: 9 | 9 passed | 0 failed |\n[doctest] Status: SUCCESS!\n"
}

func TestMesonTestsCountTheirCases(t *testing.T) {
	filtered := []string{"./unit", "-ts=ring"}
	for name, c := range map[string]struct {
		tests                   []mesonTest
		passed, failed, skipped int
		text                    string
	}{
		"doctest passes":                  {[]mesonTest{{Result: "OK", Stdout: totals("12 | 12 passed | 0 failed | 0 skipped")}}, 12, 0, 0, ""},
		"doctest in colour":               {[]mesonTest{{Result: "OK", Stdout: "\x1b[0;36m[doctest] \x1b[0mtest cases: \x1b[0m 3 | \x1b[0;32m3 passed\x1b[0m | 0 failed\x1b[0m |"}}, 3, 0, 0, ""},
		"doctest in XML":                  {[]mesonTest{{Result: "OK", Stdout: "<?xml?>\n<doctest binary=\"u\">\n<OverallResultsTestCases successes=\"4\" failures=\"0\" skipped=\"1\"/>\n</doctest>"}}, 4, 0, 1, "marked"},
		"a case fails":                    {[]mesonTest{{Name: "unit", Result: "FAIL", Stdout: totals("12 | 10 passed | 2 failed | 0 skipped")}}, 10, 2, 0, "2 of 12"},
		"a case fails, exit status 0":     {[]mesonTest{{Result: "OK", Stdout: totals("2 | 1 passed | 1 failed |")}}, 1, 1, 0, ""},
		"two runs in one test":            {[]mesonTest{{Result: "OK", Stdout: totals("2 | 2 passed | 0 failed |") + totals("3 | 3 passed | 0 failed |")}}, 5, 0, 0, ""},
		"two tests":                       {[]mesonTest{{Result: "OK"}, {Result: "OK", Stdout: totals("3 | 3 passed | 0 failed |")}}, 4, 0, 0, ""},
		"a skipped case":                  {[]mesonTest{{Result: "OK", Stdout: totals("3 | 2 passed | 0 failed | 1 skipped")}}, 2, 0, 1, "marked"},
		"cases that a filter leaves out":  {[]mesonTest{{Result: "OK", Command: filtered, Stdout: totals("2 | 2 passed | 0 failed | 9 skipped")}}, 2, 0, 0, ""},
		"a filter that leaves none":       {[]mesonTest{{Result: "OK", Command: filtered, Stdout: totals("0 | 0 passed | 0 failed | 9 skipped")}}, 0, 1, 0, "ran no test case"},
		"a sanitizer's word after totals": {[]mesonTest{{Result: "FAIL", Stdout: totals("3 | 3 passed | 0 failed |"), Stderr: "LeakSanitizer: leaks"}}, 3, 1, 0, "LeakSanitizer"},
		"a crash":                         {[]mesonTest{{Name: "unit", Result: "FAIL", Stdout: began, Stderr: "killed by signal 11 SIGSEGV"}}, 0, 1, 0, "SIGSEGV"},
		"an early exit with status 0":     {[]mesonTest{{Result: "OK", Stdout: began}}, 0, 1, 0, "exited early"},
		"a time-out":                      {[]mesonTest{{Result: "TIMEOUT", Stdout: began}}, 0, 1, 0, "TIMEOUT"},
		"a time-out after a failed case":  {[]mesonTest{{Result: "TIMEOUT", Stdout: totals("2 | 1 passed | 1 failed |")}}, 1, 2, 0, "TIMEOUT"},
		"a program that cannot start":     {[]mesonTest{{Result: "ERROR"}}, 0, 1, 0, "ERROR"},
		"interrupted":                     {[]mesonTest{{Result: "INTERRUPT"}}, 0, 1, 0, "INTERRUPT"},
		"an unexpected pass":              {[]mesonTest{{Result: "UNEXPECTEDPASS"}}, 0, 1, 0, "UNEXPECTEDPASS"},
		"an expected failure":             {[]mesonTest{{Result: "EXPECTEDFAIL"}}, 1, 0, 0, ""},
		"exit status 77":                  {[]mesonTest{{Result: "SKIP", Stdout: "needs two cores\n"}}, 0, 0, 1, "needs two cores"},
		"a program without doctest":       {[]mesonTest{{Result: "OK", Stdout: "fine"}}, 1, 0, 0, ""},
		"nothing":                         {nil, 0, 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var log strings.Builder
			for _, test := range c.tests {
				line, _ := json.Marshal(test)
				log.Write(append(line, '\n'))
			}
			path := filepath.Join(t.TempDir(), "testlog.json")
			os.WriteFile(path, []byte(log.String()), 0o644)
			wants(t, countMeson(path), c.passed, c.failed, c.skipped, c.text)
		})
	}
}

func TestATestlogThatIsNoneFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "testlog.json")
	os.WriteFile(path, []byte(`{"name": "half`), 0o644)
	wants(t, countMeson(path), 0, 1, 0, "testlog.json")
}

// goLog writes one event a line from "action test [output]".
func goLog(events ...string) string {
	var log strings.Builder
	for _, e := range events {
		part := append(strings.SplitN(e, " ", 3), "", "")
		line, _ := json.Marshal(event{Action: part[0], Package: "p", Test: strings.Trim(part[1], "-"), Output: part[2]})
		log.Write(append(line, '\n'))
	}
	return log.String()
}

func TestGoCountsLeafTests(t *testing.T) {
	for name, c := range map[string]struct {
		log                     string
		passed, failed, skipped int
		text                    string
	}{
		"a test":                            {goLog("start -", "run A", "pass A", "pass -"), 1, 0, 0, ""},
		"subtests without their parent":     {goLog("run A", "run A/x", "run A/y", "pass A/x", "pass A/y", "pass A", "pass -"), 2, 0, 0, ""},
		"three levels":                      {goLog("run A", "run A/x", "run A/x/1", "pass A/x/1", "pass A/x", "pass A", "pass -"), 1, 0, 0, ""},
		"a subtest whose name has a slash":  {goLog("run A", "run A/x/y", "pass A/x/y", "pass A", "pass -"), 1, 0, 0, ""},
		"a failed subtest":                  {goLog("run A", "run A/x", "run A/y", "output A/x why", "fail A/x", "pass A/y", "fail A", "fail -"), 1, 1, 0, "why"},
		"a parent that fails by itself":     {goLog("run A", "run A/x", "pass A/x", "output A itself", "fail A", "fail -"), 1, 1, 0, "itself"},
		"a skip":                            {goLog("run A", "output A     a_test.go:9: needs root\n", "skip A", "pass -"), 0, 0, 1, "needs root"},
		"a skip in a subtest":               {goLog("run A", "run A/x", "output A/x     a_test.go:9: no: never\n", "skip A/x", "pass A", "pass -"), 0, 0, 1, "no: never"},
		"a package that fails to build":     {"# p\n./a.go:1: undefined: x\n" + goLog("start -", "output - FAIL p [build failed]\n", "fail -"), 0, 1, 0, "undefined: x"},
		"one that fails to build, Go 1.24":  {`{"ImportPath":"p [p.test]","Action":"build-output","Output":"./a.go:1: undefined: y\n"}` + "\n" + goLog("start -", "fail -"), 0, 1, 0, "undefined: y"},
		"a package that fails after all":    {goLog("run A", "pass A", "output - exit status 3\n", "fail -"), 1, 1, 0, "exit status 3"},
		"a test that never ended":           {goLog("run A", "pass A", "run B", "output B panic: out", "fail -"), 1, 1, 0, "panic: out"},
		"an exit that go takes for success": {goLog("run A", "run B", "pass A", "pass -"), 1, 1, 0, "never ended"},
		"a subtest that never ended":        {goLog("run A", "run A/x", "output A/x panic: timed out", "fail A", "fail -"), 0, 1, 0, "timed out"},
		"killed from outside":               {goLog("start -"), 0, 1, 0, "never ended"},
		"a package without tests":           {goLog("start -", "output - ?   p [no test files]\n", "skip -"), 0, 0, 0, ""},
		"nothing":                           {"", 0, 0, 0, ""},
		"text that is no event":             {"{}\n[]\nnull\n\"x\"\n{\"Action\":7}\n" + goLog("run A", "pass A", "pass -"), 1, 0, 0, ""},
	} {
		t.Run(name, func(t *testing.T) { wants(t, countGo(strings.NewReader(c.log)), c.passed, c.failed, c.skipped, c.text) })
	}
}
