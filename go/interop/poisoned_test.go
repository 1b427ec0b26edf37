package interop

import (
	"errors"
	"sync"
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
)

func wantPoisoned(t *testing.T, err error, fate error) {
	t.Helper()
	var poisoned *ringcall.PoisonedError
	if !errors.Is(err, ringcall.ErrPoisoned) || !errors.As(err, &poisoned) || !errors.Is(err, fate) {
		t.Errorf("the error is %v, expected ErrPoisoned and %v", err, fate)
		return
	}
	if poisoned.Method != methodNote || poisoned.Deaths != 3 || errors.Is(err, ringcall.ErrServerGone) {
		t.Errorf("%+v", poisoned)
	}
}

func TestThreeServersDieOfARequestAndNoFourth(t *testing.T) {
	for name, killer := range map[string]func(client *ringcall.Client) error{
		"Call": func(client *ringcall.Client) error {
			_, err := client.Call(inTime(t), methodNote, numbers(7, noteAborts), nil)
			return err
		},
		"CallRecord": func(client *ringcall.Client) error { return callNote(inTime(t), client, noteOnce, 7, noteAborts) },
		"View": func(client *ringcall.Client) error {
			_, err := client.View(inTime(t), methodNote, numbers(7, noteAborts))
			return err
		},
		"Post": func(client *ringcall.Client) error {
			pending, err := client.Post(inTime(t), methodNote, numbers(7, noteAborts))
			if err == nil {
				_, err = pending.Await(inTime(t), nil)
			}
			return err
		},
		"Run": func(client *ringcall.Client) error {
			run := client.NewRun(1)
			run.Add(methodNote, numbers(7, noteAborts))
			run.Do(inTime(t))
			_, err := run.Answer(0)
			return err
		},
		"RecordRun": func(client *ringcall.Client) error {
			run := ringcall.NewRecordRun[noteRequest, noteAnswer](client, noteOnce, 1)
			run.Add(&noteRequest{7, noteAborts, 0})
			run.Do(inTime(t))
			return run.Answer(0, new(noteAnswer))
		},
		"FrameRun": func(client *ringcall.Client) error {
			run := ringcall.NewFrameRun(client, noteOnce, 1)
			addFrame(run, numbers(7, noteAborts))
			run.Do(inTime(t))
			_, err := run.Answer(0)
			return err
		},
		"CallEach": func(client *ringcall.Client) error {
			return ringcall.CallEach(inTime(t), client, noteOnce, []noteRequest{{7, noteAborts, 0}}, make([]noteAnswer, 1))
		},
		"Batch": func(client *ringcall.Client) error {
			batch := ringcall.NewRecordBatch[noteRequest, noteAnswer](client, noteOnce)
			defer batch.Release()
			room, err := batch.Reserve(inTime(t), 2)
			if err != nil {
				return err
			}
			room[0], room[1] = noteRequest{7, noteAborts, 0}, noteRequest{8, noteAnswers, 0}
			return batch.Do(inTime(t))
		},
	} {
		t.Run(name, func(t *testing.T) {
			client, notes := restarting(t)
			for range 3 {
				if err := killer(client); !errors.Is(err, ringcall.ErrMayHaveRun) {
					t.Fatalf("the error is %v, expected ErrMayHaveRun", err)
				}
			}
			wantPoisoned(t, killer(client), ringcall.ErrNeverStarted)
			wantPoisoned(t, killer(client), ringcall.ErrNeverStarted)
			notes.expect(7, 3)
			notes.expect(8, 0)
			mustAdd(t, client)
			if n := client.Stats().Client.Restarts; n != 3 {
				t.Errorf("%d restarts, expected 3", n)
			}
		})
	}
}

func TestAnIdempotentRequestIsPoisonedToo(t *testing.T) {
	client, notes := restarting(t)
	wantPoisoned(t, callNote(inTime(t), client, noteAgain, 7, noteAborts), ringcall.ErrMayHaveRun)
	wantPoisoned(t, callNote(inTime(t), client, noteAgain, 7, noteAborts), ringcall.ErrNeverStarted)
	notes.expect(7, 3)
	if err := callNote(inTime(t), client, noteAgain, 7, noteAnswers); err != nil {
		t.Errorf("another content: %v", err)
	}
}

