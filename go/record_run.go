package ringcall

import (
	"context"
	"fmt"
	"time"
	"unsafe"
)

// RecordRun is a number of calls to one method, with requests of type Q and answers of type A, that are posted together and awaited together. Each
// call has an outcome of its own, as in a Run; the records travel side by side, as in a Batch, so that a call costs a few nanoseconds. Where one fails the
// calls behind it are posted anew, in their order: none runs twice.
//
// Several runs may be in flight at once. A RecordRun is reusable, and used by one goroutine at a time. What was posted is awaited or Reset, or else its room in
// the request arena, and after Close the mapping, stay in use.
type RecordRun[Q, A any] struct {
	method   *Method
	batch    *Batch
	requests []Q // count of them were added
	count    int
	answers  []A
	stage    runStage
	room     int           // what follows from stage, so that Add is inlined: the capacity while calls can be added, else 0
	shut     error         // and why no more can be
	full     error         // that of a full run; these four have the method's name: to add it would not let Add and Answer be inlined
	posted   error         // of a posted run
	void     error         // of a void one
	none     error         // of an answer that there is not
	good     uint          // answers that are there, up to the first that is not; 0 before they are awaited
	from     int           // the first call of the batch in flight: those before it have their outcome
	deadline time.Time     // what calls that are made singly later keep to, of a client with restart; zero: none
	alone    bool          // nothing was posted, of a client with restart: Await makes the calls singly
	until    time.Duration // the method's deadline, on the client's clock; 0: none
	failures []recordFailure
}

// recordFailure is the error of the calls from one on, up to another, in increasing order.
type recordFailure struct {
	from, to int
	err      error
}

// NewRecordRun makes a run of up to capacity calls, whose memory it allocates here. Q and A are laid out as the server's types are, hold no pointers,
// and Q has a byte at least: it panics otherwise. Generated code guarantees all that.
func NewRecordRun[Q, A any](c *Client, m *Method, capacity int) *RecordRun[Q, A] {
	mustBeFlat[Q]()
	mustBeFlat[A]()
	if sizeOf[Q]() == 0 {
		panic(fmt.Sprintf("ringcall: %T has no bytes: a method without parameters takes a Run", *new(Q)))
	}
	capacity = max(capacity, 0)
	batch := c.NewBatch(m.ID, sizeOf[Q](), sizeOf[A]())
	batch.parts = true
	full := m.explain(fmt.Errorf("%w: it has %d calls", errRunFull, capacity))
	return &RecordRun[Q, A]{
		method:   m,
		batch:    batch,
		requests: make([]Q, capacity),
		answers:  make([]A, capacity),
		room:     capacity,
		full:     full,
		posted:   m.explain(errRunPosted),
		void:     m.explain(errRunVoid),
		none:     m.explain(errNoAnswer),
		shut:     full,
	}
}

// Len is the number of calls that were added.
func (r *RecordRun[Q, A]) Len() int { return r.count }

// Add adds a call. It copies request and does not wait.
func (r *RecordRun[Q, A]) Add(request *Q) error {
	if r.count >= r.room {
		return r.shut
	}
	r.requests[r.count] = *request
	r.count++
	return nil
}

// Post publishes the calls and returns without waiting for answers. It waits, within ctx, for room in the request arena: the run needs room there for its
// requests and answers until it is awaited, and one that exceeds the arena is a *TooLargeError. The deadline of ctx is that of every call; without one
// the method's is. After an error nothing was posted, and the run is void: Reset it.
func (r *RecordRun[Q, A]) Post(ctx context.Context) error {
	if r.batch.channel.watched() {
		return r.watch(ctx, FormPost, r.postOf)
	}
	return r.postOf(ctx)
}

func (r *RecordRun[Q, A]) postOf(ctx context.Context) error {
	r.until = r.batch.channel.untilOf(r.method)
	ctx, p := r.batch.channel.bounded(ctx, r.until)
	_, err := r.post(ctx, false)
	p.end()
	return err
}

func (r *RecordRun[Q, A]) post(ctx context.Context, wait bool) (leading bool, err error) {
	if err := r.stage.open(); err != nil {
		return false, r.method.explain(err)
	}
	r.room, r.shut = 0, r.posted
	r.from = 0
	r.failures = r.failures[:0]
	r.stage = runPosted
	if r.count == 0 {
		return false, nil
	}
	if r.alone = r.mustBeAlone(ctx); r.alone {
		return false, nil
	}
	if leading, posted := r.sendShort(ctx, wait); posted {
		return leading, nil
	}
	leading, err = r.send(ctx, wait)
	if r.batch.channel.restart != nil && isUnsent(err) {
		r.alone = true
		return false, nil
	}
	if err != nil {
		r.stage, r.shut = runVoid, r.void
		return false, r.method.explain(notPosted(err))
	}
	return leading, nil
}

// send posts the calls from r.from on. It waits for room only for the first of them: what is left then has less than its room has.
func (r *RecordRun[Q, A]) send(ctx context.Context, wait bool) (leading bool, err error) {
	rest := r.requests[r.from:r.count]
	var room []byte
	if r.from == 0 {
		room, err = r.batch.Reserve(ctx, len(rest))
	} else {
		room = r.batch.open(len(rest))
	}
	if err != nil {
		return false, err
	}
	copy(recordsOf[Q](room), rest)
	leading, err = r.batch.post(ctx, wait)
	if err != nil {
		r.batch.Release()
	}
	return leading, err
}

