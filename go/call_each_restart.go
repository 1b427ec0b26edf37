package ringcall

import (
	"context"
	"unsafe"
)

// What a CallEach of a client with restart does beyond one channel: the records of a batch that was lost with its server are called singly.

func (e *each) request(i int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(e.requests, i*e.requestSize)), e.requestSize)
}

func (e *each) hasSuspect(from, n int) bool {
	suspects := &e.channel.restart.suspects
	for i := from; i < from+n && suspects.any(); i++ {
		if suspects.has(e.method.ID, e.request(i)) {
			return true
		}
	}
	return false
}

// outlive goes on with the records, from number from on, of a batch that has failed as a whole.
func (e *each) outlive(ctx context.Context, b *Batch, from int) error {
	n, failure := b.count, b.call.failure
	if suspects := &b.channel.restart.suspects; isDeath(failure) {
		for i := from; i < from+min(n, suspectsMax); i++ {
			suspects.died(suspects.contentOf(e.method.ID, e.request(i)), b.channel.segment.epoch)
		}
	}
	b.Release()
	return e.callSingly(ctx, from, n, failure)
}

// callSingly calls n records for which failure stands so far. It ends with the first that fails.
func (e *each) callSingly(ctx context.Context, from, n int, failure error) error {
	for i := from; i < from+n; i++ {
		a := e.channel.restart.attempt(e.method.subject())
		request := e.request(i)
		again, err := a.end(failure, request)
		if again {
			room := unsafe.Slice((*byte)(unsafe.Add(e.answers, i*e.answerSize)), e.answerSize)
			var got []byte
			got, err = a.call(ctx, request, room[:0])
			if err == nil && len(got) != e.answerSize {
				err = wrongSize(len(got), e.answerSize)
			}
		}
		if failed, ok := err.(*HandlerError); ok {
			whole := *failed
			whole.InBatch, whole.Record = true, i
			err = &whole
		}
		if err != nil {
			return begun(err, i != from)
		}
	}
	e.taken++
	return nil
}
