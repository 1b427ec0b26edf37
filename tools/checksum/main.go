// checksum is ringcall's demo: a C++ server hashes every word and sums every block of a tree of files, and every answer is checked.
// tools/demo builds and starts it; its --help tells the options.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/ringcall/ringcall/go"
)

const (
	exitOK          = 0
	exitFailed      = 1 // a wrong answer, or something broke
	exitUsage       = 2 // nothing was done: the arguments or the tree will not do
	exitInterrupted = 130
)

type settings struct {
	server  string
	dir     string
	json    bool
	seconds float64 // for the modes that are limited
	corrupt uint64  // the answer that the server is to spoil, for tests
}

func parse(arguments []string) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("checksum", flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	flags.Usage = func() { fmt.Fprintln(os.Stderr, "see tools/demo --help") }
	flags.StringVar(&s.server, "server", "", "")
	flags.StringVar(&s.dir, "default", "", "")
	flags.BoolVar(&s.json, "json", false, "")
	flags.Float64Var(&s.seconds, "seconds", 20, "")
	flags.Uint64Var(&s.corrupt, "corrupt", 0, "")
	if err := flags.Parse(arguments); err != nil {
		return s, err
	}
	if flags.NArg() == 1 {
		s.dir = flags.Arg(0)
	}
	if flags.NArg() > 1 || s.dir == "" || s.server == "" {
		return s, fmt.Errorf("one directory is expected, after the options, not %q; see tools/demo --help", flags.Args())
	}
	if s.seconds <= 0 {
		return s, fmt.Errorf("--seconds is to be more than 0, not %v", s.seconds)
	}
	return s, nil
}

func main() {
	s, err := parse(os.Args[1:])
	if err != nil {
		complain(err)
		os.Exit(exitUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(s.run(ctx))
}

func complain(err error) { fmt.Fprintln(os.Stderr, "demo:", err) }

func (s settings) run(ctx context.Context) int {
	found, err := findFiles(s.dir)
	if err != nil {
		complain(err)
		return exitUsage
	}
	fmt.Fprintf(os.Stderr, "%s: %s files, %s\n", found.root, count(int64(len(found.files))), size(found.bytes))

	before := usageNow()
	progress := newMeter(os.Stderr, found.bytes)
	client, err := s.start(ctx)
	if err != nil {
		return s.finish(ctx, report{}, fmt.Errorf("cannot start the server: %w", err))
	}
	modes := append(ringcallModes(client), cgoModes()...)
	modes = append(modes, mode{name: "pure Go", run: reference})
	work := job{tree: found, modes: modes, budget: time.Duration(s.seconds / float64(kinds) * float64(time.Second)), progress: progress.show}
	begin := time.Now()
	err = work.run(ctx)
	spent := time.Since(begin)
	progress.end()
	if closed := client.Close(); err == nil && closed != nil {
		err = fmt.Errorf("closing the client: %w", closed)
	}
	r := work.report(spent, err)
	r.Busy = busyNote(before, usageNow()) // the server has ended by now, so its time is known
	return s.finish(ctx, r, err)
}

func (s settings) start(ctx context.Context) (*ringcall.Client, error) {
	var arguments []string
	if s.corrupt > 0 {
		arguments = []string{"--corrupt", strconv.FormatUint(s.corrupt, 10)}
	}
	return startServer(ctx, s.server, arguments, func(line string) { fmt.Fprintf(os.Stderr, "server: %s\n", line) })
}

// finish prints the report and what was wrong, and returns the exit code.
func (s settings) finish(ctx context.Context, r report, failure error) int {
	if s.json && r.Sections != nil {
		if err := r.writeJSON(os.Stdout); err != nil {
			complain(err)
			return exitFailed
		}
	}
	var wrong *mismatch
	switch {
	case errors.As(failure, &wrong):
		complain(failure)
		return exitFailed
	case ctx.Err() != nil:
		fmt.Fprintf(os.Stderr, "demo: interrupted after %.1f s; all %s answers until then were right\n", r.Seconds, count(r.Checked))
		return exitInterrupted
	case failure != nil:
		complain(failure)
		return exitFailed
	}
	if !s.json {
		r.writeTable(os.Stdout)
		fmt.Printf("All %s answers right, in %.1f s.\n%s", count(r.Checked), r.Seconds, r.Busy)
	}
	return exitOK
}
