package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

func TestAKilledCoprocessComesBack(t *testing.T) {
	client, _ := restarting(t)
	mustAdd(t, client)
	epochs, pids := map[uint64]bool{client.Epoch(): true}, map[int]bool{pidOf(t, client): true}
	calls := client.Stats().Client.Calls
	const kills = 5
	for range kills {
		killServer(t, client)
		mustAdd(t, client)
		pid := pidOf(t, client)
		epochs[client.Epoch()], pids[pid] = true, true
		if told := client.ServerPID(); told != pid {
			t.Errorf("the server is process %d, ServerPID says %d", pid, told)
		}
		stats := client.Stats().Client
		if stats.Calls <= calls {
			t.Errorf("the counter of calls went from %d to %d", calls, stats.Calls)
		}
		calls = stats.Calls
	}
	if len(epochs) != kills+1 || len(pids) != kills+1 {
		t.Errorf("%d epochs and %d processes were seen in %d servers", len(epochs), len(pids), kills+1)
	}
	if n := client.Stats().Client.Restarts; n != kills {
		t.Errorf("%d restarts are counted, expected %d", n, kills)
	}
	if err := client.Err(); err != nil {
		t.Errorf("Err is %v while there is a server", err)
	}
	if err := client.Close(); err != nil {
		t.Errorf("Close: %v, of a server that ended by itself", err)
	}
	if err := client.Err(); !errors.Is(err, ringcall.ErrClosed) {
		t.Errorf("Err is %v after Close", err)
	}
	if pid := client.ServerPID(); pid != 0 {
		t.Errorf("ServerPID says %d after Close", pid)
	}
}

// formsOfNote make calls that note the numbers from first on, and say how many they are.
func formsOfNote(client *ringcall.Client, m *ringcall.Method) map[string]func(ctx context.Context, first uint64) (int, error) {
	request := func(number uint64) *noteRequest { return &noteRequest{number, noteAnswers, 0} }
	raw := func(number uint64) []byte { return numbers(number, noteAnswers) }
	large := pattern(20000)
	return map[string]func(context.Context, uint64) (int, error){
		"Call": func(ctx context.Context, first uint64) (int, error) {
			answer, err := client.Call(ctx, methodNote, raw(first), nil)
			return 1, same(err, answer, numbers(first))
		},
		"CallRecord": func(ctx context.Context, first uint64) (int, error) {
			return 1, callNote(ctx, client, m, first, noteAnswers)
		},
		"View": func(ctx context.Context, first uint64) (int, error) {
			view, err := client.View(ctx, methodNote, raw(first))
			defer view.Release()
			return 1, same(err, view.Bytes(), numbers(first))
		},
		"Post": func(ctx context.Context, first uint64) (int, error) {
			pending, err := client.Post(ctx, methodNote, raw(first))
			if err != nil {
				return 1, err
			}
			answer, err := pending.Await(ctx, nil)
			return 1, same(err, answer, numbers(first))
		},
		"PostRecord": func(ctx context.Context, first uint64) (int, error) {
			pending, err := ringcall.PostRecord(ctx, client, m, request(first))
			if err != nil {
				return 1, err
			}
			var answer noteAnswer
			return 1, ringcall.AwaitRecord(ctx, pending, m, &answer)
		},
		"Frame": func(ctx context.Context, first uint64) (int, error) {
			frame, err := client.NewFrame(ctx, &ringcall.Method{ID: methodEcho, Name: "Echo", Idempotent: m.Idempotent}, len(large))
			if err != nil {
				return 0, err
			}
			copy(frame.Bytes(), large)
			answer, err := frame.Call(ctx)
			return 0, same(err, answer, large)
		},
		"posted Frame": func(ctx context.Context, first uint64) (int, error) {
			echo := &ringcall.Method{ID: methodEcho, Name: "Echo"}
			frame, err := client.NewFrame(ctx, echo, len(large))
			if err != nil {
				return 0, err
			}
			copy(frame.Bytes(), large)
			pending, err := frame.Post(ctx)
			if err != nil {
				return 0, err
			}
			answer, err := ringcall.AwaitFrame(ctx, pending, echo)
			return 0, same(err, answer, large)
		},
		"Run": func(ctx context.Context, first uint64) (int, error) {
			run := client.NewRun(21)
			for i := range uint64(20) {
				run.Add(methodNote, raw(first+i))
			}
			run.Add(methodEcho, large)
			if err := run.Do(ctx); err != nil {
				return 20, err
			}
			for i := range 20 {
				if answer, err := run.Answer(i); same(err, answer, numbers(first+uint64(i))) != nil {
					return 20, same(err, answer, numbers(first+uint64(i)))
				}
			}
			answer, err := run.Answer(20)
			return 20, same(err, answer, large)
		},
		"RecordRun": func(ctx context.Context, first uint64) (int, error) {
			run := ringcall.NewRecordRun[noteRequest, noteAnswer](client, m, 20)
			for i := range uint64(20) {
				run.Add(request(first + i))
			}
			if err := errors.Join(run.Post(ctx), run.Await(ctx)); err != nil {
				return 20, err
			}
			for i := range 20 {
				var answer noteAnswer
				if err := run.Answer(i, &answer); err != nil || answer.Number != first+uint64(i) {
					return 20, fmt.Errorf("answer %d is %v (%w)", i, answer, err)
				}
			}
			return 20, nil
		},
		"FrameRun": func(ctx context.Context, first uint64) (int, error) {
			run := ringcall.NewFrameRun(client, m, 20)
			for i := range uint64(20) {
				if err := addFrame(run, raw(first+i)); err != nil {
					return 0, err
				}
			}
			if err := errors.Join(run.Post(ctx), run.Await(ctx)); err != nil {
				return 20, err
			}
			for i := range 20 {
				if answer, err := run.Answer(i); same(err, answer, numbers(first+uint64(i))) != nil {
					return 20, same(err, answer, numbers(first+uint64(i)))
				}
			}
			return 20, nil
		},
		"CallEach": func(ctx context.Context, first uint64) (int, error) {
			const count = 700
			requests, answers := make([]noteRequest, count), make([]noteAnswer, count)
			for i := range requests {
				requests[i].Number = first + uint64(i)
			}
			err := ringcall.CallEach(ctx, client, m, requests, answers)
			for i := range answers {
				if err == nil && answers[i].Number != requests[i].Number {
					err = fmt.Errorf("answer %d is %d", i, answers[i].Number)
				}
			}
			return count, err
		},
	}
}

