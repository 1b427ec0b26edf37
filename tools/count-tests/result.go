package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// note is a case that failed with its output, or one that was skipped with the reason.
type note struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

type result struct {
	Suite    string  `json:"suite"`
	Seconds  float64 `json:"seconds"`
	Passed   int     `json:"passed"`
	Failed   int     `json:"failed"` // at least one for each of Failures
	Skipped  int     `json:"skipped"`
	Failures []note  `json:"failures,omitempty"`
	Skips    []note  `json:"skips,omitempty"`
}

func (r *result) fail(name, text string) {
	r.Failed++
	r.Failures = append(r.Failures, note{name, text})
}

func (r *result) skip(name, reason string) {
	r.Skipped++
	r.Skips = append(r.Skips, note{name, reason})
}

func (r *result) add(other result) {
	r.Passed += other.Passed
	r.Failed += other.Failed
	r.Skipped += other.Skipped
	r.Seconds += other.Seconds
	r.Failures = append(r.Failures, other.Failures...)
	r.Skips = append(r.Skips, other.Skips...)
}

func (r result) appendTo(path string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer file.Close()
	return json.NewEncoder(file).Encode(r)
}

func readResults(path string) ([]result, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var results []result
	for decoder := json.NewDecoder(bufio.NewReader(file)); ; {
		var r result
		if err := decoder.Decode(&r); err == io.EOF {
			return results, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		results = append(results, r)
	}
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}

// announce shows on a terminal what runs; print writes over it.
func announce(out *os.File, suite string) {
	if isTerminal(out) {
		fmt.Fprintf(out, "%-10s ...\r", suite)
	}
}

func (r result) print(out io.Writer) {
	for _, failure := range r.Failures {
		fmt.Fprintf(out, "FAILED %s: %s\n", r.Suite, failure.Name)
		for _, line := range strings.Split(strings.TrimSpace(failure.Text), "\n") {
			fmt.Fprintf(out, "    %s\n", line)
		}
	}
	if r.Passed+r.Failed+r.Skipped > 0 {
		fmt.Fprintln(out, r.line())
	}
}

func (r result) line() string {
	return fmt.Sprintf("%-10s %6d passed %4d failed %4d skipped %7.1f s", r.Suite, r.Passed, r.Failed, r.Skipped, r.Seconds)
}

// printSummary tells each suite's results, what was skipped and why, what failed, and ends with the line that counts. It reports whether
// something passed and nothing failed.
func printSummary(out io.Writer, results []result) bool {
	var total result
	var order []string
	suites := map[string]*result{}
	for _, r := range results {
		if suites[r.Suite] == nil {
			order = append(order, r.Suite)
			suites[r.Suite] = &result{Suite: r.Suite}
		}
		suites[r.Suite].add(r)
		total.add(r)
	}
	fmt.Fprintln(out)
	for _, suite := range order {
		fmt.Fprintln(out, suites[suite].line())
	}
	for _, suite := range order {
		for _, skip := range suites[suite].Skips {
			fmt.Fprintf(out, "skipped %s: %s: %s\n", suite, skip.Name, skip.Text)
		}
	}
	for _, suite := range order {
		for _, failure := range suites[suite].Failures {
			fmt.Fprintf(out, "failed %s: %s\n", suite, failure.Name)
		}
	}
	if total.Passed == 0 && total.Failed == 0 {
		fmt.Fprintln(out, "failed: no test ran at all")
		total.Failed = 1
	}
	fmt.Fprintf(out, "%d passed, %d failed", total.Passed, total.Failed)
	if total.Skipped > 0 {
		fmt.Fprintf(out, ", %d skipped", total.Skipped)
	}
	fmt.Fprintln(out)
	return total.Failed == 0
}
