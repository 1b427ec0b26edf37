package campaigns

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"
)

// faultKind is something that is done to a process.
type faultKind int

const (
	faultKill    faultKind = iota // kill -9
	faultAbort                    // SIGABRT
	faultCrash                    // SIGSEGV
	faultRestart                  // SIGTERM: it drains, and another one takes its place
	faultStop                     // SIGSTOP, and later SIGCONT
	faultSlow                     // the lowest priority, beside others that burn the CPU
	faultCorrupt                  // random bytes into a segment that it has mapped
	faultKinds
)

var faultNames = [faultKinds]string{"kill", "abort", "crash", "restart", "stop", "slow", "corrupt"}

func (k faultKind) String() string { return faultNames[k] }

// ends says that the process is to die of it.
func (k faultKind) ends() bool { return k <= faultRestart }

func (k faultKind) signal() syscall.Signal {
	return [...]syscall.Signal{syscall.SIGKILL, syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGTERM, syscall.SIGSTOP}[k]
}

// faultsNamed reads a list of names, separated by commas.
func faultsNamed(list string) ([]faultKind, error) {
	var kinds []faultKind
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		k := slices.Index(faultNames[:], name)
		if k < 0 {
			return nil, fmt.Errorf("there is no fault %q; there are %s", name, strings.Join(faultNames[:], ", "))
		}
		kinds = append(kinds, faultKind(k))
	}
	return kinds, nil
}

// target is a process of a round.
type target struct {
	server bool
	worker int // of a server: whose co-process; -1: the named server
}

func (t target) String() string {
	switch {
	case !t.server:
		return fmt.Sprintf("worker %d", t.worker)
	case t.worker < 0:
		return "the server"
	}
	return fmt.Sprintf("worker %d's server", t.worker)
}

const (
	faultFirst = 60 * time.Millisecond // the round has settled by then
	faultEvery = 90 * time.Millisecond // about
	stopMost   = 300 * time.Millisecond
)

// plan is the faults of a round, in the order of their time: the same for the same seed.
func plan(s *Service, seed uint64, round time.Duration, kinds []faultKind) []*fault {
	r := rand.New(rand.NewPCG(seed, 0))
	var faults []*fault
	for at := faultFirst; len(kinds) > 0; {
		at += time.Duration(float64(faultEvery) * r.ExpFloat64())
		if at > round-stopMost {
			break
		}
		f := &fault{at: at, kind: kinds[r.IntN(len(kinds))], who: s.anyTarget(r)}
		if !f.who.server && (f.kind == faultAbort || f.kind == faultCrash || f.kind == faultRestart) {
			f.kind = faultKill // Go would print its goroutines, and a client has nothing to drain
		}
		if !f.kind.ends() {
			f.lasts = time.Duration(1+r.IntN(int(stopMost/time.Millisecond))) * time.Millisecond
		}
		if f.kind == faultCorrupt {
			f.lasts /= 10
		}
		faults = append(faults, f)
	}
	slices.SortStableFunc(faults, func(a, b *fault) int { return cmp.Compare(a.at, b.at) })
	return faults
}

// anyTarget is a server twice as often as a client.
func (s *Service) anyTarget(r *rand.Rand) target {
	t := target{server: r.IntN(3) != 0, worker: r.IntN(workers)}
	if t.server && !s.startsOwn(t.worker) {
		t.worker = -1
	}
	return t
}

// startsOwn says whether a worker starts a server of its own.
func (s *Service) startsOwn(worker int) bool { return s.Name == "" || worker == workers-1 }
