package ringcall

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	deathsMax    = 3                // of servers, with the same request in flight, after which that is refused
	suspectsMax  = 1024             // requests that are remembered
	turnPatience = 10 * time.Second // how long a suspect waits for another one's handler
)

// ErrPoisoned is returned, as a *PoisonedError, on a client with WithRestart when the request was in flight at three deaths of the server running.
var ErrPoisoned error = &sentinel{text: "ringcall: the request is poisoned"}

// PoisonedError is returned when a request is refused since servers died of it. It is ErrPoisoned.
type PoisonedError struct {
	Method uint16
	Name   string // of the method, for the typed forms of call
	Deaths int    // of servers, with this request in flight, without an answer to it in between
	Fate   error  // ErrNeverStarted, or ErrMayHaveRun if some of these deaths came while this very call was tried again
}

func (e *PoisonedError) Error() string {
	method := ""
	if e.Name == "" { // a name stands in front of the text already
		method = fmt.Sprintf(" of method %d", e.Method)
	}
	return fmt.Sprintf("ringcall: this request%s is poisoned: %d servers died with it in flight; it is refused for the life of this client", method, e.Deaths)
}

// Unwrap lists ErrPoisoned and the call's fate.
func (e *PoisonedError) Unwrap() []error { return []error{ErrPoisoned, e.Fate} }

// suspects are the requests that were in flight when a server died. At most one of them is sent at a time, so that the one that kills is found and the
// others, answered, are suspects no more. A request is known by a hash of its method and content.
type suspects struct {
	count atomic.Int32 // of table
	turn  chan struct{}
	seed  maphash.Seed

	mu    sync.RWMutex
	table map[uint64]suspect
}

type suspect struct {
	deaths int
	told   bool   // it was refused before
	epoch  uint64 // of the last of them: a death counts once, however often the request was in flight
}

func (s *suspects) init() {
	s.turn = make(chan struct{}, 1)
	s.seed = maphash.MakeSeed()
	s.table = make(map[uint64]suspect)
}

// contentOf is what a request is known by; never 0.
func (s *suspects) contentOf(method uint16, request []byte) uint64 {
	return (maphash.Bytes(s.seed, request) + uint64(method)*0x9e3779b97f4a7c15) | 1
}

// died notes that the request was in flight when the server of this epoch died.
func (s *suspects) died(content, epoch uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.table[content]
	if !ok && len(s.table) == suspectsMax && !s.forgetOne() {
		return
	}
	if known.epoch != epoch {
		s.table[content] = suspect{deaths: known.deaths + 1, told: known.told, epoch: epoch}
	}
	s.count.Store(int32(len(s.table)))
}

// forgetOne makes room in the table; false if all in it have more than one death.
func (s *suspects) forgetOne() bool {
	for content, known := range s.table {
		if known.deaths == 1 {
			delete(s.table, content)
			return true
		}
	}
	return false
}

// deaths of the request; 0 if it is no suspect.
func (s *suspects) deaths(content uint64) int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.table[content].deaths
}

// refusedFirst says whether it is the first time that the request is refused.
func (s *suspects) refusedFirst(content uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.table[content]
	if !ok || known.told {
		return false
	}
	known.told = true
	s.table[content] = known
	return true
}

// any says whether there are suspects at all.
func (s *suspects) any() bool { return s.count.Load() != 0 }

// has says whether the request is a suspect.
func (s *suspects) has(method uint16, request []byte) bool {
	return s.deaths(s.contentOf(method, request)) != 0
}

// answered notes that a server has lived through the request.
func (s *suspects) answered(content uint64) {
	if s.deaths(content) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.table, content)
	s.count.Store(int32(len(s.table)))
}

// errTurnless says that the turn did not come within turnPatience.
var errTurnless = errors.New("no turn")

func (s *suspects) leaveTurn() { <-s.turn }

// awaitTurn waits for the turn to send a suspect. A handler that hangs keeps the turn; who has waited long for that goes without it.
func (r *restart) awaitTurn(ctx context.Context) error {
	const interval = 5 * time.Millisecond
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for range turnPatience / interval {
		select {
		case r.suspects.turn <- struct{}{}:
			return nil
		case <-ticker.C:
			r.client.channel().reapForgotten() // the turn may have been left to a call whose answer nobody awaits
		case <-ctx.Done():
			return contextError(ctx)
		case <-lateOf(ctx):
			return contextError(ctx)
		case <-r.closing.Done():
			return ErrClosed
		}
	}
	return errTurnless
}

// admit refuses a poisoned request, and waits for the turn of one that is a suspect; turn says whether it has it now.
func (r *restart) admit(ctx context.Context, method uint16, content uint64, fate error) (turn bool, err error) {
	deaths := r.suspects.deaths(content)
	if deaths == 0 {
		return false, nil
	}
	if deaths < deathsMax {
		err = r.awaitTurn(ctx)
		if err == errTurnless {
			return false, nil
		}
		if err != nil {
			return false, &waitError{why: err, fate: fate, what: "for its turn, since servers have died with this request in flight"}
		}
		// Whoever had the turn may have sent the same.
		if deaths = r.suspects.deaths(content); deaths < deathsMax {
			return true, nil
		}
		r.suspects.leaveTurn()
	}
	if r.suspects.refusedFirst(content) {
		r.tell(slog.LevelWarn, "request poisoned", slog.Int("method", int(method)), slog.Int("deaths", deaths))
	}
	return false, &PoisonedError{Method: method, Deaths: deaths, Fate: fate}
}

// contentOf is what a request is known by; 0 without restart.
func (c *channel) contentOf(method uint16, request []byte) uint64 {
	if c.restart == nil {
		return 0
	}
	return c.restart.suspects.contentOf(method, request)
}

// endTurn ends what Batch.post, or an attempt that was cancelled, has left to a suspect.
func (c *channel) endTurn(k *call) {
	if !k.turn {
		return
	}
	k.turn = false
	if k.failure == nil && k.answer.code != statusExpired {
		c.restart.suspects.answered(k.content)
	}
	c.restart.suspects.leaveTurn()
}
