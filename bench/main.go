// Command bench measures ringcall beside what it is compared with, in one run, window by window. See README.md.
package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ringcall/ringcall/bench/internal/report"
)

const (
	exitDone       = 0
	exitNotReached = 1 // also: a wrong answer, a peer that failed
	exitUsage      = 2 // also: it could not start, or was interrupted
)

type settings struct {
	servers, commit, json string
	pin, list             bool
	laps                  int
	filters               []string
}

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
	code, err := run(s)
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
	// tools/bench sets these two: where the C++ programs are, and what is measured. usage.txt describes the others.
	flags.StringVar(&s.servers, "servers", "", "")
	flags.StringVar(&s.commit, "commit", "", "")
	flags.StringVar(&s.json, "json", "", "")
	quick := flags.Bool("quick", false, "")
	flags.BoolVar(&s.pin, "pin", true, "")
	flags.BoolVar(&s.list, "list", false, "")
	flags.IntVar(&s.laps, "windows", 0, "")
	if err := flags.Parse(arguments); err != nil {
		return s, err
	}
	s.filters = flags.Args()
	if s.laps < 0 {
		err = fmt.Errorf("-windows is %d, want at least 1", s.laps)
		fmt.Fprintln(flags.Output(), err)
		return s, err
	}
	if s.laps == 0 {
		s.laps = 400
		if *quick {
			s.laps = 60
		}
	}
	return s, nil
}

func run(s settings) (code int, err error) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt, syscall.SIGTERM)
	started := time.Now()
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
		for _, row := range b.rows {
			fmt.Printf("%-26s %s\n", row.Name, row.What)
		}
		return exitDone, nil
	}
	result, err := b.measure(stop)
	if errors.Is(err, errInterrupted) {
		return exitUsage, err
	}
	if err != nil {
		return exitNotReached, err
	}
	result.Started = started
	if err := result.Text(os.Stdout); err != nil {
		return exitUsage, err
	}
	if err := save(s.json, result); err != nil {
		return exitUsage, err
	}
	for _, target := range result.Targets {
		if target.Verdict == report.NotReached {
			return exitNotReached, nil
		}
	}
	return exitDone, nil
}

func save(path string, result report.Report) error {
	if path == "" {
		return nil
	}
	text, err := json.Marshal(result)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
