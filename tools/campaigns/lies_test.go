package campaigns

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// lies are what a library could do wrong: each is found by a campaign against a server that is built with it.
var lies = []struct {
	name  string
	rules []string // one of these is found
}{
	1: {"the position taken that is stored after the handlers ran", []string{"what never started did not run"}},
	2: {"a handler that is run twice for one request", []string{"nothing runs twice"}},
	3: {"an answer that is given twice", []string{"an outcome has its reason", "no call ends twice"}},
	4: {"an answer of which one bit is wrong", []string{"an answer is right"}},
	5: {"an answer that is never given", []string{"every call ends"}},
}

// mutations turn src/channel.cpp into one that tells the lie with the number in RINGCALL_LIE.
var mutations = [][2]string{
	{"constexpr std::uint32_t check_every_most = 8;", `const int lie = std::atoi(std::getenv("RINGCALL_LIE"));
std::atomic<unsigned> lies_due{0};
constexpr std::uint32_t check_every_most = 8;`},
	{"  std::atomic_ref(control_.taken).store(ring_.taken.position() + count", "  if (lie != 1) std::atomic_ref(control_.taken).store(ring_.taken.position() + count"},
	{"  ring_.taken.advance(count);", `  if (lie == 1) std::atomic_ref(control_.taken).store(ring_.taken.position() + count);
  ring_.taken.advance(count);`},
	{"  const outcome o = invoke(w, a);", `  if (lie == 2) invoke(w, a);
  const outcome o = invoke(w, a);`},
	{"  const auto code = static_cast<std::uint16_t>(o.status);", `  const auto code = static_cast<std::uint16_t>(o.status);
  const bool due = lie > 2 && ++lies_due % 400 == 0;
  if (due && lie == 3 && ring_.answered.pending() < 32) ring_.answered.put(code, id, o.detail, 0);
  if (due && lie == 4 && a.size() > 0) const_cast<std::byte*>(a.bytes())[0] ^= std::byte{1};
  if (due && lie == 5) return;`},
	{`#include "cpu.hpp"`, `#include "cpu.hpp"
#include <atomic>
#include <cstdlib>`},
}

// liar builds the campaign server with a library that can lie.
func liar(t *testing.T) string {
	t.Helper()
	library := os.Getenv("RINGCALL_LIBRARY")
	if library == "" {
		t.Skip("RINGCALL_LIBRARY does not name libringcall.a: tools/test campaign builds it")
	}
	text, err := os.ReadFile("../../src/channel.cpp")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range mutations {
		if n := strings.Count(string(text), m[0]); n != 1 {
			t.Fatalf("expected src/channel.cpp to have the text %q once, found it %d times", m[0], n)
		}
		text = []byte(strings.Replace(string(text), m[0], m[1], 1))
	}
	directory := t.TempDir()
	mutated, server := filepath.Join(directory, "channel.cpp"), filepath.Join(directory, "server")
	if err := os.WriteFile(mutated, text, 0o600); err != nil {
		t.Fatal(err)
	}
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", "spdlog").Output()
	if err != nil {
		t.Fatal(err)
	}
	arguments := append([]string{"-std=c++20", "-O1", "-I../../include", "-I../../src", "-o", server, mutated, "own/server.cpp", library}, strings.Fields(string(flags))...)
	if out, err := exec.Command("c++", append(arguments, "-pthread")...).CombinedOutput(); err != nil {
		t.Fatalf("building the server that lies: %v\n%s", err, out)
	}
	return server
}

// driver builds the program as users have it, with more arguments of go build.
func driver(t *testing.T, arguments ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "campaign")
	if out, err := exec.Command("go", append(append([]string{"build"}, arguments...), "-o", program, "./own")...).CombinedOutput(); err != nil {
		t.Fatalf("building the driver: %v\n%s", err, out)
	}
	return program
}

// campaign leads one against a server, to which it gives a variable.
func campaign(t *testing.T, program, server, variable string, arguments ...string) (r report, told string, status int) {
	t.Helper()
	cmd := exec.Command(program, append([]string{"--json", "--keep", t.TempDir()}, arguments...)...)
	cmd.Env = append(os.Environ(), "RINGCALL_CAMPAIGN_SERVER="+server, variable)
	var out, words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &words
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatal(err)
		}
		status = exit.ExitCode()
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v; the report: %s; what it said: %s", err, out.Bytes(), words.Bytes())
	}
	return r, words.String(), status
}

