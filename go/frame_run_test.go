package ringcall

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"
	"time"
	"unsafe"
)

var framesMethod = &Method{ID: methodHold, Name: "Frames.Hold"}

// postFrames posts a run of n frames of 8 bytes each and waits until the server holds it.
func postFrames(t *testing.T, c *Client, s *testServer, n int) *FrameRun {
	t.Helper()
	r := NewFrameRun(c, framesMethod, n)
	for i := range n {
		room, err := r.Reserve(8)
		if err != nil {
			t.Fatal(err)
		}
		binary.LittleEndian.PutUint64(room, uint64(i))
	}
	if err := r.Post(background); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(1)
	return r
}

// answerFrames answers the request that is held.
func (s *testServer) answerFrames(status uint16, payload []byte) {
	s.do(func() {
		s.answer(s.held[0].id, status, 0, payload)
		s.held = s.held[:0]
		s.publish()
	})
}

func framesOf(count, ticket uint32, frames ...[]byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, count)
	b = binary.LittleEndian.AppendUint32(b, ticket)
	for _, f := range frames {
		b = append(b, f...)
	}
	return b
}

// frameOf is one answer with its head; size is what the head says.
func frameOf(size, status, code uint32, payload string) []byte {
	var b []byte
	for _, n := range []uint32{size, status, code, 0} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	b = append(b, payload...)
	return append(b, make([]byte, padFrame(len(payload))-len(payload))...)
}

func TestAnswersToFramesThatHaveNotTheFormOfSuch(t *testing.T) {
	good := frameOf(4, statusOK, 0, "good")
	for name, payload := range map[string][]byte{
		"no head":                  {1, 0, 0},
		"nothing at all":           nil,
		"fewer answers than said":  framesOf(3, 0, good),
		"an answer past the end":   framesOf(1, 0, frameOf(1<<31, statusOK, 0, "good")),
		"a status that is none":    framesOf(1, 0, frameOf(4, statusBadRequest+1, 0, "good")),
		"a batch's status":         framesOf(1, 0, frameOf(4, statusBatchFailed, 0, "good")),
		"an answer without a head": framesOf(2, 0, good, []byte{0, 0, 0, 0}),
	} {
		t.Run(name, func(t *testing.T) {
			c, s := serve(t, defaults())
			r := postFrames(t, c, s, 3)
			s.answerFrames(statusOK, payload)
			if err := r.Await(background); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Answer(2); !errors.Is(err, ErrBadAnswer) {
				t.Errorf("the last answer gives %v, expected ErrBadAnswer", err)
			}
			if _, err := c.Call(background, methodAdd, add(1, 2), nil); err != nil {
				t.Errorf("the channel is of no use any more: %v", err)
			}
		})
	}
}

func TestAFrameRunThatTheServerCannotBeginNeverStarted(t *testing.T) {
	c, s := serve(t, defaults())
	r := postFrames(t, c, s, 3)
	s.answerFrames(statusOK, framesOf(0, 0))
	if err := r.Await(background); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if _, err := r.Answer(i); !errors.Is(err, ErrNoRoom) || !errors.Is(err, ErrNeverStarted) {
			t.Errorf("call %d gives %v, expected ErrNoRoom and ErrNeverStarted", i, err)
		}
	}
}

// Of four calls the first is answered, the answer to the second is kept, the rest did not run.
func goesOn(t *testing.T) (*Client, *testServer, *FrameRun, chan error) {
	t.Helper()
	c, s := serve(t, defaults())
	r := postFrames(t, c, s, 4)
	ended := make(chan error, 1)
	go func() { ended <- r.Await(background) }()
	s.answerFrames(statusOK, framesOf(1, 77, frameOf(5, statusOK, 0, "first")))
	s.awaitHeld(2) // for the kept one, and the rest
	return c, s, r, ended
}

func TestAFrameRunGoesOnBehindAnAnswerThatWasKept(t *testing.T) {
	c, s, r, ended := goesOn(t)
	if n := c.Stats().Client.BatchRecords; n != 4 {
		t.Errorf("%d frames are counted, expected 4: those that go on are not counted again", n)
	}
	s.do(func() {
		kept, rest := *(*framesRef)(unsafe.Pointer(&s.held[0].words)), *(*framesRef)(unsafe.Pointer(&s.held[1].words))
		if kept.count != 0 || kept.ticket != 77 {
			t.Errorf("the kept answer is asked for by %+v", kept)
		}
		if rest.count != 2 || rest.ticket != 0 {
			t.Errorf("the rest is posted as %+v", rest)
		}
		frames := s.segment.bytes(rest.offset, rest.size)
		for i, at := range []int{8, 24} {
			if n := binary.LittleEndian.Uint64(frames[at:]); n != uint64(2+i) {
				t.Errorf("frame %d of the rest is call %d", i, n)
			}
		}
		s.answer(s.held[0].id, statusFailed, 42, []byte("second"))
		s.answer(s.held[1].id, statusOK, 0, framesOf(2, 0, frameOf(5, statusOK, 0, "third"), frameOf(6, statusFailed, 43, "fourth")))
		s.held = nil
		s.publish()
	})
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"first", "", "third", ""} {
		answer, err := r.Answer(i)
		var failed *HandlerError
		switch {
		case want != "" && (err != nil || string(answer) != want):
			t.Errorf("call %d answers %q (%v), expected %q", i, answer, err, want)
		case want == "" && (!errors.As(err, &failed) || failed.Code != uint32(41+(i+1)/2)):
			t.Errorf("call %d gives %v", i, err)
		}
	}
}

