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
	probeLast        = 256                  // short sleeps between two probes, at most
	wakeReach        = 8                    // full budgets to poll while the server is being woken, which may take longer than one
	yieldsMax        = 3                    // times the processor is offered to other goroutines before one sleeps
	runsBetweenLooks = 16                   // of answers, between two looks at the context and the client's state
	yieldRounds      = 64                   // rounds of polling between two looks at the context, the client's state and other goroutines
	yieldRounds1     = 8                    // the same where this goroutine holds the only processor that Go has
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
	shorts     uint32 // sleeps at the floor that were short, since the last probe
	probeEvery uint32
	probing    bool          // the next wait polls for the full budget
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
	s.shorts, s.probeEvery = 0, 1
	s.probing = false
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
	if s.probing {
		return s.full
	}
	return s.budget
}

// hit is told that the wait ended with an answer.
func (s *spinner) hit() {
	s.budget = s.full
	s.probing = false
	s.shorts, s.probeEvery = 0, 1
}

// miss is told that the wait ended without one after so many rounds.
func (s *spinner) miss(tried uint32) {
	s.tried = tried
	if s.probing {
		s.probing = false
		s.probeEvery = min(2*s.probeEvery, probeLast)
		return
	}
	s.budget = max(s.budget/2, s.floor)
}

// woken is told that what the last wait in vain waited for woke the leader, who had slept so long. If a full budget would have met it the budget was too small:
// where waking takes longer than what budgets shrink to, either side would find the other asleep at every call. If the sleep was short, most of it may have
// been the waking itself, and the next wait tries a full budget; more rarely the longer that stays useless.
func (s *spinner) woken(slept time.Duration) {
	waited := time.Duration(s.tried)*s.round + slept
	switch full := time.Duration(s.full) * s.round; {
	case waited <= full:
		s.hit()
	case s.budget <= s.floor && waited <= full/time.Duration(s.reach)*wakeReach:
		if s.shorts++; s.shorts >= s.probeEvery {
			s.shorts = 0
			s.probing = true
		}
	}
}