func TestInnocentsInARunWithAKillerAreAnswered(t *testing.T) {
	const count, killer = 40, 17
	requests := make([]noteRequest, count)
	for i := range requests {
		requests[i].Number = uint64(i)
	}
	requests[killer].Action = noteAborts
	client, notes := restarting(t)
	run := ringcall.NewRecordRun[noteRequest, noteAnswer](client, noteAgain, count)
	for i := range requests {
		run.Add(&requests[i])
	}
	if err := run.Do(inTime(t)); err != nil {
		t.Errorf("the run: %v", err)
	}
	for i := range requests {
		var answer noteAnswer
		err := run.Answer(i, &answer)
		if i == killer {
			wantPoisoned(t, err, ringcall.ErrMayHaveRun)
		} else if err != nil || answer.Number != uint64(i) {
			t.Errorf("answer %d is %v (%v)", i, answer, err)
		}
	}
	notes.expect(killer, 3)

	// The next run knows it.
	run.Reset()
	for i := range requests {
		run.Add(&requests[i])
	}
	if err := run.Do(inTime(t)); err != nil {
		t.Errorf("the next run: %v", err)
	}
	wantPoisoned(t, run.Answer(killer, new(noteAnswer)), ringcall.ErrNeverStarted)
	notes.expect(killer, 3)
	if n := client.Stats().Client.Restarts; n != 3 {
		t.Errorf("%d restarts, expected 3", n)
	}
}

// Innocents are retried by their callers, side by side with the killer, for as long as it is let.
func TestInnocentsBesideAKillerAreNotRefused(t *testing.T) {
	client, notes := restarting(t)
	var group sync.WaitGroup
	stop := make(chan struct{})
	for g := range uint64(8) {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				select {
				case <-stop:
					return
				default:
				}
				// Always the same content, so that deaths would add up.
				if err := callNote(inTime(t), client, noteOnce, 100+g, noteAnswers); err != nil && !errors.Is(err, ringcall.ErrMayHaveRun) {
					t.Errorf("an innocent: %v", err)
					return
				}
			}
		}()
	}
	const killers = 4
	for number := range uint64(killers) {
		tries := 0
		for ; tries < 10; tries++ {
			err := callNote(inTime(t), client, noteOnce, number, noteAborts)
			if errors.Is(err, ringcall.ErrPoisoned) {
				break
			}
			if !errors.Is(err, ringcall.ErrMayHaveRun) {
				t.Errorf("the killer: %v", err)
			}
		}
		if tries != 3 {
			t.Errorf("it was refused after %d tries, expected 3", tries)
		}
		notes.expect(number, 3)
	}
	close(stop)
	group.Wait()
	if n := client.Stats().Client.Restarts; n != 3*killers {
		t.Errorf("%d restarts, expected %d", n, 3*killers)
	}
}

func TestAnAnswerClearsASuspect(t *testing.T) {
	client, notes := restarting(t)
	for range 5 { // each time it is in flight when the server is killed, and answered by the next one
		pid := pidOf(t, client)
		run := client.NewRun(2)
		run.Add(methodNote, numbers(5, noteAnswers))
		run.Add(methodCrash, nil)
		run.Do(inTime(t))
		if _, err := run.Answer(0); err != nil && !errors.Is(err, ringcall.ErrMayHaveRun) {
			t.Fatal(err)
		}
		if _, err := run.Answer(1); errors.Is(err, ringcall.ErrPoisoned) {
			kill(t, pid)
		}
		if err := callNote(inTime(t), client, noteOnce, 5, noteAnswers); err != nil {
			t.Fatalf("an innocent: %v", err)
		}
	}
	if ran := notes.runs()[5]; ran < 10 {
		t.Errorf("it was run %d times", ran)
	}
}
