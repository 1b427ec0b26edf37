package interop

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
)

func newFrameRun(c *ringcall.Client, method uint16, capacity int) *ringcall.FrameRun {
	return ringcall.NewFrameRun(c, &ringcall.Method{ID: method, Name: "Frames.Call"}, capacity)
}

// fill adds requests of the given sizes.
func fill(t *testing.T, run *ringcall.FrameRun, sizes ...int) {
	t.Helper()
	for _, size := range sizes {
		if err := addFrame(run, pattern(size)); err != nil {
			t.Fatalf("a request of %d bytes: %v", size, err)
		}
	}
}

func wantEchoes(t *testing.T, run *ringcall.FrameRun, sizes ...int) {
	t.Helper()
	if run.Len() != len(sizes) {
		t.Fatalf("the run has %d calls, expected %d", run.Len(), len(sizes))
	}
	for i, size := range sizes {
		if answer, err := run.Answer(i); err != nil || !bytes.Equal(answer, pattern(size)) {
			t.Errorf("call %d of %d bytes answers %d (%v), or other ones", i, size, len(answer), err)
		}
	}
}

func TestFrameRunsOfAllSizesKeepTheirOrder(t *testing.T) {
	each(t, nil, func(t *testing.T, client *ringcall.Client) {
		run := newFrameRun(client, methodEcho, 400)
		for _, sizes := range [][]int{{}, {0}, {0, 0, 0}, {1, 7, 8, 9, 16, 17}, {16384, 16384, 1, 16376, 16368}, {40000, 1, 40000, 2}} {
			for range 3 {
				run.Reset()
				fill(t, run, sizes...)
				if err := run.Do(background); err != nil {
					t.Fatal(err)
				}
				wantEchoes(t, run, sizes...)
			}
		}
		var many []int
		for i := range 400 {
			many = append(many, i%300)
		}
		run.Reset()
		fill(t, run, many...)
		calls := client.Stats().Client.Calls
		if err := run.Do(background); err != nil {
			t.Fatal(err)
		}
		wantEchoes(t, run, many...)
		if posted := client.Stats().Client.Calls - calls; posted > 6 {
			t.Errorf("400 frames went as %d calls, expected a few parts", posted)
		}
		// Those of 16384 and 40000 bytes travel alone.
		wantSameRecords(t, client, 400+3*(0+1+3+6+3+2))
	})
}

// wantSameRecords checks what both sides count as inside of batches and frames.
func wantSameRecords(t *testing.T, client *ringcall.Client, want uint64) {
	t.Helper()
	s := client.Stats()
	if s.Client.BatchRecords != want || s.Server.BatchRecords != want {
		t.Errorf("inside of batches and frames the client counts %d records and the server %d, expected %d", s.Client.BatchRecords, s.Server.BatchRecords, want)
	}
}

// An answer arena of 32 KiB has no room for what comes together: the run goes on, and no call runs twice.
func TestAFrameRunWhoseAnswersDoNotFitTogetherGoesOn(t *testing.T) {
	each(t, arenaFlags, func(t *testing.T, client *ringcall.Client) {
		run := newFrameRun(client, methodGrow, 40)
		sizes := []uint32{20000, 20000, 5, 32752, 100, 31000, 3000, 32752, 32753, 0}
		for range 3 {
			run.Reset()
			for range 4 {
				for _, size := range sizes {
					if err := addFrame(run, count32(size)); err != nil {
						t.Fatal(err)
					}
				}
			}
			before := client.Stats().Server.BatchRecords
			if err := run.Do(background); err != nil {
				t.Fatal(err)
			}
			for i := range run.Len() {
				answer, err := run.Answer(i)
				if size := sizes[i%len(sizes)]; size > answerCapacity {
					wantTooLarge(t, err, ringcall.TooLargeError{Size: int(size), Capacity: answerCapacity, Answer: true})
				} else if err != nil || !bytes.Equal(answer, pattern(int(size))) {
					t.Errorf("answer %d has %d bytes (%v), expected %d", i, len(answer), err, size)
				}
			}
			if ran := client.Stats().Server.BatchRecords - before; ran != 40 {
				t.Errorf("40 calls ran %d times", ran)
			}
		}
		wantSameRecords(t, client, 120)
		mustAdd(t, client)
	})
}

