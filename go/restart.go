package ringcall

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ringcall/ringcall/go/internal/tick"
)

const (
	pauseLeast   = 10 * time.Millisecond // at most, before the first try to get a server back; each failure doubles it
	pauseMost    = time.Second
	failuresMost = 8           // running, after which calls without a deadline are not kept waiting
	provenAfter  = time.Second // a server that lived so long, or has answered anything, was no failure
)

// WithRestart has the client outlive its server. Where Start launched the server it is launched again when it has ended, with the same program, arguments,
// environment, directory and files; Dial attaches again when a server appears under the name. The pause before a try is 5 to 10 ms at first, and
// doubles with every failure up to 0.5 to 1 s. The client gives up, and says so by Done and Err, only when it is closed or where trying again would not help: versions or
// interfaces differ, the server is another user's, the name is none, or the program is not there or may not be executed.
//
// Calls that the lost server never started are sent to the next one, calls of an idempotent Method also if they may have run; of all others the *GoneError
// is returned as ever. Calls wait for the next server within their deadline. Those that have none fail, with a *RestartError, once 8 tries running have
// failed. Calls by number count as not idempotent. A request that was in flight at three deaths of the server running is refused from then on: ErrPoisoned.
// Requests of a RecordRun, FrameRun or CallEach that its caller had given up are not counted.
//
// What was posted but not sent is sent by its Await. Of what a caller fills in where the server reads it, a Batch, nothing is sent again. What Send has
// published to a server that dies is lost.
//
// A cmd's Process is the first server's: Client.ServerPID tells the present one's. A cmd's Stdin is not read twice, and the context of exec.CommandContext ends the first process alone. Its ExtraFiles must stay open until Close.
func WithRestart() Option {
	return func(o *options) { o.restart = new(restart) }
}

// RestartError is the reason for which a client with WithRestart has no server. It is ErrServerGone.
type RestartError struct {
	Failures int   // tries to get a server back that failed, running
	Final    bool  // the client has given up: to try again would not help
	Cause    error // of the last failure, or how the last server was lost
}

func (e *RestartError) Error() string {
	if e.Final {
		return fmt.Sprintf("ringcall: the server is gone, and to start or find it again cannot succeed: %v", e.Cause)
	}
	return fmt.Sprintf("ringcall: the server is gone; %d tries running to get it back have failed, the last: %v", e.Failures, e.Cause)
}

// Unwrap lists ErrServerGone and the cause.
func (e *RestartError) Unwrap() []error { return []error{ErrServerGone, e.Cause} }

// waitError is the error of a call that ended while it waited to be sent.
type waitError struct {
	why   error  // ErrDeadline, context.Canceled, ErrClosed or a *RestartError
	fate  error  // of the call before that
	what  string // it has waited for; "" if it has not waited
	cause error  // why there was no server; may be nil
}

func (e *waitError) Error() string {
	text := e.why.Error()
	if e.what != "" {
		text += ", while the call waited " + e.what
	}
	if e.cause != nil {
		text += fmt.Sprintf(" (%v)", e.cause)
	}
	return text
}

func (e *waitError) Unwrap() []error {
	if e.cause == nil {
		return []error{e.why, e.fate}
	}
	return []error{e.why, e.fate, e.cause}
}

// restart is what a client with WithRestart has beyond its channel. One goroutine, supervise, gets the next one when a channel is lost.
type restart struct {
	client   *Client
	open     func(ctx context.Context, o options) (*channel, error)
	suspects suspects
	closing  context.Context // ends with Close
	close    context.CancelFunc
	ended    chan struct{} // supervise has returned
	done     chan struct{} // Client.Done
	outputs  sync.WaitGroup

	mu       sync.Mutex
	options  options
	changed  chan struct{} // closed, and made anew, with every change to what follows
	failures int
	cause    error // why there is no server; nil while there is one
	err      error // Client.Err
	retired  []*channel
	past     Stats // of channels that are unmapped
	restarts uint64
}

// begin makes the restart ready for its first channel, which is opened with the options that it returns.
func (r *restart) begin(o options, open func(context.Context, options) (*channel, error)) options {
	r.open = open
	r.closing, r.close = context.WithCancel(context.Background())
	r.ended, r.done, r.changed = make(chan struct{}), make(chan struct{}), make(chan struct{})
	r.suspects.init()
	sink, turn := o.output, new(sync.Mutex)
	if sink == nil {
		sink = printLine
	}
	o.output = func(stream, line string) { // of two processes there may be lines at a time
		turn.Lock()
		defer turn.Unlock()
		sink(stream, line)
	}
	o.clockAt, o.clockNs = time.Now(), tick.Monotonic()
	r.options = o
	return o
}

// supervise sees to it that there is a channel, from the first one on.
func (r *restart) supervise() {
	defer close(r.ended)
	ch := r.client.channel()
	for ch != nil {
		begin := time.Now()
		select {
		case <-ch.done:
		case <-r.closing.Done():
			return
		}
		proven := time.Since(begin) >= provenAfter || ch.stats().Client.Answers != 0
		r.lost(ch, proven)
		if p := ch.process; p != nil {
			p.end()
			r.outputs.Add(1)
			go func() {
				defer r.outputs.Done()
				p.stop() // which waits for the output
			}()
		}
		ch = r.next()
	}
}

