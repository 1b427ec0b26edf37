package interop

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

const (
	requestArena   = 64 << 10
	answerArena    = 32 << 10
	answerCapacity = answerArena - 16 // one region's header
)

var arenaFlags = []string{"--request-arena", "65536", "--answer-arena", "32768"}

func TestPayloadsUpToTheWholeArena(t *testing.T) {
	each(t, arenaFlags, func(t *testing.T, client *ringcall.Client) {
		for name, form := range forms {
			t.Run(name, func(t *testing.T) {
				for range 3 { // wherever the cursor stands
					request := pattern(requestArena)
					if answer, err := form(client, methodHash, request); err != nil || !bytes.Equal(answer, numbers(fnv1a(request))) {
						t.Errorf("a request that fills the arena gives %x (%v)", answer, err)
					}
					if answer, err := form(client, methodGrow, count32(answerCapacity)); err != nil || !bytes.Equal(answer, pattern(answerCapacity)) {
						t.Errorf("an answer that fills the arena has %d bytes (%v), or wrong ones", len(answer), err)
					}
					mustAdd(t, client)
				}
				_, err := form(client, methodHash, make([]byte, requestArena+1))
				wantTooLarge(t, err, ringcall.TooLargeError{Size: requestArena + 1, Capacity: requestArena})
				_, err = form(client, methodGrow, count32(answerCapacity+1))
				wantTooLarge(t, err, ringcall.TooLargeError{Size: answerCapacity + 1, Capacity: answerCapacity, Answer: true})
				mustAdd(t, client)
			})
		}
		t.Run("Batch", func(t *testing.T) {
			batch := client.NewBatch(methodAdd, 8, 8)
			if _, err := batch.Reserve(background, requestArena/16); err != nil {
				t.Errorf("a batch that fills the arena: %v", err)
			}
			if err := batch.Do(background); err != nil {
				t.Errorf("a batch that fills the arena: %v", err)
			}
			batch.Release()
			if _, err := batch.Reserve(background, requestArena/16+1); !errors.Is(err, ringcall.ErrTooLarge) {
				t.Errorf("a batch that exceeds the arena gives %v, expected ErrTooLarge", err)
			}
		})
	})
}

func count32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }

func wantTooLarge(t *testing.T, err error, want ringcall.TooLargeError) {
	t.Helper()
	var tooLarge *ringcall.TooLargeError
	if !errors.As(err, &tooLarge) || !errors.Is(err, ringcall.ErrTooLarge) || *tooLarge != want {
		t.Errorf("the error is %v, expected %v", err, &want)
	}
}

func TestAPayloadWaitsForRoomWithinItsDeadline(t *testing.T) {
	each(t, arenaFlags, func(t *testing.T, client *ringcall.Client) {
		occupant := client.NewBatch(methodAdd, 8, 8)
		if _, err := occupant.Reserve(background, requestArena/16-64); err != nil {
			t.Fatal(err)
		}
		request := pattern(8 << 10)
		ctx, cancel := context.WithTimeout(background, 30*time.Millisecond)
		defer cancel()
		within(t, "waiting for room", 5*time.Second, func() {
			if _, err := client.Call(ctx, methodHash, request, nil); !errors.Is(err, ringcall.ErrDeadline) {
				t.Errorf("a call without room gives %v, expected ErrDeadline", err)
			}
		})
		mustAdd(t, client) // what needs no room goes by
		released := time.AfterFunc(30*time.Millisecond, occupant.Release)
		defer released.Stop()
		if answer, err := client.Call(background, methodHash, request, nil); err != nil || !bytes.Equal(answer, numbers(fnv1a(request))) {
			t.Errorf("once there is room the call gives %x (%v)", answer, err)
		}
	})
}

func TestAnswersWaitForRoomInTheServer(t *testing.T) {
	each(t, arenaFlags, func(t *testing.T, client *ringcall.Client) {
		const size = answerArena / 3
		var views []ringcall.View
		for range 2 {
			view, err := client.View(background, methodGrow, count32(size))
			if err != nil {
				t.Fatal(err)
			}
			views = append(views, view)
		}
		// The arena is full of what these views hold; the next answers wait in the server, and nobody waits for them.
		var posted []ringcall.Pending
		for range 4 {
			pending, err := client.Post(background, methodGrow, count32(size))
			if err != nil {
				t.Fatal(err)
			}
			posted = append(posted, pending)
		}
		mustAdd(t, client)
		for _, view := range views {
			if !bytes.Equal(view.Bytes(), pattern(size)) {
				t.Error("a view's bytes changed before its release")
			}
			view.Release()
		}
		for i, pending := range posted {
			answer, err := pending.Await(background, nil)
			if err != nil || !bytes.Equal(answer, pattern(size)) {
				t.Errorf("answer %d has %d bytes (%v), or wrong ones", i, len(answer), err)
			}
		}
	})
}

func TestManyGoroutinesShareTheArenas(t *testing.T) {
	each(t, append([]string{"--workers", "2"}, arenaFlags...), func(t *testing.T, client *ringcall.Client) {
		var group sync.WaitGroup
		for g := range 16 {
			group.Add(1)
			go func() {
				defer group.Done()
				buf := make([]byte, 0, answerArena)
				for i := range 60 {
					request := pattern((g*1009 + i*577) % (24 << 10))
					answer, err := client.Call(background, methodEcho, request, buf)
					if err != nil || !bytes.Equal(answer, request) {
						t.Errorf("the echo of %d bytes has %d (%v), or other ones", len(request), len(answer), err)
						return
					}
				}
			}()
		}
		group.Wait()
	})
}

func TestACallWithoutRoomForItsAnswerNamesTheViewsThatHoldIt(t *testing.T) {
	each(t, arenaFlags, func(t *testing.T, client *ringcall.Client) {
		view, err := client.View(background, methodGrow, count32(answerCapacity))
		if err != nil {
			t.Fatal(err)
		}
		waiting := client.Stats().Server.WaitedAnswers
		pending, err := client.Post(background, methodGrow, count32(1000))
		if err != nil {
			t.Fatal(err)
		}
		within(t, "having an answer wait for room", 10*time.Second, func() {
			for client.Stats().Server.WaitedAnswers == waiting {
				time.Sleep(time.Millisecond)
			}
		})
		ctx, cancel := context.WithTimeout(background, 10*time.Millisecond)
		defer cancel()
		const told = "1 of them, hold 32752 bytes of the answer arena's 32768"
		if _, err := pending.Await(ctx, nil); !errors.Is(err, ringcall.ErrDeadline) || !strings.Contains(err.Error(), told) {
			t.Errorf("a call without room for its answer gives %v, expected ErrDeadline and %q", err, told)
		}
		view.Release()
		if answer, err := client.Call(background, methodGrow, count32(1000), nil); err != nil || len(answer) != 1000 {
			t.Errorf("with room again a call gives %d bytes (%v)", len(answer), err)
		}
	})
}
