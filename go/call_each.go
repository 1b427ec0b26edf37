package ringcall

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"unsafe"
)

const (
	eachInFlight = 4         // batches of one CallEach
	eachLeast    = 256       // records of a batch, where there are as many: fewer would be dominated by what a batch costs
	eachBytes    = 128 << 10 // of a batch, about: larger ones gain nothing, and leave the caches
)

// eachState is what a CallEach keeps for the next.
type eachState struct {
	batches [eachInFlight]Batch
	from    [eachInFlight]int // the first record of each batch
}

var eachStates = sync.Pool{New: func() any {
	s := new(eachState)
	for i := range s.batches {
		s.batches[i].parts = true
		s.batches[i].call = newCall()
		s.batches[i].call.owned = true
	}
	return s
}}

// CallEach calls a method once for each request and puts the answers, in the same order, into answers, which must be as long at least. Both are copied,
// through batches as large as the request arena allows, of which several are in flight; nothing is allocated. Types are as for CallRecord, and Q has a byte
// at least.
//
// After an error the answers before the first request that failed are there; whether requests behind it were run is unknown. It is ErrNeverStarted only if
// none was. If that was the handler's doing,
// HandlerError says which request it was. The method's deadline, for a context that has none, counts for each batch.
func CallEach[Q, A any](ctx context.Context, c *Client, m *Method, requests []Q, answers []A) error {
	mustBeFlat[Q]()
	mustBeFlat[A]()
	if len(answers) < len(requests) {
		return m.explain(fmt.Errorf("ringcall: there is room for %d answers, %d requests need as much each; nothing was called", len(answers), len(requests)))
	}
	if len(requests) == 0 {
		return nil
	}
	e := each{
		channel: c.channel(), method: m, count: len(requests),
		requests: unsafe.Pointer(unsafe.SliceData(requests)), requestSize: sizeOf[Q](),
		answers: unsafe.Pointer(unsafe.SliceData(answers)), answerSize: sizeOf[A](),
	}
	if e.channel.watched() {
		return e.watch(ctx)
	}
	return m.explain(e.run(ctx))
}

// each is one CallEach.
type each struct {
	*eachState
	channel                 *channel
	method                  *Method
	requests, answers       unsafe.Pointer
	requestSize, answerSize int
	count                   int
	chunk                   int // records of a batch
	posted, awaited, taken  int // batches; taken: those that went well
}

func (e *each) run(ctx context.Context) error {
	if e.requestSize == 0 || e.requestSize > math.MaxUint16 || e.answerSize > math.MaxUint16 {
		return fmt.Errorf("ringcall: records of %d bytes, answers of %d bytes: expected a byte of each record at least, and at most %d", e.requestSize, e.answerSize, math.MaxUint16)
	}
	e.chunk = e.chunkOf(int(e.channel.arena.capacity()))
	e.eachState = eachStates.Get().(*eachState)
	for i := range e.batches {
		b := &e.batches[i]
		b.channel, b.method, b.requestSize, b.answerSize = e.channel, e.method.ID, e.requestSize, e.answerSize
	}
	err := e.all(ctx)
	err = begun(err, e.posted > 1 || e.taken != 0)
	for i := range e.batches {
		e.batches[i].Release()
		e.batches[i].channel = nil
	}
	eachStates.Put(e.eachState)
	return err
}

// chunkOf is how many records a batch has: so many that several are in flight side by side in the arena, and there is work for several.
func (e *each) chunkOf(arena int) int {
	record := e.requestSize + e.answerSize
	fits := max((min(arena/eachInFlight, eachBytes)-arenaAlign-cacheLine)/record, 1)
	return min(fits, max((e.count+eachInFlight-1)/eachInFlight, eachLeast))
}

func (e *each) all(ctx context.Context) error {
	for from := 0; from < e.count; {
		n := min(e.chunk, e.count-from)
		posted, err := e.post(ctx, from, n)
		if err == nil && posted {
			from += n
			continue
		}
		// Room is waited for with nothing in hand: what others wait for would lie in the batches that this goroutine has not taken in yet.
		if e.posted != e.awaited {
			if firstErr := e.take(ctx); firstErr != nil || err != nil {
				return e.first(ctx, firstErr, err)
			}
			continue
		}
		if err != nil {
			return err
		}
	}
	for e.posted != e.awaited {
		if err := e.take(ctx); err != nil {
			return err
		}
	}
	return nil
}

// first is the error of the first request that failed: where a batch could not be posted those before it are taken in.
func (e *each) first(ctx context.Context, taken, posting error) error {
	for taken == nil && e.posted != e.awaited {
		taken = e.take(ctx)
	}
	if taken != nil {
		return taken
	}
	return posting
}

// post posts requests as the next batch. It waits for room only if no batch is in flight; posted says whether there was any.
func (e *each) post(ctx context.Context, from, n int) (posted bool, err error) {
	if e.posted-e.awaited == eachInFlight {
		return false, nil
	}
	ctx, p := e.channel.within(ctx, e.method)
	defer p.end()
	if e.channel.restart != nil {
		e.channel = e.channel.restart.client.channel()
		if e.hasSuspect(from, n) {
			if e.posted != e.awaited {
				return false, nil
			}
			return true, e.callSingly(ctx, from, n, errUnsent)
		}
	}
	i := e.posted % eachInFlight
	b := &e.batches[i]
	var room []byte
	if e.posted == e.awaited {
		room, err = b.Reserve(ctx, n)
	} else {
		b.channel = e.channel
		room, err = b.reserveNow(n)
	}
	if e.channel.restart != nil && isUnsent(err) {
		err = nil // with nothing in flight Reserve waits for the next server
	}
	if room == nil || err != nil {
		return false, err
	}
	copy(room, unsafe.Slice((*byte)(unsafe.Add(e.requests, from*e.requestSize)), len(room)))
	if err := b.postOf(ctx); err != nil {
		b.Release()
		if e.channel.restart != nil && isUnsent(err) {
			err = nil
		}
		return false, err
	}
	e.from[i] = from
	e.posted++
	return true, nil
}

// reserveNow is Reserve if there is room now; nil if there is none. The batch holds nothing.
func (b *Batch) reserveNow(n int) ([]byte, error) {
	c := b.channel
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.ended(); err != nil {
		return nil, notPosted(err)
	}
	if c.queued != 0 {
		return nil, nil
	}
	r := c.arena.alloc(uint32(b.answersAt(n) + n*b.answerSize))
	if r == nil {
		return nil, nil
	}
	c.holds++
	b.region = r
	return b.open(n), nil
}

// take awaits the oldest batch and copies its answers out.
func (e *each) take(ctx context.Context) error {
	i := e.awaited % eachInFlight
	b, from := &e.batches[i], e.from[i]
	e.awaited++
	ctx, p := e.channel.within(ctx, e.method)
	defer p.end()
	err := b.awaitOf(ctx)
	if b.region == nil {
		return err // it was abandoned
	}
	if b.channel.restart != nil && b.call.failure != nil {
		return e.outlive(ctx, b, from)
	}
	n, answers := b.count, b.Answers()
	copy(unsafe.Slice((*byte)(unsafe.Add(e.answers, from*e.answerSize)), len(answers)), answers)
	done := b.answers
	b.Release()
	switch {
	case err != nil:
		return shifted(err, from)
	case done != n:
		return errShortBatch
	}
	e.taken++
	return nil
}

// shifted is the error of a batch whose first record has the number from.
func shifted(err error, from int) error {
	var failed *HandlerError
	if !errors.As(err, &failed) {
		return err
	}
	whole := *failed
	whole.Record += from
	return &whole
}
