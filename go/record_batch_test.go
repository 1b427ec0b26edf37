package ringcall

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
	"unsafe"
)

func TestARecordBatchIsAnsweredInPlace(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		b := NewRecordBatch[addRequest, addAnswer](c, typedAdd)
		for _, do := range []func() error{
			func() error { return b.Do(background) },
			func() error { return errors.Join(b.Post(background), b.Await(background)) },
		} {
			requests, err := b.Reserve(background, 100)
			if err != nil || len(requests) != 100 {
				t.Fatal(len(requests), err)
			}
			for i := range requests {
				requests[i] = addRequest{int32(i), 9}
			}
			if len(b.Answers()) != 0 {
				t.Error("answers before the call")
			}
			if err := do(); err != nil {
				t.Fatal(err)
			}
			if answers := b.Answers(); len(answers) != 100 || answers[99].Sum != 108 {
				t.Errorf("%v", answers)
			}
		}
		requests, err := b.Reserve(background, 10)
		if err != nil {
			t.Fatal(err)
		}
		clear(requests)
		requests[4].A = refusedA
		if err := b.Do(background); !errors.Is(err, errRefused) || len(b.Answers()) != 4 {
			t.Errorf("a failure: %v, %d answers", err, len(b.Answers()))
		}
		b.Release()
		if err := b.Post(background); err == nil || err.Error()[:10] != "Sums.Add: " {
			t.Errorf("a batch without records was posted: %v", err)
		}
		if _, err := NewRecordBatch[struct{}, addAnswer](c, typedAdd).Reserve(background, 1); err == nil {
			t.Error("requests of nothing were accepted")
		}
	})
}

func TestBoolsInTheAnswersOfARecordBatchAreNormal(t *testing.T) {
	type flags struct {
		N     uint32
		A, B  bool
		Other [2]bool
	}
	c, s := serve(t, defaults())
	b := NewRecordBatch[uint64, flags](c, typedHold)
	if _, err := b.Reserve(background, 2); err != nil {
		t.Fatal(err)
	}
	if err := b.Post(background); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(1)
	s.do(func() {
		ref := *(*batchRef)(unsafe.Pointer(&s.held[0].words))
		copy(s.segment.bytes(ref.answerOffset, 16), []byte{7, 0, 0, 0, 2, 0, 1, 255, 8, 0, 0, 0, 0, 1, 0, 128})
		s.answer(s.held[0].id, statusOK, 0, binary.LittleEndian.AppendUint32(nil, 2))
		s.held = nil
		s.publish()
	})
	if err := b.Await(background); err != nil {
		t.Fatal(err)
	}
	answers := b.Answers()
	raw := unsafe.Slice((*byte)(unsafe.Pointer(&answers[0])), 16)
	if !bytes.Equal(raw, []byte{7, 0, 0, 0, 1, 0, 1, 1, 8, 0, 0, 0, 0, 1, 0, 1}) {
		t.Errorf("%v", raw)
	}
	nothing := NewRecordBatch[uint64, struct{}](c, typedHold)
	if _, err := nothing.Reserve(background, 3); err != nil {
		t.Fatal(err)
	}
	if err := nothing.Post(background); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(1)
	s.answerHeld()
	if err := nothing.Await(background); err != nil || len(nothing.Answers()) != 3 {
		t.Errorf("answers of nothing: %d, %v", len(nothing.Answers()), err)
	}
	b.Release()
	nothing.Release()
}