func TestOfAFrameRunThatWentOnTheKeptCallIsNotToldNeverStarted(t *testing.T) {
	c, s, r, ended := goesOn(t)
	s.do(func() { s.conn.Close() })
	err := <-ended
	if !errors.Is(err, ErrServerGone) || errors.Is(err, ErrNeverStarted) {
		t.Errorf("the run gives %v", err)
	}
	if answer, err := r.Answer(0); string(answer) != "first" || err != nil {
		t.Errorf("the first call answers %q (%v)", answer, err)
	}
	if _, err := r.Answer(1); !errors.Is(err, ErrMayHaveRun) {
		t.Errorf("the call whose answer was kept gives %v, expected ErrMayHaveRun", err)
	}
	for i := 2; i < 4; i++ {
		if _, err := r.Answer(i); !errors.Is(err, ErrServerGone) {
			t.Errorf("call %d gives %v, expected ErrServerGone", i, err)
		}
	}
	_ = c
}

func TestAFrameRunThatIsGivenUpIsVoid(t *testing.T) {
	c, s := serve(t, defaults())
	r := postFrames(t, c, s, 3)
	ctx, cancel := context.WithTimeout(background, time.Millisecond)
	defer cancel()
	if err := r.Await(ctx); !errors.Is(err, ErrDeadline) {
		t.Errorf("the run gives %v, expected ErrDeadline", err)
	}
	if _, err := r.Answer(0); err == nil {
		t.Error("a void run has an answer")
	}
	if _, err := r.Reserve(8); err == nil {
		t.Error("a void run takes a call")
	}
	r.Reset()
	s.answerFrames(statusOK, framesOf(3, 0, frameOf(1, statusOK, 0, "x"), frameOf(1, statusOK, 0, "y"), frameOf(1, statusOK, 0, "z")))
	room, err := r.Reserve(8)
	if err != nil {
		t.Fatal(err)
	}
	room[0] = 1
	if err := r.Post(background); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(1)
	s.answerFrames(statusOK, framesOf(1, 0, frameOf(5, statusOK, 0, "again")))
	if err := r.Await(background); err != nil {
		t.Fatal(err)
	}
	if answer, err := r.Answer(0); string(answer) != "again" {
		t.Errorf("after Reset it answers %q (%v)", answer, err)
	}
}

// Where the first answer of every part is kept, the rests move by no more than they may: each still says whose it is.
func TestTheRestOfEveryPartArrivesWhole(t *testing.T) {
	for _, size := range []int{8, 9, 16, 24, 31, 40} {
		for _, parts := range []int{1, 2, 3} {
			c, s := serve(t, defaults())
			r := NewFrameRun(c, framesMethod, 4096)
			for len(r.parts) < parts || r.parts[parts-1].to-r.parts[parts-1].from < 3 {
				room, err := r.Reserve(size)
				if err != nil {
					t.Fatal(err)
				}
				for i := range room {
					room[i] = byte(r.Len() + i)
				}
			}
			if err := r.Post(background); err != nil {
				t.Fatal(err)
			}
			s.awaitHeld(parts)
			ended := make(chan error, 1)
			go func() { ended <- r.Await(background) }()
			s.do(func() {
				for i := range s.held {
					s.answer(s.held[i].id, statusOK, 0, framesOf(0, uint32(100+i)))
				}
				s.held = nil
				s.publish()
			})
			s.awaitHeld(2 * parts)
			s.do(func() {
				call := 0
				for i := range s.held {
					ref := *(*framesRef)(unsafe.Pointer(&s.held[i].words))
					call++
					if ref.count == 0 {
						s.answer(s.held[i].id, statusOK, 0, []byte{byte(call)})
						continue
					}
					call--
					answers := make([][]byte, ref.count)
					frames := s.segment.bytes(ref.offset, ref.size)
					for k := range answers {
						call++
						request := frameAt(frames, 0)
						if len(request) != size || request[0] != byte(call) || request[size-1] != byte(call+size-1) {
							t.Errorf("%d parts of %d bytes: call %d arrives as %v", parts, size, call, request)
						}
						answers[k] = frameOf(1, statusOK, 0, string([]byte{byte(call)}))
						frames = frames[frameHead+padFrame(size):]
					}
					if len(frames) != 0 {
						t.Errorf("%d bytes are left over", len(frames))
					}
					s.answer(s.held[i].id, statusOK, 0, framesOf(ref.count, 0, answers...))
				}
				s.held = nil
				s.publish()
			})
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			for i := range r.Len() {
				if answer, err := r.Answer(i); err != nil || len(answer) != 1 || answer[0] != byte(i+1) {
					t.Fatalf("%d parts of %d bytes: call %d answers %v (%v)", parts, size, i, answer, err)
				}
			}
			if err := r.Await(background); err == nil {
				t.Error("a run is awaited twice")
			}
			s.end(c)
		}
	}
}
