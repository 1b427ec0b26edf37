package ringcall

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/ringcall/ringcall/go/wire"
)

// A sentinel is compared by identity; it also is everything in like, so that errors.Is finds the standard library's own.
type sentinel struct {
	text string
	like []error
}

func (s *sentinel) Error() string   { return s.text }
func (s *sentinel) Unwrap() []error { return s.like }

// Timeout makes the deadline errors net.Errors in spirit: callers that ask for it need not know this package.
func (s *sentinel) Timeout() bool { return errors.Is(errors.Join(s.like...), os.ErrDeadlineExceeded) }

var (
	// ErrClosed is returned when the client was closed, before or during the call. It is also os.ErrClosed.
	ErrClosed error = &sentinel{"ringcall: the client is closed", []error{os.ErrClosed}}

	// ErrServerGone is returned, inside a *GoneError, when the server died or left: by Err always, by a call when it had no answer yet.
	ErrServerGone error = &sentinel{text: "ringcall: the server is gone"}

	// ErrServerClosed is returned, inside a *GoneError and beside ErrServerGone, when the server closed the channel on purpose.
	ErrServerClosed error = &sentinel{text: "ringcall: the server closed the channel"}

	// ErrMayHaveRun is returned, inside a *GoneError, when the server had taken the request: its handler may have run, in full or in part.
	ErrMayHaveRun error = &sentinel{text: "ringcall: the handler may have run"}

	// ErrNeverStarted is returned, inside a *GoneError or beside another error, when the handler did not run and never will: a retry is safe.
	// Every call that fails before it is posted is told so.
	ErrNeverStarted error = &sentinel{text: "ringcall: the handler never started"}

	// ErrTooLarge is returned, as a *TooLargeError, when a payload exceeds the whole capacity of its arena, so that waiting would not help.
	ErrTooLarge error = &sentinel{text: "ringcall: payload too large"}

	// ErrArenaFull is returned by Run.Add and Run.Reserve when the run's requests that do not fit a slot would exceed the request arena together. Post and
	// await what the run has, or give the server a larger request arena.
	ErrArenaFull error = &sentinel{text: "ringcall: the run exceeds the request arena"}

	// ErrInterface is returned, as an *InterfaceError, by Dial, Start and Client.Implements when server and client were generated for interfaces that
	// do not fit.
	ErrInterface error = &sentinel{text: "ringcall: interfaces differ"}

	// ErrVersion is returned, as a *VersionError, by Dial and Start when the two sides speak different versions of the ABI.
	ErrVersion error = &sentinel{text: "ringcall: ABI versions differ"}

	// ErrUnknownMethod is returned when the server has no handler for the method. Nothing ran.
	ErrUnknownMethod error = &sentinel{text: "ringcall: unknown method"}

	// ErrDeadline is returned when the context's deadline passed before the answer came. It is also os.ErrDeadlineExceeded and
	// context.DeadlineExceeded. Unless it is ErrNeverStarted too, the handler may have run or may yet run.
	ErrDeadline error = &sentinel{"ringcall: deadline exceeded", []error{os.ErrDeadlineExceeded, context.DeadlineExceeded}}

	// ErrNoRoom is returned when the handler ran but its answer found neither room in the answer arena nor memory in the server.
	// Release views and await posted calls sooner, or give the server a larger answer arena.
	ErrNoRoom error = &sentinel{text: "ringcall: the server had no room for the answer"}

	// ErrBadRequest is returned when the request has not the size or form that the server's method asks for. Nothing ran.
	ErrBadRequest error = &sentinel{text: "ringcall: bad request"}

	// ErrBadAnswer is returned by the typed forms of call when an answer has not the size or form that the interface asks for. The handler ran.
	ErrBadAnswer = wire.ErrBadAnswer

	// ErrCorrupt is returned, as a *CorruptError, when the other side broke a rule of the ABI. The channel is unusable for good.
	ErrCorrupt error = &sentinel{text: "ringcall: the channel is corrupt"}

	// ErrRefused is returned, as a *RefusedError, by Dial and Start when the server answered but does not take this client.
	ErrRefused error = &sentinel{text: "ringcall: the server refused the attach"}

	// ErrAwaited is returned when a posted call is awaited a second time, or after it was abandoned.
	ErrAwaited error = &sentinel{text: "ringcall: the call was already awaited or abandoned"}

	// ErrNoServer is returned, as a *NoServerError, by Dial when nobody listens under the name. It is also os.ErrNotExist.
	ErrNoServer error = &sentinel{"ringcall: no server", []error{os.ErrNotExist}}

	// ErrBadName is returned by Dial when the name cannot be the name of a server, or leads to a path that a socket cannot have.
	ErrBadName error = &sentinel{text: "ringcall: bad server name"}

	// ErrUntrusted is returned by Dial and Start when the socket's directory or the process behind the socket belongs to another
	// user, or others may write there. It is also os.ErrPermission. Nothing was sent.
	ErrUntrusted error = &sentinel{"ringcall: not ours alone", []error{os.ErrPermission}}

	// ErrBadSegment is returned by Dial and Start when the memory that the server sent is not a sealed segment of the stated size.
	ErrBadSegment error = &sentinel{text: "ringcall: unusable segment"}

	// errExpired is what the status RINGCALL_EXPIRED becomes.
	errExpired error = &sentinel{"ringcall: deadline exceeded before the handler was due; it did not run", []error{ErrDeadline, ErrNeverStarted}}

	// errLate is a deadline that had passed already when the call began.
	errLate error = &sentinel{"ringcall: deadline exceeded before the call was sent; it did not run", []error{ErrDeadline, ErrNeverStarted}}

	// errCrowded is a deadline that came before the call could be posted.
	errCrowded error = &sentinel{"ringcall: deadline exceeded while the request waited for room in the ring or the request arena; it did not run",
		[]error{ErrDeadline, ErrNeverStarted}}
)

