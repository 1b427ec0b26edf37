// Command bench measures ringcall beside what it is compared with, in one run, window by window. See README.md.
package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/ringcall/ringcall/bench/internal/latency"
	"github.com/ringcall/ringcall/bench/internal/report"
)

const (
	exitDone       = 0
	exitNotReached = 1 // also: a wrong answer, a peer that failed; with --compare: something regressed
	exitUsage      = 2 // also: it could not start or compare, or was interrupted
)

type settings struct {
	servers, commit, top, json, out, save, readme string
	pin, list, compare                            bool
	laps, slices                                  int
	limit                                         time.Duration
	rates                                         []int
	filters                                       []string
}

// A full run takes as long as its rows need; a quick one is done in less than two minutes, whatever the rows.
const (
	fullLaps, quickLaps     = 400, 60
	quickLimit              = 45 * time.Second
	fullSlices, quickSlices = 40, 4
	slice                   = 250 * time.Millisecond // of an open loop
)

// The rates of the open loops: one at which both sides go to sleep between calls, one at which ringcall stays awake.
var rates = []int{2000, 40000}

//go:embed usage.txt
var usage string

func main() {
	s, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(exitDone)
	case err != nil:
		os.Exit(exitUsage)
	}
	code, err := act(s)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	os.Exit(code)
}

func parse(arguments []string) (s settings, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), usage)
	}
	// tools/bench sets these three: where the C++ programs are, what is measured, and the project's root. usage.txt describes the others.
	flags.StringVar(&s.servers, "servers", "", "")
	flags.StringVar(&s.commit, "commit", "", "")
	flags.StringVar(&s.top, "top", ".", "")
	flags.StringVar(&s.json, "json", "", "")
	flags.StringVar(&s.out, "out", "", "")
	flags.StringVar(&s.save, "save", "", "")
	flags.StringVar(&s.readme, "readme", "", "")
	quick := flags.Bool("quick", false, "")
	full := flags.Bool("full", false, "")
	rate := flags.Int("rate", 0, "")
	flags.BoolVar(&s.pin, "pin", true, "")
	flags.BoolVar(&s.list, "list", false, "")
	flags.BoolVar(&s.compare, "compare", false, "")
	flags.IntVar(&s.laps, "windows", 0, "")
	if err := flags.Parse(arguments); err != nil {
		return s, err
	}
	s.filters = flags.Args()
	if s.compare && len(s.filters) >= 2 {
		// What follows the two files: options, which the flag package leaves alone behind its first other argument.
		files := s.filters[:2]
		if err := flags.Parse(s.filters[2:]); err != nil {
			return s, err
		}
		s.filters = append(files, flags.Args()...)
	}
	switch {
	case s.laps < 0:
		err = fmt.Errorf("--windows is %d, want at least 1", s.laps)
	case *rate < 0 || *rate > int(time.Second/time.Microsecond):
		err = fmt.Errorf("--rate is %d, want 1 to 1000000 calls a second", *rate)
	case *quick && *full:
		err = errors.New("--quick and --full: want one of them")
	case s.compare && len(s.filters) != 2:
		err = fmt.Errorf("--compare got %d files, want the old run and the new one", len(s.filters))
	}
	if err != nil {
		fmt.Fprintln(flags.Output(), err)
		return s, err
	}
	laps := fullLaps
	s.slices = fullSlices
	if *quick {
		laps, s.slices, s.limit = quickLaps, quickSlices, quickLimit
	}
	if s.laps == 0 {
		s.laps = laps
	}
	s.rates = rates
	if *rate > 0 {
		s.rates = []int{*rate}
	}
	return s, nil
}

func act(s settings) (code int, err error) {
	switch {
	case s.compare:
		return compareRuns(s)
	case s.readme != "":
		if err := rewriteReadme(s.top, s.readme); err != nil {
			return exitUsage, err
		}
		return exitDone, nil
	default:
		return run(s)
	}
}

func run(s settings) (code int, err error) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	b, err := open(s)
	if err != nil {
		return exitUsage, err
	}
	defer func() {
		// A peer that ends badly makes the whole run doubtful.
		if closed := b.close(); closed != nil && err == nil {
			code, err = exitNotReached, closed
		}
	}()
	if s.list {
		b.list()
		return exitDone, nil
	}
	result, recordings, err := b.measure(stop)
	if errors.Is(err, errInterrupted) {
		return exitUsage, err
	}
	if err != nil {
		return exitNotReached, err
	}
	if err := result.Text(os.Stdout); err != nil {
		return exitUsage, err
	}
	if err := write(s, result, recordings); err != nil {
		return exitUsage, err
	}
	for _, target := range result.Targets {
		if target.Verdict == report.NotReached {
			return exitNotReached, nil
		}
	}
	return exitDone, nil
}

// write puts the run into the files that were asked for.
func write(s settings, result report.Report, recordings []*latency.Recording) error {
	if s.json != "" {
		if err := result.Save(s.json); err != nil {
			return err
		}
	}
	if s.save != "" {
		compact := result.Compact()
		if err := compact.Save(s.save); err != nil {
			return err
		}
	}
	if s.out == "" {
		return nil
	}
	latencies := filepath.Join(s.out, "latency")
	if err := os.MkdirAll(latencies, 0o755); err != nil {
		return err
	}
	if err := result.WriteAll(s.out); err != nil {
		return err
	}
	return report.WritePercentiles(latencies, recordings)
}
