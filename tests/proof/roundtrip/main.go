// Package roundtrip is the body of the programs that the round-trip test generates: it calls every method of some services with random values, in
// every form, and compares what comes back. The server returns what it is sent.
package roundtrip

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// Main does what the command line asks for and exits, with status 1 if any value changed. makers are the functions that make fixed texts.
func Main(services []Service, makers ...any) {
	server := flag.String("server", "", "the server's `program`, which takes the capacities of its arenas as arguments")
	seed := flag.Uint64("seed", 1, "of the first round; the second's is one more")
	rounds := flag.Int("rounds", 1, "for each method and arena size")
	sizes := flag.String("arenas", "1048576/1048576", "capacities `request/answer`, several separated by commas")
	lie := flag.Bool("lie", false, "have the server change texts, so that this must fail")
	only := flag.String("method", "", "call only the method of this name")
	flag.Parse()
	known := map[reflect.Type]reflect.Value{}
	for _, maker := range makers {
		v := reflect.ValueOf(maker)
		known[v.Type().Out(0)] = v
	}
	c := &counts{byForm: map[string]int{}}
	for _, size := range strings.Split(*sizes, ",") {
		if err := serve(*server, size, *lie, func(client *ringcall.Client, rooms arenas) error {
			return c.everything(services, client, rooms, known, *seed, *rounds, *only)
		}); err != nil {
			fmt.Fprintf(os.Stderr, "with arenas of %s: %v\n", size, err)
			os.Exit(1)
		}
	}
	fmt.Println(c)
	os.Exit(0)
}

// serve starts a server with arenas of these sizes.
func serve(program, sizes string, lie bool, use func(*ringcall.Client, arenas) error) error {
	request, answer, _ := strings.Cut(sizes, "/")
	// Slots of 32 bytes hold records of 16.
	rooms := arenas{record: 16}
	var err error
	if rooms.request, err = strconv.Atoi(request); err != nil {
		return err
	}
	if rooms.answer, err = strconv.Atoi(answer); err != nil {
		return err
	}
	rooms.answer -= 16 // ABI.md, "Limits"
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.Command(program, request, answer)
	if lie {
		cmd.Args = append(cmd.Args, "lie")
	}
	client, err := ringcall.Start(ctx, cmd)
	if err != nil {
		return err
	}
	if err := use(client, rooms); err != nil {
		client.Close()
		return err
	}
	return client.Close()
}

func (c *counts) everything(services []Service, client *ringcall.Client, rooms arenas, makers map[reflect.Type]reflect.Value, seed uint64, rounds int,
	only string) error {
	c.methods = 0
	for _, s := range services {
		typed, err := s.Connect(client)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		c.methods += len(s.Methods)
		for _, name := range s.Methods {
			if only != "" && name != only {
				continue
			}
			if err := c.method(s, typed, name, rooms, makers, seed, rounds); err != nil {
				return fmt.Errorf("%s.%w", s.Name, err)
			}
		}
	}
	return nil
}

// Values are at most this long, or a little longer than the arena.
const longestMax = 60_000

func (c *counts) method(s Service, client any, name string, rooms arenas, makers map[reflect.Type]reflect.Value, seed uint64, rounds int) error {
	longest := min(longestMax, rooms.request+rooms.request/8)
	fake := reflect.ValueOf(s.Fake)
	for round := range rounds {
		at := seed + uint64(round)
		k := newChecker(newFiller(at, makers, longest), reflect.ValueOf(client), name, rooms, c)
		k.seed = at
		if err := k.round(); err != nil {
			return err
		}
		if !k.batch {
			if err := k.crowd(); err != nil {
				return err
			}
		}
		k.pretend(fake)
		if err := k.onFake(fake); err != nil {
			return fmt.Errorf("the fake: %w", err)
		}
	}
	return nil
}

// onFake does the same to the fake, for which nothing is too large.
func (k *checker) onFake(fake reflect.Value) error {
	const roomy = 1 << 30
	onFake := newChecker(newFiller(k.seed, k.makers, k.longest), fake, k.name, arenas{roomy, roomy, roomy}, &counts{byForm: map[string]int{}})
	onFake.seed = k.seed
	if onFake.batch {
		if err := onFake.each(k.name, onFake.call, onFake.args); err != nil {
			return err
		}
	} else if err := onFake.round(); err != nil {
		return err
	}
	for _, n := range onFake.counts.byForm {
		k.counts.byForm["fake"] += n
	}
	return nil
}

// String is one line: what the test that runs the program looks at.
func (c *counts) String() string {
	parts := []string{fmt.Sprintf("%d methods", c.methods)}
	for _, form := range slices.Sorted(maps.Keys(c.byForm)) {
		parts = append(parts, fmt.Sprintf("%s %d", form, c.byForm[form]))
	}
	return strings.Join(append(parts, fmt.Sprintf("refused as too large %d", c.refused.Load())), "; ")
}
