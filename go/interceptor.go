package ringcall

import (
	"context"
	"errors"
)

// Interceptor is called around an operation of the client's. It calls next, once, in the same goroutine, and returns next's error or another; ctx may be one
// that it has derived. An error that next returned is returned by the operation even if the interceptor returns nil; and if the interceptor returns an error the
// operation does, whatever came of it: a single call that was posted is abandoned, and its answer is lost. A run or a batch is left as next left it: posted, it is
// on its way in spite of the error, and can be awaited; awaited, its answers can be read; Reset or Release gives either up. CallEach has filled in what answers
// came. To return without calling next is to refuse the operation, with an error that says why.
type Interceptor func(ctx context.Context, call *CallInfo, next func(context.Context) error) error

// CallInfo says what an interceptor is called around. It is not changed.
type CallInfo struct {
	Method uint16 // 0: a Run's, whose calls may be to several methods
	Name   string // the Method's for typed forms of call; else from the interface as "quotes.add", or "method 7"; "run" for a Run
	Form   Form
	Calls  int // how many; of a batch, its records
}

// Form is a kind of operation.
type Form uint8

const (
	FormCall  Form = iota // one call, until its answer: Call, View, CallRecord, Frame.Call, Frame.View
	FormSend              // one call whose answer nobody wants, until it is on its way: Send, SendRecord, Frame.Send
	FormPost              // Post of any kind, until it is on its way
	FormAwait             // Await of any kind, AwaitRecord, AwaitFrame
	FormRun               // many calls, until their answers: Do of any kind, CallEach
)

// String is "call", "send", "post", "await" or "run".
func (f Form) String() string {
	names := [...]string{"call", "send", "post", "await", "run"}
	if int(f) < len(names) {
		return names[f]
	}
	return "form?"
}

// String is as "quotes.add" for a call, else as "quotes.add, await".
func (i *CallInfo) String() string {
	if i.Form == FormCall {
		return i.Name
	}
	return i.Name + ", " + i.Form.String()
}

// WithInterceptor has the client call i around each of its operations that may wait. It may be given several times: the first is outermost. An operation then costs some
// allocations and a copy of what it sends and receives; without interceptors it costs nothing.
//
// An operation is what the caller asked for: a typed form of call is one, with its method's deadline inside, and the tries that WithRestart makes are inside of it
// too. Calls in runs have their own errors, which an interceptor does not see; it sees that of the run. What does not wait for the server is not intercepted: to
// add to a run, to reserve, to release. A View's bytes and a Batch's answers are read after the operation.
func WithInterceptor(i Interceptor) Option {
	return func(o *options) { o.hooks = append(o.hooks, i) }
}

var (
	errSkipped   = errors.New("ringcall: an interceptor returned nil without having called next")
	errNextAgain = errors.New("ringcall: an interceptor called next a second time; an operation is made once")
)

// intercept has the interceptors called, from number from on, around do.
func intercept(ctx context.Context, hooks []Interceptor, info *CallInfo, do func(context.Context) error) error {
	ran := false
	var failure error
	last := func(ctx context.Context) error {
		if ran {
			return errNextAgain
		}
		ran = true
		failure = do(ctx)
		return failure
	}
	err := chain(hooks, info, last)(ctx)
	switch {
	case err != nil:
		return err
	case !ran:
		return errSkipped
	}
	return failure
}

func chain(hooks []Interceptor, info *CallInfo, last func(context.Context) error) func(context.Context) error {
	if len(hooks) == 0 {
		return last
	}
	next := chain(hooks[1:], info, last)
	return func(ctx context.Context) error { return hooks[0](ctx, info, next) }
}
