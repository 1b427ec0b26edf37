package ringcall

import (
	"math"
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestALongBudgetIsNoShortOne(t *testing.T) {
	if runtime.NumCPU() == 1 {
		t.Skip("one processor does not poll")
	}
	for _, budget := range []time.Duration{time.Hour, math.MaxInt64} {
		if s := newSpinner(budget).reaching(wakeReach); s.full != math.MaxUint32/wakeReach*wakeReach {
			t.Errorf("%v came to %d rounds", budget, s.full)
		}
	}
}

// Waking takes longer here than a full budget: a server that polls as long as a client goes to sleep while it wakes the client, and the client while it wakes
// the server. Both begin asleep, or as after a disturbance that has spoilt all budgets.
func TestNoSidePutsTheOtherToSleep(t *testing.T) {
	const full, floor, work, waking = 1000, 40, 5, 3000 // rounds
	for _, begin := range []struct {
		name           string
		budget, wakes  uint32
		inVain, atMost int
	}{
		{"after a pause", full, wakeReach * full, 0, 0},
		{"after a disturbance", floor, floor, 1, 1},
	} {
		t.Run(begin.name, func(t *testing.T) {
			spin := spinner{full: full, floor: floor, budget: begin.budget, probeEvery: probeLast, reach: 1, round: time.Nanosecond}
			wakeSpin := spinner{full: wakeReach * full, floor: floor, budget: begin.wakes, probeEvery: probeLast, reach: wakeReach, round: time.Nanosecond}
			slept := 0
			serverSleeps := true
			for range 1000 {
				s, answer := &spin, uint32(work)
				if serverSleeps {
					s, answer = &wakeSpin, waking+work
				}
				budget := s.begin()
				if budget >= answer {
					s.hit()
					serverSleeps = false // the next request comes at once
				} else {
					s.miss(budget)
					s.woken(time.Duration(answer - budget + waking))
					slept++
					serverSleeps = true // it looked for the next request for as long as this side's waking took, in vain
				}
			}
			if slept < begin.inVain || slept > begin.atMost {
				t.Errorf("%d of 1000 waits ended in sleep, expected %d to %d", slept, begin.inVain, begin.atMost)
			}
		})
	}
}

// However long its calls were slow, or seldom, and however long this side takes to be woken: the first short sleep is followed by a wait that finds out.
func TestAServerThatBecomesQuickIsPolledForAgain(t *testing.T) {
	const full, floor, waking = 1000, 40, 1500 // rounds
	for _, before := range []uint32{1100, 20_000, 1_000_000} {
		s := spinner{full: full, floor: floor, budget: full, probeEvery: 1, reach: 1, round: time.Nanosecond}
		sleeps := func(answer uint32) int {
			budget := s.begin()
			if budget >= answer {
				s.hit()
				return 0
			}
			s.miss(budget)
			s.woken(time.Duration(answer - budget + waking))
			return 1
		}
		for range 1000 {
			sleeps(before)
		}
		s.budget = floor
		slept := 0
		for range 1000 {
			slept += sleeps(160)
		}
		atMost := 1
		if before < wakeReach*full { // its sleeps were short: they have used up the probes
			atMost = probeLast
		}
		if slept > atMost {
			t.Errorf("after answers of %d rounds %d waits ended in sleep, expected at most %d", before, slept, atMost)
		}
	}
}

// A handler that takes long is not polled for, whether or not its server had to be woken.
func TestPollingInVainEndsSoon(t *testing.T) {
	for _, full := range []uint32{1000, wakeReach * 1000} {
		s := spinner{full: full, floor: 40, budget: full, probeEvery: 1, reach: full / 1000, round: time.Nanosecond}
		polled := uint64(0)
		const waits = 10_000
		for range waits {
			budget := s.begin()
			polled += uint64(budget)
			s.miss(budget)
			s.woken(time.Duration(full + 1 - budget))
		}
		if mean := polled / waits; mean > uint64(full)/100+40 {
			t.Errorf("of %d rounds at most %d are polled by each wait, on average", full, mean)
		}
	}
}

func TestAServerThatMustWakeIsPolledForLonger(t *testing.T) {
	if runtime.NumCPU() == 1 {
		t.Skip("one processor does not poll")
	}
	for _, test := range []struct {
		name   string
		spins  int
		slow   time.Duration
		rung   uint64
		sleeps bool
	}{
		{"it sleeps", 0, 60 * time.Millisecond, 1, false},
		{"it polls", 1 << 30, 400 * time.Millisecond, 0, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var rung, slept uint64
			for range 5 { // the machine may put either side aside for longer than the other polls
				o := defaults()
				o.spin, o.spins = 20*time.Millisecond, test.spins
				c, s := serve(t, o)
				s.do(func() { s.slow = test.slow })
				for test.rung != 0 && atomic.LoadUint64(s.segment.wantRequest) == wantNone {
					time.Sleep(time.Millisecond)
				}
				before := c.Stats().Client
				mustCall(t, c, methodEcho, 1)
				after := c.Stats().Client
				if atomic.LoadUint32(&c.channel().rung) != 0 {
					t.Error("the next wait would be one for a server that must wake, too")
				}
				rung, slept = after.BellsRung-before.BellsRung, after.Sleeps-before.Sleeps
				if rung == test.rung && (slept != 0) == test.sleeps {
					return
				}
			}
			t.Errorf("it rang %d times and slept %d times, expected %d, and sleep: %v", rung, slept, test.rung, test.sleeps)
		})
	}
}

// Budgets that a disturbance has spoilt are whole again after one sleep that full ones would have spared.
func TestASleepThatWasNotWorthItRestoresTheBudget(t *testing.T) {
	if runtime.NumCPU() == 1 {
		t.Skip("one processor does not poll")
	}
	for _, spins := range []int{0, 1 << 30} { // the server sleeps before each request, or polls
		var first, second uint64
		for range 5 { // the machine may put either side aside for longer than a full budget
			o := defaults()
			o.spin, o.spins = 100*time.Millisecond, spins
			c, s := serve(t, o)
			s.do(func() { s.slow = 5 * time.Millisecond })
			l := c.channel()
			l.mu.Lock()
			for _, spin := range []*spinner{&l.spin, &l.wakeSpin} {
				spin.budget, spin.probeEvery = spin.floor, probeLast
			}
			l.mu.Unlock()
			sleeps := func() uint64 {
				for spins == 0 && atomic.LoadUint64(s.segment.wantRequest) == wantNone {
					time.Sleep(time.Millisecond)
				}
				before := c.Stats().Client.Sleeps
				mustCall(t, c, methodEcho, 1)
				return c.Stats().Client.Sleeps - before
			}
			if first, second = sleeps(), sleeps(); first == 1 && second == 0 {
				break
			}
		}
		if first != 1 || second != 0 {
			t.Errorf("the first call slept %d times and the second %d times, expected 1 and 0", first, second)
		}
	}
}

// A sleep is judged by the one wait that led to it: quick calls beside a slow one arm the bell anew, and make a short sleep of the end of a long one.
func TestOnlyTheSleepBehindAWaitIsJudged(t *testing.T) {
	c, _ := serve(t, defaults())
	l := c.channel()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lead, l.waited = leadBell, &l.spin
	if !l.claim() || l.waited != nil {
		t.Errorf("the next sleep would be judged as that of a wait that was over: %v", l.waited)
	}
	l.passOn(nil)
}
