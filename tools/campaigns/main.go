// Package campaigns leads campaigns against a ringcall server: real servers and clients under load, killed, stopped, slowed down, restarted and written into at
// random, and a check of the history of every call. README.md tells how to lead one against handlers of one's own.
package campaigns

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

const usage = `usage: %s [--seed N] [--for 30s | --rounds N] [--json] [--faults LIST] [--round 2s] [--restart] [--keep DIR] [--server COMMAND [--name NAME] [--requests FILE]]

Leads a campaign: real servers and Go clients under load, in processes of their own. By a plan that follows from the seed they are killed (kill -9,
SIGABRT, SIGSEGV, death inside of a handler), stopped and continued, slowed down, restarted, and random bytes are written into the memory that they share. Both
sides note every call, before it begins and after it has ended. Then the histories are compared:

  every call ends, and once                       what never started did not run, then or later
  no success without an execution                 nothing runs twice, nothing runs unasked
  an answer is the right one                      an error has its reason: gone only if a server was ended, corrupt only if somebody wrote
  processes die of what was done to them only     nothing is left behind

  --seed N       of the first round; each further round takes the next number. Default: from the clock
  --for TIME     begins no new round after that (default 30s)
  --rounds N     leads so many rounds instead
  --round TIME   how long a round lasts (default 2s)
  --restart      clients come back by themselves (WithRestart): what never started goes to the next server, and idempotent calls that may have run do, too
  --faults LIST  only these of %s; "" for none
  --json         the report as JSON on standard output
  --keep DIR     where to keep the files of rounds that fail (default: below the directory for temporary files)
  --server C     the command of the server, %s
  --name NAME    the name under which that listens: then clients share one, too; without it each starts one of its own
%s
A violation is told with the history of its calls, the files are kept, and the command is shown that replays the round: the same calls in each goroutine, and the
same faults at the same times. How the processes are interleaved is not the same: replay a few times.
Exit status: 0 every promise was kept; 1 a violation; 2 the arguments will not do, or the campaign could not be led; 130 interrupted.
`

// config is what the command line says.
type config struct {
	program string
	seed    uint64
	lasts   time.Duration
	rounds  int
	round   time.Duration
	kinds   []faultKind
	faults  string // as given
	given   []string
	json    bool
	keep    string
}

// Main leads a campaign against the service by the command line's arguments, and exits. It is all that a program for campaigns of its own has to call, first of
// all: its worker processes are the same program.
func Main(s Service) { os.Exit(run(&s, os.Args, os.Stdout, os.Stderr)) }