// lost takes leave of a channel.
func (r *restart) lost(ch *channel, proven bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ch.retire()
	r.failures++
	if proven {
		r.failures = 0
	}
	r.cause = ch.ending()
	r.retired = append(r.retired, ch)
	r.collect()
	r.change()
}

// next opens the next channel; nil when there will be none.
func (r *restart) next() *channel {
	r.mu.Lock()
	pause := pauseAfter(r.failures)
	r.mu.Unlock()
	for {
		r.mu.Lock()
		o := r.options
		r.mu.Unlock()
		select {
		case <-time.After(pause):
		case <-r.closing.Done():
			return nil
		}
		ch, err := r.open(r.closing, o)
		r.mu.Lock()
		final := err != nil && isFinal(err)
		switch {
		case err == nil:
			r.restarts++
			r.cause = nil
			r.client.current.Store(ch)
		case r.closing.Err() != nil:
		case final:
			r.failures++
			r.err = &RestartError{Failures: r.failures, Final: true, Cause: err}
			close(r.done)
		default:
			r.failures++
			r.cause = err
			pause = pauseAfter(r.failures)
		}
		failures, closing := r.failures, r.closing.Err() != nil
		r.change()
		r.mu.Unlock()
		switch {
		case err == nil:
			ch.introduce()
		case !closing:
			r.tellFailure(failures, final, pause, err)
		}
		if err == nil || final || closing {
			return ch
		}
	}
}

// pauseAfter varies, so that the clients of a server that has died do not all come back in the same moment.
func pauseAfter(failures int) time.Duration {
	pause := min(pauseLeast<<min(failures, 10), pauseMost)
	return pause/2 + rand.N(pause/2)
}

// isFinal says whether what failed so would fail again.
func isFinal(err error) bool {
	for _, final := range []error{ErrVersion, ErrInterface, ErrUntrusted, ErrBadName, fs.ErrPermission, exec.ErrNotFound, syscall.ENOEXEC} {
		if errors.Is(err, final) {
			return true
		}
	}
	var refused *RefusedError
	if errors.As(err, &refused) {
		return refused.Status == welcomeUser || refused.Status == welcomeMalformed
	}
	var failed *StartError
	return errors.As(err, &failed) && failed.Exit == nil && errors.Is(failed.Cause, fs.ErrNotExist)
}

// change wakes those that wait for a change. mu is held.
func (r *restart) change() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// enter waits for a channel to send on, within ctx, which it visits. fate is the call's so far.
func (r *restart) enter(ctx context.Context, fate error) (*channel, error) {
	what := ""
	for {
		if ch := r.client.channel(); ch.visitIfLive() {
			return ch, nil
		}
		r.mu.Lock()
		changed := r.changed
		err, cause := r.hopeless(ctx)
		live := atomic.LoadUint32(&r.client.channel().stop) == 0
		r.mu.Unlock()
		if live {
			continue
		}
		if err == nil {
			what = "for a server"
			select {
			case <-changed:
				continue
			case <-ctx.Done():
				err = contextError(ctx)
			case <-lateOf(ctx):
				err = contextError(ctx)
			}
		}
		if err == ErrClosed && what == "" {
			cause = nil // no matter
		}
		return nil, &waitError{why: err, fate: fate, what: what, cause: cause}
	}
}

// hopeless says why it makes no sense to wait for a server, or to wait on without a deadline, and why there is none. mu is held.
func (r *restart) hopeless(ctx context.Context) (err, cause error) {
	if r.err != nil {
		return r.err, r.cause
	}
	if !r.client.channel().isRetired() {
		return nil, nil // it was lost just now: what is known is of one before
	}
	if _, bounded := ctx.Deadline(); !bounded && r.failures >= failuresMost {
		return &RestartError{Failures: r.failures, Cause: r.cause}, nil // it tells the cause
	}
	return nil, r.cause
}

// ending is Client.Err.
func (r *restart) ending() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// end is Client.Close.
func (r *restart) end() error {
	r.close()
	r.mu.Lock()
	if r.err != ErrClosed {
		if r.err == nil {
			close(r.done)
		}
		r.err = ErrClosed
		r.change()
	}
	r.mu.Unlock()
	<-r.ended
	ch := r.client.channel()
	lost := ch.isRetired()
	err := ch.close()
	r.outputs.Wait()
	if lost {
		return nil // its end was dealt with when it came
	}
	return err
}

// collect moves the counters of retired channels that were unmapped to past. mu is held.
func (r *restart) collect() {
	left := r.retired[:0]
	for _, ch := range r.retired {
		if s, final := ch.finalStats(); final {
			r.past.add(&s)
		} else {
			left = append(left, ch)
		}
	}
	clear(r.retired[len(left):])
	r.retired = left
}

// stats is Client.Stats.
func (r *restart) stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.collect()
	total := r.past
	for _, ch := range r.retired {
		s := ch.stats()
		total.add(&s)
	}
	if ch := r.client.channel(); !ch.isRetired() {
		s := ch.stats()
		total.add(&s)
	}
	total.Client.Restarts = r.restarts
	return total
}

// implements is Client.Implements. What the client has asked for once is asked of every later server too.
func (r *restart) implements(i *Interface) error {
	ch := r.client.channel()
	if err := ch.serves.implements(i); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, known := range r.options.interfaces {
		if known == i {
			return nil
		}
	}
	r.options.interfaces = append(r.options.interfaces[:len(r.options.interfaces):len(r.options.interfaces)], i)
	return nil
}
