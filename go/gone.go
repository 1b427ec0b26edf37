package ringcall

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
)

// GoneError is returned when the server died or left while a call had no answer. errors.Is tells what became of the call:
// ErrMayHaveRun or ErrNeverStarted; and ErrServerClosed if the server left on purpose.
type GoneError struct {
	Method  uint16       // that was called; 0 where no single call is concerned
	Name    string       // of the method, for the typed forms of call
	Fate    error        // ErrMayHaveRun: the server had taken the request; ErrNeverStarted: it had not; nil where no single call is concerned
	Closed  bool         // the server closed the channel on purpose
	Running *RunningCall // whose handler ran when the server died, by its black box; nil if that does not tell
	Cause   error        // how it was noticed; for a co-process, an *exec.ExitError once it is known; may be nil

	outlived bool // the client has WithRestart: it goes on with the next server
}

func (e *GoneError) Error() string {
	var text strings.Builder
	text.WriteString("ringcall: the server ")
	if e.Closed {
		text.WriteString("closed the channel")
	} else {
		text.WriteString("is gone")
	}
	if e.Cause != nil {
		fmt.Fprintf(&text, " (%s)", endOf(e.Cause))
	}
	if e.Running != nil {
		fmt.Fprintf(&text, " while it ran %v", e.Running)
	}
	request := "the request"
	if e.Method != 0 && e.Name == "" { // a name stands in front of the text already
		request = fmt.Sprintf("the request of method %d", e.Method)
	}
	switch e.Fate {
	case ErrMayHaveRun:
		fmt.Fprintf(&text, "; it had taken %s, whose handler may have run", request)
	case ErrNeverStarted:
		where := ", on a new client,"
		if e.outlived {
			where = ""
		}
		fmt.Fprintf(&text, "; it had not taken %s: a retry%s is safe", request, where)
	}
	return text.String()
}

// endOf says how a process ended, or what else err is.
func endOf(err error) string {
	var exit *exec.ExitError
	switch {
	case err == errExitZero:
		return "it exited with status 0"
	case !errors.As(err, &exit):
		return err.Error()
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled():
		return fmt.Sprintf("it was killed by signal %d (%v)", int(status.Signal()), status.Signal())
	case ok && status.Exited():
		return fmt.Sprintf("it exited with status %d", status.ExitStatus())
	}
	return err.Error()
}

// Unwrap lists ErrServerGone and what else holds.
func (e *GoneError) Unwrap() []error {
	is := []error{ErrServerGone}
	if e.Closed {
		is = append(is, ErrServerClosed)
	}
	if e.Fate != nil {
		is = append(is, e.Fate)
	}
	if e.Cause != nil {
		is = append(is, e.Cause)
	}
	return is
}

func (e *GoneError) withFate(fate error) *GoneError {
	whole := *e
	whole.Fate = fate
	return &whole
}

// ofMethod is err as the error of a call of this method.
func ofMethod(err error, method uint16) error {
	gone, ok := err.(*GoneError)
	if !ok {
		return err
	}
	whole := *gone
	whole.Method = method
	return &whole
}
