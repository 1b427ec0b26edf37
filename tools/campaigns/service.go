package campaigns

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// Method tells a campaign how to call a method and how to judge what comes of it.
type Method struct {
	ID         uint16
	Name       string
	Weight     int  // how often it is called beside the others; 0: not in ordinary calls
	Idempotent bool // running it twice does no more than running it once
	Oneway     bool // nobody waits for it: Send alone
	Deadly     bool // its handler may end the server; then the server's death is no violation
	Unserved   bool // the server is to refuse it, and nothing is to run
	Frames     bool // runs of frames may call it, too: it is on no worker

	// Sizes of a request and an answer of fixed layout; 0: they vary, and there are no batches.
	RequestSize, AnswerSize int

	// Request makes a request. No two should be the same: executions are told apart by the bytes of their requests.
	Request func(r *rand.Rand) []byte

	// Check says what is wrong with an answer, or, if failed is not nil, with the handler's failure; nil: nothing. If there is no Check any answer is
	// right and any failure, too.
	Check func(request, answer []byte, failed *ringcall.HandlerError) error
}

func (m *Method) check(request, answer []byte, failed *ringcall.HandlerError) error {
	if m.Check == nil {
		return nil
	}
	return m.Check(request, answer, failed)
}

// record is the method as the typed forms of call want it.
func (m *Method) record() *ringcall.Method {
	return &ringcall.Method{ID: m.ID, Name: m.Name, Idempotent: m.Idempotent}
}

// Service is what a campaign is led against.
type Service struct {
	Server  []string // the server's command; each worker that starts a server of its own runs it, and "{name}" in it stands for Name
	Name    string   // under which the command listens when nobody has started it as a co-process; "": it is run as a co-process only
	Methods []Method
	Options []ringcall.Option // for Dial and Start

	// The client comes back by itself when its server has died, and sends idempotent calls again: these may run more than once. Options has what makes it so.
	Resends bool
}

const (
	workers      = 3 // client processes of a round; the last starts a server of its own, the others share one, if it has a name
	lanes        = 4 // goroutines of each that call
	roundDefault = 2 * time.Second
)

// restartVariable tells workers that their clients come back by themselves.
const restartVariable = "CAMPAIGN_RESTART"

// withRestart has the clients come back by themselves.
func (s *Service) withRestart() {
	s.Options = append(s.Options, ringcall.WithRestart())
	s.Resends = true
}

func (s *Service) method(id uint16) *Method {
	for i := range s.Methods {
		if s.Methods[i].ID == id {
			return &s.Methods[i]
		}
	}
	return nil
}

func (s *Service) nameOf(id uint16) string {
	if m := s.method(id); m != nil {
		return m.Name
	}
	return "unknown"
}

// valid says what a service lacks.
func (s *Service) valid() error {
	if len(s.Server) == 0 || s.Server[0] == "" {
		return errors.New("expected a server: --server COMMAND")
	}
	if _, err := exec.LookPath(s.Server[0]); err != nil {
		return fmt.Errorf("the server: %w", err)
	}
	ordinary := 0
	for i := range s.Methods {
		m := &s.Methods[i]
		if m.Request == nil {
			return fmt.Errorf("method %d (%s) has no Request, which makes its requests", m.ID, m.Name)
		}
		if !m.Oneway {
			ordinary += m.Weight
		}
	}
	if ordinary == 0 {
		return errors.New("there is no method to call: one at least needs a Weight, and an answer")
	}
	return nil
}
