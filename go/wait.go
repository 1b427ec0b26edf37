package ringcall

import (
	"math"
	"runtime"
	"time"

	"github.com/ringcall/ringcall/go/internal/pause"
)

const (
	spinMost         = time.Second          // what a server may ask for
	spinFloor        = 2 * time.Microsecond // what a budget that found nothing shrinks to
	probeFirst       = 16                   // at the floor, one wait in so many is a probe
	probeLast        = 256
	wakeReach        = 8  // full budgets to poll while the server is being woken, which may take longer than one
	yieldsMax        = 3  // times the processor is offered to other goroutines before one sleeps
	runsBetweenLooks = 16 // of answers, between two looks at the context and the client's state
	yieldRounds      = 64 // rounds of polling between two looks at the context, the client's state and other goroutines
	yieldRounds1     = 8  // the same where this goroutine holds the only processor that Go has
)

// spinner decides how long a leader polls before it sleeps. Budgets are counted in rounds of pause.Pause: reading the clock would cost more
// than a round. It belongs to the leader.
//
// There are two, because there are two things to wait for. An answer of a server that polls comes soon or takes long, and 50 us tell which. A server that had to
// be rung must wake first, which takes 10 us or, on a virtual machine, 100: who then slept as soon as for the other would not be there when the answer comes,
// the server would look for the next request in vain and sleep in turn, and each would wake the other for every call from then on.
type spinner struct {
	full       uint32 // rounds of a wait that has reason to hope, and of a probe
	floor      uint32
	budget     uint32
	yieldMask  uint32
	probeIn    uint32
	probeEvery uint32
	tried      uint32        // rounds of the last wait in vain
	reach      uint32        // what is polled is so many times what was asked for
	policy     uint32        // the server's that is obeyed
	own        time.Duration // the budget without one
	round      time.Duration
}

func newSpinner(budget time.Duration) spinner {
	if runtime.NumCPU() == 1 {
		// The server cannot answer while this processor polls.
		budget = 0
	}
	s := spinner{reach: 1, own: budget, round: roundTime(), yieldMask: yieldRounds - 1}
	if runtime.GOMAXPROCS(0) == 1 {
		s.yieldMask = yieldRounds1 - 1
	}
	s.obey(spinOwn)
	return s
}

// reaching is s with budgets so many times as long.
func (s spinner) reaching(times uint32) spinner {
	s.reach = times
	s.obey(s.policy)
	return s
}

// obey sets the budget as the server wants it, in microseconds; spinOwn: as it was set here. The word may be anything.
func (s *spinner) obey(policy uint32) {
	budget := s.own
	if policy != spinOwn && runtime.NumCPU() > 1 {
		budget = min(time.Duration(policy)*time.Microsecond, spinMost)
	}
	s.policy = policy
	s.full = s.reach * uint32(min(budget/s.round, math.MaxUint32/wakeReach))
	s.floor = min(s.full, uint32(spinFloor/s.round))
	s.budget = s.full
	s.probeIn, s.probeEvery = 0, probeFirst
}

// roundTime is the time of one round: the shortest of a few measurements, since any of them may be interrupted.
func roundTime() time.Duration {
	const rounds = 64
	best := time.Hour
	for range 3 {
		begin := time.Now()
		for range rounds {
			pause.Pause()
		}
		best = min(best, time.Since(begin))
	}
	return max(best/rounds, 1)
}

// begin returns the rounds to poll now.
func (s *spinner) begin() uint32 {
	if s.budget > s.floor {
		return s.budget
	}
	if s.probeIn == 0 {
		s.probeIn = s.probeEvery
		return s.full
	}
	s.probeIn--
	return s.budget
}

// hit is told that the wait ended with an answer after so many rounds.
func (s *spinner) hit() {
	s.budget = s.full
	s.probeEvery = probeFirst
}

// miss is told that the wait ended without one after so many rounds.
func (s *spinner) miss(tried uint32) {
	s.tried = tried
	if s.budget > s.floor {
		s.budget = max(s.budget/2, s.floor)
		s.probeIn = s.probeEvery
		return
	}
	if s.probeIn == s.probeEvery {
		s.probeEvery = min(2*s.probeEvery, probeLast)
		s.probeIn = s.probeEvery
	}
}

// woken is told that what the last wait in vain waited for woke the leader, who had slept so long. If a full budget would have met it the budget was too small:
// where waking takes longer than what budgets shrink to, either side would find the other asleep at every call until the next probe.
func (s *spinner) woken(slept time.Duration) {
	if time.Duration(s.tried)*s.round+slept <= time.Duration(s.full)*s.round {
		s.hit()
	}
}
