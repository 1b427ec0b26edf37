package ringcall

import (
	"context"
	"errors"
	"time"

	"github.com/ringcall/ringcall/go/internal/flat"
)

// Method describes a method of a service to the typed forms of call. Generated code has one variable for each method. It is not changed after its first
// use, and then safe for any number of goroutines.
type Method struct {
	ID         uint16
	Name       string                  // as "Quotes.Add"; stands before the text of every error
	Deadline   time.Duration           // of calls whose context has none, from the post on; 0: none
	Idempotent bool                    // running it twice does no more than running it once
	Failure    func(code uint32) error // the interface's error that a failure's code stands for; nil if there is none. May be nil
}

// Error is err as the typed forms of call return it: with the method's name in front of its text, and, if it is a HandlerError whose code the interface
// names, that error too for errors.Is. It returns nil for nil.
func (m *Method) Error(err error) error { return m.explain(err) }

// Bound is ctx with the method's deadline if it has none of its own, for the forms of call that know no Method. The function is to be called when the
// call has ended.
func (m *Method) Bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, bounded := ctx.Deadline(); bounded || m.Deadline <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, m.Deadline)
}

func (m *Method) explain(err error) error {
	if err == nil {
		return nil
	}
	switch known := err.(type) {
	case *GoneError:
		whole := *known
		whole.Method, whole.Name = m.ID, m.Name
		err = &whole
	case *PoisonedError:
		whole := *known
		whole.Name = m.Name
		err = &whole
	}
	e := &methodError{method: m.Name, cause: err}
	if m.Failure == nil {
		return e
	}
	var failed *HandlerError
	if errors.As(err, &failed) {
		e.known = m.Failure(failed.Code)
		e.message = failed.Message
	}
	return e
}

// methodError is an error of a call to a method.
type methodError struct {
	method  string
	cause   error
	known   error // the interface's name for the failure; nil if there is none
	message string
}

func (e *methodError) Error() string {
	switch {
	case e.known == nil:
		return e.method + ": " + e.cause.Error()
	case e.message == "":
		return e.method + ": " + e.known.Error()
	}
	return e.method + ": " + e.known.Error() + ": " + e.message
}

func (e *methodError) Unwrap() []error {
	if e.known == nil {
		return []error{e.cause}
	}
	return []error{e.cause, e.known}
}

// mustBeFlat panics if T cannot be the type of a record.
func mustBeFlat[T any]() {
	if !flat.Is[T]() {
		panicOf(flat.Name[T]())
	}
}

func panicOf(name string) {
	panic("ringcall: " + name + " is no type for records: it holds pointers")
}