func TestLies(t *testing.T) {
	server, program := liar(t), driver(t)
	for number, lie := range lies {
		if lie.name == "" {
			continue
		}
		t.Run(lie.name+" is found", func(t *testing.T) {
			t.Parallel() // they mostly wait
			findLie(t, program, server, number, lie.rules)
		})
	}
}

// findLie leads rounds until there is a violation of one of the rules.
func findLie(t *testing.T, program, server string, number int, rules []string) {
	t.Helper()
	for seed := 1; seed < 10; seed++ { // as long as the lie was not told at the right moment
		r, told, status := campaign(t, program, server, fmt.Sprintf("RINGCALL_LIE=%d", number), "--seed", fmt.Sprint(seed), "--rounds", "1", "--faults", "kill")
		if r.Violations == 0 {
			continue
		}
		f := r.Failing[0]
		if status != 1 {
			t.Fatalf("expected status 1 of a round with violations, found %d", status)
		}
		if !slices.ContainsFunc(f.Rules, func(rule string) bool { return slices.Contains(rules, rule) }) {
			t.Logf("seed %d: expected a violation of one of %q, found %q: of a machine that is too busy, or else the next rounds are the same", seed, rules, f.Rules)
			continue
		}
		replay := fmt.Sprintf("campaign --seed %d --rounds 1 --faults kill", seed)
		if f.Replay != replay || !strings.Contains(told, "Replay: "+replay) {
			t.Errorf("expected to be told to replay it by %q, found %q in %s", replay, f.Replay, told)
		}
		if files, _ := filepath.Glob(f.Kept + "/worker-*/" + journalName); len(files) < workers {
			t.Errorf("expected the histories of %d workers to be kept, found %q", workers, files)
		}
		return
	}
	t.Errorf("expected a violation of one of %q in one of nine rounds, found none", rules)
}

func TestClientLies(t *testing.T) {
	server := os.Getenv("RINGCALL_CAMPAIGN_SERVER")
	if server == "" {
		t.Skip("RINGCALL_CAMPAIGN_SERVER does not name the server: tools/test campaign builds it")
	}
	t.Run("a client that calls what had begun never started is found", func(t *testing.T) {
		const truth, lie = "failure := started\n", "failure := started\n\t\tfailure = unstarted\n"
		path, err := filepath.Abs("../../go/close.go")
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil || strings.Count(string(text), truth) != 1 {
			t.Fatalf("expected %s to have the text %q once; %v", path, truth, err)
		}
		mutated, overlay := filepath.Join(t.TempDir(), "close.go"), filepath.Join(t.TempDir(), "overlay.json")
		table, err := json.Marshal(map[string]any{"Replace": map[string]string{path: mutated}})
		if err := errors.Join(err, os.WriteFile(mutated, []byte(strings.Replace(string(text), truth, lie, 1)), 0o600), os.WriteFile(overlay, table, 0o600)); err != nil {
			t.Fatal(err)
		}
		findLie(t, driver(t, "-overlay", overlay), server, 0, []string{"what never started did not run"})
	})
}

// seed is the same one with every run of the suite, so that only what is new can fail; RINGCALL_SEED is for others.
func seed() string {
	return cmp.Or(os.Getenv("RINGCALL_SEED"), "1")
}

func TestCampaign(t *testing.T) {
	server := os.Getenv("RINGCALL_CAMPAIGN_SERVER")
	if server == "" {
		t.Skip("RINGCALL_CAMPAIGN_SERVER does not name the server: tools/test campaign builds it")
	}
	program := driver(t)
	for name, form := range map[string][]string{
		"every promise is kept over some rounds with all kinds of faults":    nil,
		"every promise is kept also by clients that come back by themselves": {"--restart"},
	} {
		t.Run(name, func(t *testing.T) {
			r, told, status := campaign(t, program, server, "RINGCALL_LIE=", append([]string{"--seed", seed(), "--rounds", "6"}, form...)...)
			if status != 0 || r.Violations != 0 {
				t.Fatalf("expected status 0 and no violation, found %d and %d:\n%s", status, r.Violations, told)
			}
			if r.Rounds != 6 || r.Calls == 0 || r.Executions == 0 || len(r.Faults) < 3 {
				t.Errorf("expected 6 rounds with calls, and faults of several kinds; found %+v", r)
			}
			t.Logf("seed %d: %d calls, %d executions, faults %v, %d channels", r.Seed, r.Calls, r.Executions, r.Faults, r.Channels)
		})
	}
}
