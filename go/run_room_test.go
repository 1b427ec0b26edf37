package ringcall

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"
	"unsafe"
)

func TestARunsRoomIsZeroAndCarriesWhatIsFilledIn(t *testing.T) {
	c, _ := serve(t, defaults())
	r := c.NewRun(20)
	for round := range 3 {
		r.Reset()
		for i := range 20 {
			room, err := r.Reserve(methodEcho, i*10)
			if err != nil {
				t.Fatal(err)
			}
			if len(room) != i*10 || cap(room) != len(room) || len(bytes.Trim(room, "\x00")) != 0 || len(room) > 0 && uintptr(unsafe.Pointer(&room[0]))%8 != 0 {
				t.Fatalf("round %d, call %d: %v", round, i, room)
			}
			copy(room, payload(i*10))
		}
		if err := r.Do(background); err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			if answer, err := r.Answer(i); err != nil || !bytes.Equal(answer, payload(i*10)) {
				t.Fatalf("call %d: %d bytes, %v", i, len(answer), err)
			}
		}
	}
}

// However a run with large requests ends, their room comes back.
func TestTheRoomOfARunComesBack(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, c *Client, s *testServer, r *Run){
		"answered": func(t *testing.T, c *Client, s *testServer, r *Run) {
			if err := r.Post(background); err != nil {
				t.Fatal(err)
			}
			s.awaitHeld(r.Len())
			s.answerHeld()
			if err := r.Await(background); err != nil {
				t.Fatal(err)
			}
		},
		"reset in flight": func(t *testing.T, c *Client, s *testServer, r *Run) {
			if err := r.Post(background); err != nil {
				t.Fatal(err)
			}
			s.awaitHeld(r.Len())
			r.Reset()
			s.answerHeld()
		},
		"cancelled while it waits for slots": func(t *testing.T, c *Client, s *testServer, r *Run) {
			filler := c.NewRun(60)
			for range 60 {
				if err := filler.Add(methodHold, nil); err != nil {
					t.Fatal(err)
				}
			}
			if err := filler.Post(background); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(background, 300*time.Millisecond)
			defer cancel()
			if err := r.Post(ctx); !errors.Is(err, ErrDeadline) {
				t.Errorf("Post gives %v", err)
			}
			s.awaitHeld(64)
			s.answerHeld()
			if err := filler.Await(background); err != nil {
				t.Error(err)
			}
		},
		"reset before the post": func(t *testing.T, c *Client, s *testServer, r *Run) { r.Reset() },
	} {
		t.Run(name, func(t *testing.T) {
			c, s := serve(t, defaults())
			r := c.NewRun(10)
			for i := range 10 {
				if err := r.Add(methodHold, payload(100+i)); err != nil {
					t.Fatal(err)
				}
			}
			end(t, c, s, r)
			eventually(t, "all the room is there again", func() bool {
				ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
				defer cancel()
				answer, err := c.Call(ctx, methodEcho, payload(4096-16), nil)
				return errors.Is(err, ErrNoRoom) || err == nil && len(answer) == 4096-16
			})
		})
	}
}

func TestARunCutShortFreesItsRoomOnce(t *testing.T) {
	c, s := serve(t, defaults())
	r := c.NewRun(72)
	for i := range 72 {
		method, size := uint16(methodHold), 0
		if i < 2 {
			method, size = methodEcho, 500
		}
		if err := r.Add(method, payload(size)); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	posted := make(chan error)
	go func() { posted <- r.Post(ctx) }()
	s.awaitHeld(64) // the two large ones were answered, and their room is free
	other := c.NewBatch(methodAdd, 8, 8)
	reserveAdds(t, other, 10)
	cancel()
	if err := <-posted; !errors.Is(err, context.Canceled) {
		t.Errorf("Post gives %v", err)
	}
	if other.region.isFree() {
		t.Error("the room of another call was freed")
	}
	s.answerHeld()
	if err := other.Do(background); err != nil {
		t.Fatal(err)
	}
	expectBatch(t, other, 10)
	other.Release()
}
