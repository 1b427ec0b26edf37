package interop

import (
	"errors"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// Every call ends once, and its outcome agrees with what the servers have noted.
func TestOutcomesAreTrueThroughTwentyKills(t *testing.T) {
	const goroutines, kills = 64, 20
	client, notes := restarting(t)
	var group sync.WaitGroup
	var stop atomic.Bool
	type outcome struct {
		number uint64
		again  bool
		err    error
	}
	outcomes := make([][]outcome, goroutines)
	for g := range uint64(goroutines) {
		group.Add(1)
		go func() {
			defer group.Done()
			m := noteOnce
			if g%2 == 1 {
				m = noteAgain
			}
			run := ringcall.NewRecordRun[noteRequest, noteAnswer](client, m, 8)
			framed := ringcall.NewFrameRun(client, m, 8)
			for number := g << 32; !stop.Load(); {
				if number%3 != 0 {
					err := callNote(inTime(t), client, m, number, uint32(number%2*noteRests))
					outcomes[g] = append(outcomes[g], outcome{number, m.Idempotent, err})
					number++
					continue
				}
				if number%2 == 0 {
					framed.Reset()
					for i := range uint64(8) {
						addFrame(framed, numbers(number+i, noteRests))
					}
					framed.Do(inTime(t))
					for i := range 8 {
						_, err := framed.Answer(i)
						outcomes[g] = append(outcomes[g], outcome{number, m.Idempotent, err})
						number++
					}
					continue
				}
				run.Reset()
				for i := range uint64(8) {
					run.Add(&noteRequest{number + i, noteRests, 0})
				}
				run.Do(inTime(t))
				for i := range 8 {
					outcomes[g] = append(outcomes[g], outcome{number, m.Idempotent, run.Answer(i, new(noteAnswer))})
					number++
				}
			}
		}()
	}
	for range kills {
		pid := pidOf(t, client)
		calls := client.Stats().Client.Calls
		eventually(t, "calls are made", func() bool { return client.Stats().Client.Calls > calls+goroutines })
		kill(t, pid)
		restarts := client.Stats().Client.Restarts
		eventually(t, "the next server is there", func() bool {
			mustAdd(t, client)
			return client.Stats().Client.Restarts > restarts || pidOf(t, client) != pid
		})
	}
	stop.Store(true)
	group.Wait()
	ran := notes.runs()
	answered, mayHaveRun, total := 0, 0, 0
	for _, list := range outcomes {
		for _, o := range list {
			total++
			times := ran[o.number]
			delete(ran, o.number)
			switch {
			case o.err == nil && (times == 1 || o.again && times > 1):
				answered++
			case errors.Is(o.err, ringcall.ErrMayHaveRun) && !o.again && times <= 1:
				mayHaveRun++
			default:
				t.Errorf("number %#x, idempotent %v, was run %d times and ended with %v", o.number, o.again, times, o.err)
			}
		}
	}
	if len(ran) != 0 {
		t.Errorf("%d numbers were run that nobody has called", len(ran))
	}
	if n := client.Stats().Client.Restarts; n != kills {
		t.Errorf("%d restarts, expected %d", n, kills)
	}
	if mayHaveRun == 0 {
		t.Error("no kill hit a handler: the test has shown little")
	}
	t.Logf("%d calls, %d answered, %d may have run", total, answered, mayHaveRun)
}

// flakyServer starts a server unless a file is there.
func flakyServer(t *testing.T) (cmd *exec.Cmd, file string) {
	file = filepath.Join(t.TempDir(), "broken")
	return exec.Command("sh", "-c", `test -e "$0" && exit 7; exec "$1" co-process`, file, serverBinary(t)), file
}

func TestCloseDuringARestartLeavesNothing(t *testing.T) {
	for name, when := range map[string]func(client *ringcall.Client, broken func()){
		"right after the death": func(client *ringcall.Client, broken func()) {},
		"while starts fail":     func(client *ringcall.Client, broken func()) { broken(); time.Sleep(30 * time.Millisecond) },
		"while a server starts": func(client *ringcall.Client, broken func()) { time.Sleep(11 * time.Millisecond) },
		"once it is there again": func(client *ringcall.Client, broken func()) {
			client.Call(background, methodAdd, addRequest(1, 1), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			goroutines, descriptors := runtime.NumGoroutine(), openDescriptors(t, pidOfTests)
			cmd, file := flakyServer(t)
			client, err := ringcall.Start(background, cmd, ringcall.WithRestart(), ringcall.WithGrace(100*time.Millisecond), ringcall.WithOutput(func(string, string) {}))
			if err != nil {
				t.Fatal(err)
			}
			killServer(t, client)
			waiting := make(chan error)
			when(client, func() { touch(t, file) })
			go func() {
				_, err := client.Call(background, methodBlock, sleepRequest(time.Minute), nil)
				waiting <- err
			}()
			within(t, "Close", 20*time.Second, func() { client.Close() })
			if err := <-waiting; !errors.Is(err, ringcall.ErrClosed) && !errors.Is(err, ringcall.ErrMayHaveRun) {
				t.Errorf("a call meanwhile: %v", err)
			}
			if err := client.Err(); !errors.Is(err, ringcall.ErrClosed) {
				t.Errorf("Err is %v", err)
			}
			eventually(t, "all goroutines have ended", func() bool { return runtime.NumGoroutine() <= goroutines })
			eventually(t, "all descriptors are closed", func() bool { return openDescriptors(t, pidOfTests) <= descriptors })
			eventually(t, "all processes have ended", func() bool { return len(childrenOf(pidOfTests)) == 0 })
		})
	}
}

func TestAProgramThatFailsAgainAndAgainIsTriedAtTheCap(t *testing.T) {
	cmd, file := flakyServer(t)
	client, _ := restartingCommand(t, cmd)
	pid := pidOf(t, client)
	touch(t, file)
	kill(t, pid)
	begin := time.Now()
	_, err := client.Call(background, methodAdd, addRequest(1, 1), nil)
	var failed *ringcall.StartError
	if !errors.As(err, &failed) || !errors.Is(err, ringcall.ErrNeverStarted) || failed.Exit == nil {
		t.Errorf("the error is %v", err)
	}
	// 10 + 20 + ... + 1000 ms of pauses lie before the eighth failure, or half of that.
	if took := time.Since(begin); took < 1100*time.Millisecond {
		t.Errorf("eight starts took %v: there was no back-off", took)
	}
	if _, err := client.Call(background, methodAdd, addRequest(1, 1), nil); !errors.Is(err, ringcall.ErrServerGone) {
		t.Errorf("the next call: %v", err)
	}
	remove(t, file)
	if _, err := client.Call(inTime(t), methodAdd, addRequest(1, 1), nil); err != nil {
		t.Errorf("once it can be started again: %v", err)
	}
}

// What was answered stays readable although its server, and its channel, are gone.
func TestAViewOutlivesItsServer(t *testing.T) {
	client, _ := restarting(t)
	large := pattern(10000)
	view, err := client.View(background, methodEcho, large)
	if err != nil {
		t.Fatal(err)
	}
	batch := client.NewBatch(methodAdd, 8, 8)
	requests, err := batch.Reserve(background, 10)
	if err != nil {
		t.Fatal(err)
	}
	clear(requests)
	killServer(t, client)
	mustAdd(t, client)
	if same(nil, view.Bytes(), large) != nil {
		t.Error("the answer has changed")
	}
	view.Release()
	view.Release()
	if err := batch.Do(background); !errors.Is(err, ringcall.ErrNeverStarted) || !errors.Is(err, ringcall.ErrServerGone) {
		t.Errorf("a batch that was filled in for the server that is gone: %v", err)
	}
	batch.Release()
	if _, err := batch.Reserve(background, 10); err != nil {
		t.Errorf("on the next server: %v", err)
	}
	batch.Release()
}