func same(err error, got, want []byte) error {
	if err == nil && !bytes.Equal(got, want) {
		return fmt.Errorf("the answer is %.20x of %d bytes, expected %.20x of %d", got, len(got), want, len(want))
	}
	return err
}

// inFlightWhile has all forms in flight, or posted, behind a loop that hears of nothing; ends the server; and returns what became of each.
func inFlightWhile(t *testing.T, client *ringcall.Client, m *ringcall.Method, end func()) map[string]error {
	t.Helper()
	results := make(map[string]error)
	var mu sync.Mutex
	var group sync.WaitGroup
	forms := formsOfNote(client, m)
	before := client.Stats().Client.Runs
	first := uint64(1)
	for name, form := range forms {
		group.Add(1)
		go func(first uint64) {
			defer group.Done()
			_, err := form(inTime(t), first)
			mu.Lock()
			results[name] = err
			mu.Unlock()
		}(first)
		first += 1000
	}
	eventually(t, "every form is in flight", func() bool { return client.Stats().Client.Runs >= before+uint64(len(forms)) })
	end()
	group.Wait()
	return results
}

func TestWhatNeverStartedIsSentToTheNextServer(t *testing.T) {
	client, notes := restarting(t)
	pid := pidOf(t, client)
	blocked := client.NewRun(1)
	blocked.Add(methodBlock, sleepRequest(time.Minute))
	if err := blocked.Post(background); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the loop is blocked", func() bool { return client.Stats().Server.Calls >= 2 })
	for name, err := range inFlightWhile(t, client, noteOnce, func() { kill(t, pid) }) {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for number, times := range notes.runs() {
		if times != 1 {
			t.Errorf("number %d was run %d times", number, times)
		}
	}
	if ran := len(notes.runs()); ran != 5+20+20+20+700 {
		t.Errorf("%d numbers were run", ran)
	}
	if err := blocked.Await(inTime(t)); !errors.Is(err, ringcall.ErrMayHaveRun) {
		t.Errorf("what had been taken ended with %v", err)
	}
}

func TestWhatMayHaveRunIsSentAgainOnlyIfIdempotent(t *testing.T) {
	client, notes := restarting(t)
	err := callNote(inTime(t), client, noteOnce, 1, noteExits)
	var gone *ringcall.GoneError
	if !errors.Is(err, ringcall.ErrMayHaveRun) || !errors.As(err, &gone) || gone.Method != methodNote || gone.Name != "Notes.Once" {
		t.Errorf("the error is %v", err)
	}
	text := strings.Replace(fmt.Sprint(err), " (it exited with status 3)", "", 1) // a call does not wait long for the reason
	if text != "Notes.Once: ringcall: the server is gone while it ran method 14 at position 0; it had taken the request, whose handler may have run" {
		t.Error(err)
	}
	notes.expect(1, 1)

	// Both last long enough to be killed while they run; the second is run to its end afterwards.
	for _, m := range []*ringcall.Method{{ID: methodBlock, Name: "Once"}, {ID: methodBlock, Name: "Again", Idempotent: true}} {
		pid := pidOf(t, client)
		before := client.Stats()
		result := make(chan error, 1)
		go func() {
			request, answer := sleepNanoseconds{uint64(2 * time.Second)}, sleepNanoseconds{}
			result <- ringcall.CallRecord(inTime(t), client, m, &request, &answer)
		}()
		eventually(t, "the handler runs", func() bool { return client.Stats().Server.Calls > before.Server.Calls })
		kill(t, pid)
		if err := <-result; m.Idempotent && err != nil || !m.Idempotent && !errors.Is(err, ringcall.ErrMayHaveRun) {
			t.Errorf("%s: %v", m.Name, err)
		}
		mustAdd(t, client)
		if after := client.Stats().Client.Restarts; after != before.Client.Restarts+1 {
			t.Errorf("%s: %d restarts, before it were %d", m.Name, after, before.Client.Restarts)
		}
	}
}

type sleepNanoseconds struct{ Ns uint64 }

func TestAClientAttachesToTheNextServerOfTheName(t *testing.T) {
	path := filepath.Join(socketDirectory(t), "s")
	first := launch(t, path, exec.Command(serverBinary(t), path))
	first.ready()
	client := first.dial(ringcall.WithRestart())
	mustAdd(t, client)
	epoch := client.Epoch()
	first.kill()
	<-first.ended

	ctx, cancel := context.WithTimeout(background, time.Second)
	defer cancel()
	_, err := client.Call(ctx, methodAdd, addRequest(1, 1), nil)
	if !errors.Is(err, ringcall.ErrDeadline) || !errors.Is(err, ringcall.ErrNeverStarted) || !errors.Is(err, ringcall.ErrServerGone) && !errors.Is(err, ringcall.ErrNoServer) {
		t.Errorf("a call that waits for a server in vain gives %v", err)
	}
	waiting := make(chan error, 1)
	go func() {
		_, err := client.Call(inTime(t), methodAdd, addRequest(1, 1), nil)
		waiting <- err
	}()
	second := launch(t, path, exec.Command(serverBinary(t), path, "--stride", "32"))
	if err := <-waiting; err != nil {
		t.Errorf("a call that waits for the next server: %v", err)
	}
	mustAdd(t, client)
	if client.Epoch() == epoch {
		t.Error("the epoch is that of the first server")
	}

	// It leaves in peace: nothing is lost, and nobody a suspect.
	second.cmd.Process.Signal(os.Interrupt)
	<-second.ended
	launch(t, path, exec.Command(serverBinary(t), path))
	if _, err := client.Call(inTime(t), methodAdd, addRequest(1, 1), nil); err != nil {
		t.Error(err)
	}
	if n := client.Stats().Client.Restarts; n != 2 {
		t.Errorf("%d restarts are counted, expected 2", n)
	}
}

func TestCallsWithoutADeadlineDoNotWaitForEver(t *testing.T) {
	s := listen(t)
	client := s.dial(ringcall.WithRestart())
	mustAdd(t, client)
	s.kill()
	<-s.ended
	_, err := client.Call(background, methodAdd, addRequest(1, 1), nil)
	var failed *ringcall.RestartError
	if !errors.As(err, &failed) || failed.Final || failed.Failures < 8 || !errors.Is(err, ringcall.ErrNoServer) || !errors.Is(err, ringcall.ErrNeverStarted) {
		t.Errorf("the error is %v", err)
	}
	if client.Err() != nil {
		t.Errorf("the client has given up: %v", client.Err())
	}
	launch(t, s.path, exec.Command(serverBinary(t), s.path))
	if _, err := client.Call(inTime(t), methodAdd, addRequest(1, 1), nil); err != nil {
		t.Errorf("after all: %v", err)
	}
}

func TestAProgramThatIsGoneIsNotWaitedFor(t *testing.T) {
	program := filepath.Join(t.TempDir(), "server")
	text, err := os.ReadFile(serverBinary(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, text, 0o700); err != nil {
		t.Fatal(err)
	}
	client, _ := restartingCommand(t, exec.Command(program, "co-process"))
	pid := pidOf(t, client)
	if err := os.Remove(program); err != nil {
		t.Fatal(err)
	}
	kill(t, pid)
	<-client.Done()
	for _, err := range []error{client.Err(), callNote(background, client, noteAgain, 1, noteAnswers)} {
		var failed *ringcall.RestartError
		if !errors.As(err, &failed) || !failed.Final || !errors.Is(err, fs.ErrNotExist) || !errors.Is(err, ringcall.ErrServerGone) {
			t.Errorf("the error is %v", err)
		}
	}
}