// notPosted is err, for which a call was not posted, as the error of that call.
func notPosted(err error) error {
	gone, ok := err.(*GoneError)
	switch {
	case err == nil:
		return nil
	case ok:
		return gone.withFate(ErrNeverStarted)
	case err == ErrDeadline:
		return errCrowded
	}
	return &unposted{err}
}

// unposted keeps the text of its cause.
type unposted struct{ cause error }

func (e *unposted) Error() string   { return e.cause.Error() }
func (e *unposted) Unwrap() []error { return []error{e.cause, ErrNeverStarted} }

// begun is the error of a whole of calls of which one has failed with err: if others of them were begun it is not ErrNeverStarted.
func begun(err error, others bool) error {
	if !others {
		return err
	}
	switch e := err.(type) {
	case *unposted:
		return begun(e.cause, true)
	case *GoneError:
		return e.withFate(ErrMayHaveRun)
	case *waitError:
		whole := *e
		whole.fate = ErrMayHaveRun
		return &whole
	case *PoisonedError:
		whole := *e
		whole.Fate = ErrMayHaveRun
		return &whole
	}
	if err == errExpired || err == errLate || err == errCrowded {
		return ErrDeadline
	}
	return err
}

// TooLargeError is returned when a payload is larger than its whole arena. It is ErrTooLarge.
type TooLargeError struct {
	Size     int  // bytes that were to be sent
	Capacity int  // bytes that can be
	Answer   bool // it was the answer that did not fit: the handler ran
}

func (e *TooLargeError) Error() string {
	if e.Answer {
		return fmt.Sprintf("ringcall: the answer of %d bytes exceeds the answer arena's capacity of %d bytes (the handler ran); "+
			"split it, or enlarge the server's options::answer_arena", e.Size, e.Capacity)
	}
	return fmt.Sprintf("ringcall: the request of %d bytes exceeds the request arena's capacity of %d bytes; "+
		"split it, or enlarge the server's options::request_arena", e.Size, e.Capacity)
}

func (e *TooLargeError) Unwrap() error { return ErrTooLarge }

// VersionError is returned when client and server speak different versions of the ABI. It is ErrVersion.
type VersionError struct {
	Client, Server uint32
}