func run(s *Service, arguments []string, out, errors io.Writer) int {
	if len(arguments) == 3 {
		if path := os.Getenv(requestsVariable); path != "" {
			s.Methods, _ = readRequests(path) // which was read before
		}
		if os.Getenv(restartVariable) != "" {
			s.withRestart()
		}
		switch arguments[1] {
		case workerArgument:
			return work(s, arguments[2])
		case burnArgument:
			return burn(arguments[2])
		}
	}
	if slices.ContainsFunc(arguments[1:], func(a string) bool { return a == "-h" || a == "-help" || a == "--help" }) {
		(&config{program: programOf(arguments)}).usage(s, out)
		return 0
	}
	c, status := parse(s, arguments, errors)
	if c == nil {
		return status
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return c.lead(ctx, s, out, errors)
}

// parse returns nil and an exit status if there is nothing to lead.
func parse(s *Service, arguments []string, errors io.Writer) (*config, int) {
	c := &config{program: programOf(arguments)}
	flags := flag.NewFlagSet(c.program, flag.ContinueOnError)
	flags.SetOutput(errors)
	command, requests := "", ""
	flags.Uint64Var(&c.seed, "seed", uint64(time.Now().UnixNano()/1000)%1_000_000_000, "")
	flags.DurationVar(&c.lasts, "for", 30*time.Second, "")
	flags.IntVar(&c.rounds, "rounds", 0, "")
	flags.DurationVar(&c.round, "round", roundDefault, "")
	flags.StringVar(&c.faults, "faults", strings.Join(faultNames[:], ","), "")
	flags.BoolVar(&c.json, "json", false, "")
	flags.StringVar(&c.keep, "keep", "", "")
	flags.StringVar(&command, "server", "", "")
	flags.String("name", s.Name, "")
	flags.StringVar(&requests, "requests", "", "")
	restart := flags.Bool("restart", false, "")
	flags.Usage = func() {}
	if err := flags.Parse(arguments[1:]); err != nil { // which it has told
		return nil, 2
	}
	fail := func(err error) (*config, int) {
		fmt.Fprintf(errors, "%s: %v; --help tells more\n", c.program, err)
		return nil, 2
	}
	if flags.NArg() > 0 {
		return fail(fmt.Errorf("expected no argument, found %q", flags.Arg(0)))
	}
	if command != "" {
		s.Server = strings.Fields(command)
		s.Name = "" // that of another server
	}
	flags.Visit(func(f *flag.Flag) {
		if f.Name == "name" {
			s.Name = f.Value.String()
		}
		switch f.Name {
		case "faults", "round", "server", "name", "requests":
			c.given = append(c.given, "--"+f.Name, quoted(f.Value.String()))
		case "restart":
			c.given = append(c.given, "--restart="+f.Value.String())
		}
	})
	if *restart {
		s.withRestart()
		os.Setenv(restartVariable, "1") // for the workers
	}
	if requests != "" {
		var err error
		if s.Methods, err = readRequests(requests); err != nil {
			return fail(err)
		}
		os.Setenv(requestsVariable, requests) // for the workers
	}
	var err error
	if c.kinds, err = faultsNamed(c.faults); err != nil {
		return fail(err)
	}
	if c.round < 2*stopMost {
		return fail(fmt.Errorf("a round of %v is too short for its faults: expected %v at least", c.round, 2*stopMost))
	}
	if err := s.valid(); err != nil {
		return fail(err)
	}
	return c, 0
}

// programOf is how the user started this program.
func programOf(arguments []string) string {
	if shown := os.Getenv("CAMPAIGN_COMMAND"); shown != "" { // the script
		return shown
	}
	return filepath.Base(arguments[0])
}

func quoted(text string) string {
	if text == "" || strings.ContainsAny(text, " '\"") {
		return "'" + text + "'"
	}
	return text
}

func (c *config) usage(s *Service, out io.Writer) {
	server := "which is needed"
	if len(s.Server) > 0 {
		server = "instead of " + filepath.Base(s.Server[0])
	}
	fmt.Fprintf(out, usage, c.program, strings.Join(faultNames[:], ","), server, requestsUsage)
}

// lead leads round after round.
func (c *config) lead(ctx context.Context, s *Service, out, errors io.Writer) int {
	total := newReport(c.seed)
	progress := newProgress(errors)
	for i := 0; ; i++ {
		if c.rounds > 0 && i == c.rounds || c.rounds == 0 && time.Since(total.begin) >= c.lasts || ctx.Err() != nil {
			break
		}
		progress.show(total, c)
		if err := c.leadRound(ctx, s, c.seed+uint64(i), total, progress, errors); err != nil {
			progress.clear()
			fmt.Fprintf(errors, "%s: %v\n", c.program, err)
			return 2
		}
	}
	progress.clear()
	if c.json {
		total.writeJSON(out)
	} else {
		total.write(out)
	}
	switch {
	case total.Violations > 0:
		return 1
	case ctx.Err() != nil:
		return 130
	}
	return 0
}

func (c *config) leadRound(ctx context.Context, s *Service, seed uint64, total *report, progress *progress, errors io.Writer) error {
	directory, err := os.MkdirTemp(c.keep, "campaign-")
	if err != nil {
		return err
	}
	r := &round{ctx: ctx, service: s, seed: seed, lasts: c.round, kinds: c.kinds, directory: directory}
	told, err := r.lead()
	if err != nil {
		return fmt.Errorf("%w; the files are in %s", err, directory)
	}
	if ctx.Err() != nil { // a round that was cut short proves nothing
		return os.RemoveAll(directory)
	}
	found := check(told)
	total.add(told)
	if len(found) == 0 {
		return os.RemoveAll(directory)
	}
	total.Violations += len(found)
	f := failing{Seed: seed, Kept: directory, Replay: strings.Join(append([]string{c.program, "--seed", fmt.Sprint(seed), "--rounds", "1"}, c.given...), " ")}
	for _, v := range found {
		if !slices.Contains(f.Rules, v.rule) {
			f.Rules = append(f.Rules, v.rule)
		}
	}
	total.Failing = append(total.Failing, f)
	progress.clear()
	fmt.Fprintf(errors, "Round with seed %d: %d violations.\n", seed, len(found))
	told.tell(errors, found)
	fmt.Fprintf(errors, "Replay: %s\nThe files are in %s\n\n", f.Replay, f.Kept)
	return nil
}

// progress is a line on a terminal that is written over again and again; elsewhere nothing.
type progress struct{ out io.Writer }

func newProgress(out io.Writer) *progress {
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" {
			return &progress{out}
		}
	}
	return &progress{}
}

func (p *progress) show(r *report, c *config) {
	if p.out == nil {
		return
	}
	faults := r.Deaths
	for _, n := range r.Faults {
		faults += n
	}
	fmt.Fprintf(p.out, "\r\x1b[Kround %d, seed %d: %s calls, %s executions, %s faults, %d violations, %.0f s", r.Rounds+1, c.seed+uint64(r.Rounds), grouped(r.Calls),
		grouped(r.Executions), grouped(faults), r.Violations, time.Since(r.begin).Seconds())
}

func (p *progress) clear() {
	if p.out != nil {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