// Await waits for all answers. It returns nil when they are there, although each may be an error of its own: see Answer. When the client is
// closed, its server gone or the channel corrupt it returns that, and Answer tells what became of each call. If ctx ends first the run is void: its answers
// are discarded as they come, and after Reset it is as new.
func (r *RecordRun[Q, A]) Await(ctx context.Context) error {
	if r.batch.channel.watched() {
		return r.watch(ctx, FormAwait, r.awaitOf)
	}
	return r.awaitOf(ctx)
}

func (r *RecordRun[Q, A]) awaitOf(ctx context.Context) error {
	switch r.stage {
	case runVoid:
		return r.void
	case runPosted:
	default:
		return r.method.explain(errNotPosted)
	}
	if r.count == 0 {
		r.stage = runAwaited
		return nil
	}
	ctx, p := r.batch.channel.bounded(ctx, r.until)
	var err error
	if r.alone {
		err = r.callSingly(ctx, errUnsent)
	} else {
		err = r.awaitPosted(ctx)
	}
	p.end()
	return err
}

// Do is Post and Await in one, and the fastest form of both.
func (r *RecordRun[Q, A]) Do(ctx context.Context) error {
	if r.batch.channel.watched() {
		return r.watch(ctx, FormRun, r.doOf)
	}
	return r.doOf(ctx)
}

func (r *RecordRun[Q, A]) doOf(ctx context.Context) error {
	ctx, p := r.batch.channel.within(ctx, r.method)
	leading, err := r.post(ctx, true)
	switch {
	case err != nil:
	case r.count == 0:
		r.stage = runAwaited
	case r.alone:
		err = r.callSingly(ctx, errUnsent)
	default:
		err = r.waitOn(ctx, leading, unpolled)
	}
	p.end()
	return err
}

// settle takes the outcome of a batch, and of those that go on where one failed.
func (r *RecordRun[Q, A]) settle(ctx context.Context, err error) error {
	b := r.batch
	for b.stage == runAwaited {
		begin := r.from
		r.takeAnswers()
		switch {
		case r.from == r.count:
		case isOfOneRecord(err):
			r.fail(r.from+1, shifted(err, begin))
		case b.channel.restart != nil && b.call.failure != nil:
			return r.callSingly(ctx, b.call.failure)
		default:
			r.fail(r.count, err)
			if b.call.failure != nil {
				return r.end(b.call.failure)
			}
		}
		if r.from == r.count {
			return r.end(nil)
		}
		var leading bool
		leading, err = r.send(ctx, true)
		if b.channel.restart != nil && isUnsent(err) {
			return r.callSingly(ctx, err)
		}
		if err != nil {
			r.fail(r.count, err)
			return r.end(err)
		}
		err = b.await(ctx, leading, unpolled)
	}
	r.stage, r.shut = runVoid, r.void
	return r.method.explain(begun(err, r.from != 0))
}

// takeAnswers copies the answers of the awaited batch out: nobody can change what was copied.
func (r *RecordRun[Q, A]) takeAnswers() {
	done := r.batch.answers
	copy(r.answers[r.from:], unsafe.Slice((*A)(unsafe.Pointer(unsafe.SliceData(r.batch.Answers()))), done))
	r.from += done
}

func isOfOneRecord(err error) bool {
	failed, ok := err.(*HandlerError)
	return ok && failed.InBatch
}

// end ends the run, with why it was cut short; its room goes back.
func (r *RecordRun[Q, A]) end(err error) error {
	r.batch.Release()
	r.stage = runAwaited
	r.good = uint(r.count)
	if len(r.failures) != 0 {
		r.good = uint(r.failures[0].from)
	}
	if err == nil {
		return nil
	}
	return r.method.explain(begun(err, r.failures[0].from != 0 || len(r.failures) > 1))
}

// fail gives the calls from r.from up to another their error.
func (r *RecordRun[Q, A]) fail(to int, err error) {
	if err == nil {
		err = errShortBatch
	}
	r.failures = append(r.failures, recordFailure{r.from, to, r.method.explain(err)})
	r.from = to
}

// Answer copies the answer to the call that was added as number i, from 0, to answer, or returns its error; see Call.
func (r *RecordRun[Q, A]) Answer(i int, answer *A) error {
	if uint(i) >= r.good {
		if err := r.failureOf(i); err != nil {
			return err
		}
	}
	*answer = r.answers[i]
	return nil
}

// failureOf is why there is no answer with that number; nil if there is.
func (r *RecordRun[Q, A]) failureOf(i int) error {
	if r.stage != runAwaited || uint(i) >= uint(r.count) {
		return r.none
	}
	for _, f := range r.failures {
		if f.from <= i && i < f.to {
			return f.err
		}
	}
	return nil
}

// Reset empties the run. If it was posted but not awaited its answers will be discarded.
func (r *RecordRun[Q, A]) Reset() {
	if r.stage == runPosted {
		r.batch.Release()
	}
	r.stage = runOpen
	r.room, r.shut = len(r.answers), r.full
	r.good = 0
	r.count = 0
	r.failures = r.failures[:0]
}
