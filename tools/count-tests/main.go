// count-tests runs the steps of tools/test and counts real test cases: doctest's own counts and the leaf tests of go test -json. A crash,
// a time-out, a build that fails and a suite that ran no test are failures.
//
//	count-tests run --into FILE --suite NAME --kind check|meson|go --log FILE [--limit 5m] [--testlog FILE] -- COMMAND...
//	count-tests sum FILE
//
// run appends one result to FILE, prints it, and exits 1 if anything failed; sum prints all results by suite and, last, the totals.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	if len(os.Args) < 2 {
		usage(fmt.Errorf("run or sum is expected"))
	}
	switch os.Args[1] {
	case "run":
		run(os.Args[2:])
	case "sum":
		sum(os.Args[2:])
	default:
		usage(fmt.Errorf("%q is neither run nor sum", os.Args[1]))
	}
}

func usage(err error) {
	fmt.Fprintln(os.Stderr, "count-tests:", err)
	os.Exit(exitUsage)
}

func run(arguments []string) {
	var s step
	var into string
	flags := flag.NewFlagSet("run", flag.ExitOnError)
	flags.StringVar(&into, "into", "", "file to append the result to")
	flags.StringVar(&s.suite, "suite", "", "the suite's name")
	flags.StringVar(&s.kind, "kind", "check", "check: only the exit status counts; meson: a testlog.json; go: go test -json on standard output")
	flags.StringVar(&s.log, "log", "", "file for the command's output")
	flags.StringVar(&s.testlog, "testlog", "", "meson's testlog.json")
	flags.DurationVar(&s.limit, "limit", 10*time.Minute, "how long the command may take")
	flags.Parse(arguments)
	s.command = flags.Args()
	if into == "" || s.suite == "" || s.log == "" || len(s.command) == 0 || counters[s.kind] == nil {
		usage(fmt.Errorf("run: --into, --suite, --log, a known --kind and a command are expected"))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	announce(os.Stdout, s.suite)
	r := s.run(ctx)
	if err := r.appendTo(into); err != nil {
		usage(err)
	}
	r.print(os.Stdout)
	switch {
	case ctx.Err() != nil:
		os.Exit(exitInterrupted)
	case len(r.Failures) > 0:
		os.Exit(exitFailed)
	}
}

func sum(arguments []string) {
	if len(arguments) != 1 {
		usage(fmt.Errorf("sum: one file is expected"))
	}
	results, err := readResults(arguments[0])
	if err != nil {
		usage(err)
	}
	if !printSummary(os.Stdout, results) {
		os.Exit(exitFailed)
	}
}
