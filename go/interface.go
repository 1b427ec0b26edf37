package ringcall

import (
	"fmt"
	"strings"
)

// Interface is a service as generated code knows it. It is never changed, and safe for any number of goroutines.
type Interface struct {
	Name        string // of the service
	Fingerprint uint64 // FNV-1a 64 of Description; never 0 or 2^64-1
	Description string // every method, and every record and enumeration that they reach, a line each
}

// WithInterface has Dial and Start check that the server's service of this name is the one that the client was generated for, and otherwise fail with an
// *InterfaceError that says what differs. It may be given several times, for several services.
//
// What must agree is what both sides have: methods with an id that both know, and the types that they reach, but for enumerators that one side does not
// know. A method that the server lacks does not matter until it is called: that is ErrUnknownMethod.
func WithInterface(i *Interface) Option {
	return func(o *options) { o.interfaces = append(o.interfaces, i) }
}

// InterfaceError is returned when client and server were generated for interfaces that do not fit. It is ErrInterface.
type InterfaceError struct {
	Interface   string   // the service
	Differences []string // such as "quote.price: offset 16 in the server, 24 in the client"
}

const differencesShown = 10

func (e *InterfaceError) Error() string {
	shown := e.Differences[:min(len(e.Differences), differencesShown)]
	text := fmt.Sprintf("ringcall: the server does not fit the client's interface %s: %s", e.Interface, strings.Join(shown, "; "))
	if more := len(e.Differences) - len(shown); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

func (e *InterfaceError) Unwrap() error { return ErrInterface }

// served is what the server said of its services at attach. It is not changed afterwards.
type served struct {
	epoch       uint64
	fingerprint uint64 // the one that was asked for, if the server has it; else 0
	described   bool
	description string       // of all its services, one after another
	fits        []*Interface // those that were compared and fit
}

// fingerprintOf is what the hello states.
func fingerprintOf(interfaces []*Interface) uint64 {
	if len(interfaces) == 0 {
		// Implements may ask later.
		return interfaceSend
	}
	first := interfaces[0].Fingerprint
	for _, i := range interfaces {
		if i.Fingerprint != first || first == 0 {
			return interfaceSend
		}
	}
	return first
}

// check compares the interfaces that the client was set up with.
func (s *served) check(interfaces []*Interface) error {
	for _, i := range interfaces {
		if err := s.implements(i); err != nil {
			return err
		}
		s.fits = append(s.fits, i)
	}
	return nil
}

func (s *served) implements(i *Interface) error {
	if s.fingerprint != 0 && s.fingerprint == i.Fingerprint {
		return nil
	}
	for _, fit := range s.fits {
		if fit == i {
			return nil
		}
	}
	if !s.described {
		why := "the server has not described its services"
		if s.fingerprint != 0 {
			why = "the client was attached for another interface alone; give Dial or Start WithInterface for this one too"
		}
		return &InterfaceError{i.Name, []string{why}}
	}
	if differences := compareInterface(s.description, i); len(differences) != 0 {
		return &InterfaceError{i.Name, differences}
	}
	return nil
}