func TestAFailureInAFrameRunIsItsCallsOwn(t *testing.T) {
	each(t, nil, func(t *testing.T, client *ringcall.Client) {
		run := newFrameRun(client, methodFail, 3)
		fill(t, run, 4, 4, 4)
		if err := run.Do(background); err != nil {
			t.Fatal(err)
		}
		var failed *ringcall.HandlerError
		for i := range 3 {
			if _, err := run.Answer(i); !errors.As(err, &failed) {
				t.Errorf("call %d gives %v, expected a HandlerError", i, err)
			}
		}
		unknown := newFrameRun(client, 65000, 2)
		fill(t, unknown, 8, 8)
		if err := unknown.Do(background); err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			if _, err := unknown.Answer(i); !errors.Is(err, ringcall.ErrUnknownMethod) {
				t.Errorf("call %d of no method gives %v, expected ErrUnknownMethod", i, err)
			}
		}
		if _, err := unknown.Answer(2); err == nil {
			t.Error("there is an answer to a call that was not added")
		}
		mustAdd(t, client)
	})
}

func TestAFrameRunThatIsResetLeavesNothingBehind(t *testing.T) {
	each(t, arenaFlags, func(t *testing.T, client *ringcall.Client) {
		runs := []*ringcall.FrameRun{newFrameRun(client, methodEcho, 8), newFrameRun(client, methodGrow, 8)}
		for round := range 200 {
			run := runs[round%2]
			run.Reset()
			for i := range 8 {
				request := count32(uint32(i) * 1000)
				if round%2 == 0 {
					request = pattern(i * 500)
				}
				if err := addFrame(run, request); err != nil {
					t.Fatal(err)
				}
			}
			if err := run.Post(background); err != nil {
				t.Fatal(err)
			}
		}
		for _, run := range runs {
			run.Reset()
		}
		// Arenas and kept answers are free again: what needs all of them works.
		for name, form := range forms {
			if answer, err := form(client, methodGrow, count32(answerCapacity)); err != nil || len(answer) != answerCapacity {
				t.Errorf("%s: an answer that fills the arena has %d bytes (%v)", name, len(answer), err)
			}
		}
	})
}

func TestWhatAFrameRunRefuses(t *testing.T) {
	each(t, arenaFlags, func(t *testing.T, client *ringcall.Client) {
		run := newFrameRun(client, methodEcho, 2)
		_, err := run.Reserve(requestArena + 1)
		wantTooLarge(t, err, ringcall.TooLargeError{Size: requestArena + 1, Capacity: requestArena})
		fill(t, run, requestArena-100)
		if _, err := run.Reserve(200); !errors.Is(err, ringcall.ErrArenaFull) {
			t.Errorf("a request that no longer fits gives %v, expected ErrArenaFull", err)
		}
		if _, err := run.Reserve(20); err != nil {
			t.Errorf("one that fits gives %v", err)
		}
		if _, err := run.Reserve(0); err == nil {
			t.Error("a run of 2 takes a third call")
		}
		if err := run.Await(background); err == nil {
			t.Error("a run that was not posted is awaited")
		}
	})
}

func TestManyFrameRunsAtOnce(t *testing.T) {
	each(t, arenaFlags, func(t *testing.T, client *ringcall.Client) {
		const runs = 8
		done := make(chan error, runs)
		for g := range runs {
			go func() {
				run := newFrameRun(client, methodEcho, 16)
				done <- func() error {
					for round := range 300 {
						run.Reset()
						for i := range 16 {
							if err := addFrame(run, pattern((g*31+round*7+i*97)%700)); err != nil {
								return err
							}
						}
						if err := run.Do(background); err != nil {
							return err
						}
						for i := range 16 {
							size := (g*31 + round*7 + i*97) % 700
							if answer, err := run.Answer(i); err != nil || !bytes.Equal(answer, pattern(size)) {
								return fmt.Errorf("goroutine %d, round %d: call %d of %d bytes answers %d (%v), or other ones", g, round, i, size, len(answer), err)
							}
						}
					}
					return nil
				}()
			}()
		}
		for range runs {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}