func (e *VersionError) Error() string {
	older := "client"
	if e.Server < e.Client {
		older = "server"
	}
	return fmt.Sprintf("ringcall: this client speaks ABI version %d, the server version %d; rebuild the %s", e.Client, e.Server, older)
}

func (e *VersionError) Unwrap() error { return ErrVersion }

// HandlerError is returned when the handler failed: it ran and threw.
type HandlerError struct {
	Method  uint16
	Code    uint32 // the failure's code; 0 for an exception that carries none
	Message string // in the server's words; may be cut to what fitted a slot
	InBatch bool   // it was one record of a batch that failed
	Record  int    // which, from 0
}

func (e *HandlerError) Error() string {
	if e.InBatch {
		return fmt.Sprintf("ringcall: method %d failed for record %d of the batch with code %d: %s", e.Method, e.Record, e.Code, e.Message)
	}
	return fmt.Sprintf("ringcall: method %d failed with code %d: %s", e.Method, e.Code, e.Message)
}

// CorruptError is returned when the other side, or somebody who writes into its memory, broke a rule of the ABI. It is ErrCorrupt.
type CorruptError struct {
	Violation string // which rule, with what was expected and what was found
	Server    bool   // it was the server that found it, in what this client wrote
}

func (e *CorruptError) Error() string {
	finder, culprit := "this client", "the server"
	if e.Server {
		finder, culprit = culprit, finder
	}
	return fmt.Sprintf("ringcall: %s poisoned the channel, since %s broke the ABI: %s; attach anew", finder, culprit, e.Violation)
}

func (e *CorruptError) Unwrap() error { return ErrCorrupt }

// RefusedError is returned when the server answered the attach with a refusal. It is ErrRefused.
type RefusedError struct {
	Status  uint32 // ringcall_welcome_status
	Message string // the server's reason
}

func (e *RefusedError) Error() string {
	message := e.Message
	if message == "" {
		message = "it gave no reason"
	}
	return fmt.Sprintf("ringcall: the server refused the attach (status %d): %s", e.Status, message)
}

func (e *RefusedError) Unwrap() error { return ErrRefused }

// NoServerError is returned when nobody listens under the name. It is ErrNoServer.
type NoServerError struct {
	Name  string // as given
	Path  string // of the socket it leads to
	Stale bool   // the socket file is there, but its server is not
	Cause error  // of the system, may be nil
}

func (e *NoServerError) Error() string {
	if e.Stale {
		return fmt.Sprintf("ringcall: no server %q: the socket %s is stale, a server that is gone left it behind; "+
			"start the server, it replaces the file (%v)", e.Name, e.Path, e.Cause)
	}
	return fmt.Sprintf("ringcall: no server %q: there is no socket %s; start the server, under the same name, user and XDG_RUNTIME_DIR (%v)",
		e.Name, e.Path, e.Cause)
}

// Unwrap lists ErrNoServer and the cause.
func (e *NoServerError) Unwrap() []error {
	if e.Cause == nil {
		return []error{ErrNoServer}
	}
	return []error{ErrNoServer, e.Cause}
}

// StartError is returned, by Start, when the co-process did not get as far as serving.
type StartError struct {
	Path   string   // of the program
	Exit   error    // how it ended, as exec.Cmd.Wait says it, or "exit status 0"; nil: it never ran, or was killed by Start
	Cause  error    // what went wrong on the connection; may be nil
	Stderr []string // its last lines, if Start collects them
}

func (e *StartError) Error() string {
	var text strings.Builder
	fmt.Fprintf(&text, "ringcall: the co-process %s did not attach", e.Path)
	if e.Exit != nil {
		fmt.Fprintf(&text, ": it ended with %v", e.Exit)
	}
	if e.Cause != nil {
		fmt.Fprintf(&text, ": %v", e.Cause)
	}
	if len(e.Stderr) > 0 {
		fmt.Fprintf(&text, "; its last lines:\n\t%s", strings.Join(e.Stderr, "\n\t"))
	}
	return text.String()
}

// Unwrap lists the exit and the cause.
func (e *StartError) Unwrap() []error {
	var is []error
	for _, err := range []error{e.Exit, e.Cause} {
		if err != nil {
			is = append(is, err)
		}
	}
	return is
}
