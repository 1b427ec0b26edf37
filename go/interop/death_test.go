package interop

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

// fates runs calls that will have no answer, kills and returns each call's error and how long after the kill it returned.
func fates(t *testing.T, calls []func() error, inFlight func() bool, kill func()) (errs []error, delays []time.Duration) {
	t.Helper()
	errs = make([]error, len(calls))
	ends := make([]time.Time, len(calls))
	var group sync.WaitGroup
	for i, call := range calls {
		group.Add(1)
		go func() {
			defer group.Done()
			errs[i] = call()
			ends[i] = time.Now()
		}()
	}
	eventually(t, "every call is in flight", inFlight)
	killed := time.Now()
	kill()
	group.Wait()
	for _, end := range ends {
		delays = append(delays, end.Sub(killed))
	}
	return errs, delays
}

func wantGone(t *testing.T, err error, fate error) {
	t.Helper()
	var gone *ringcall.GoneError
	if !errors.Is(err, ringcall.ErrServerGone) || !errors.As(err, &gone) {
		t.Errorf("the error is %v, expected ErrServerGone", err)
		return
	}
	for _, other := range []error{ringcall.ErrMayHaveRun, ringcall.ErrNeverStarted} {
		if errors.Is(err, other) != (other == fate) {
			t.Errorf("the error %q is wrong about: %v", err, other)
		}
	}
}

func TestKillingTheServerEndsEveryCall(t *testing.T) {
	const rounds, count = 7, 32
	var slowest []time.Duration
	for round := range rounds {
		var client *ringcall.Client
		var kill func()
		if round%2 == 0 {
			s := listen(t, "--workers", "4")
			client, kill = s.dial(), s.kill
		} else {
			c, cmd := start(t, []string{"--workers", "4"})
			client, kill = c, func() { cmd.Process.Kill() }
		}
		var calls []func() error
		for range count {
			calls = append(calls, func() error {
				_, err := client.Call(background, methodSleep, sleepRequest(time.Minute), nil)
				return err
			})
		}
		errs, delays := fates(t, calls, func() bool { return client.Stats().Server.Calls == count }, kill)
		for _, err := range errs {
			wantGone(t, err, ringcall.ErrMayHaveRun)
		}
		slowest = append(slowest, slices.Max(delays))
		if err := client.Err(); !errors.Is(err, ringcall.ErrServerGone) {
			t.Errorf("Err is %v", err)
		}
		<-client.Done()
		within(t, "a call afterwards", time.Second, func() {
			if _, err := client.Call(background, methodAdd, addRequest(1, 1), nil); !errors.Is(err, ringcall.ErrServerGone) {
				t.Errorf("a call afterwards gives %v", err)
			}
		})
	}
	slices.Sort(slowest)
	t.Logf("the last of %d calls returned after the kill within, by round: %v", count, slowest)
	// The machine may disturb some rounds, most even, but what always takes longer shows in each.
	if third := slowest[2]; third > 10*time.Millisecond {
		t.Errorf("in but two of %d rounds it took %v or more, expected at most 10ms", rounds, third)
	}
	if worst := slowest[rounds-1]; worst > 2*time.Second {
		t.Errorf("in the worst round it took %v: it was not the death that ended the wait", worst)
	}
}

// blockLoop keeps the server's loop in a handler for a minute. The loop takes a run as a whole, and no other once it has printed.
func blockLoop(t testing.TB, client *ringcall.Client, said fmt.Stringer) *ringcall.Run {
	t.Helper()
	run := client.NewRun(2)
	for _, err := range []error{
		run.Add(methodPrint, []byte("blocked now")),
		run.Add(methodBlock, sleepRequest(time.Minute)),
		run.Post(background),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the loop is blocked", func() bool { return strings.Contains(said.String(), "blocked now") })
	return run
}

func TestWhatWasNotTakenNeverStarted(t *testing.T) {
	s := listen(t)
	client := s.dial()
	add := func() error {
		_, err := client.Call(background, methodAdd, addRequest(1, 1), nil)
		return err
	}
	blocked := blockLoop(t, client, &s.said)
	errs, _ := fates(t, []func() error{add, add, add}, func() bool { return client.Stats().Client.Calls == 5 }, s.kill)
	for _, err := range errs {
		wantGone(t, err, ringcall.ErrNeverStarted)
	}
	blocked.Await(background) // what its records say is asked for below
	_, err := blocked.Answer(1)
	wantGone(t, err, ringcall.ErrMayHaveRun)
	wantGone(t, add(), ringcall.ErrNeverStarted)
}

func TestAnsweredBeforeTheDeathIsAnswered(t *testing.T) {
	s := listen(t)
	client := s.dial()
	var posted []ringcall.Pending
	for i := range int32(100) {
		pending, err := client.Post(background, methodAdd, addRequest(i, 7))
		if err != nil {
			t.Fatal(err)
		}
		posted = append(posted, pending)
	}
	eventually(t, "the server has answered", func() bool { return client.Stats().Server.Answers == 100 })
	s.kill()
	<-client.Done()
	for i, pending := range posted {
		answer, err := pending.Await(background, nil)
		wantSum(t, answer, err, int32(i), 7)
	}
}

func TestACrashingHandlerIsAnErrorValue(t *testing.T) {
	t.Run("dialled", func(t *testing.T) {
		s := listen(t)
		s.doomed = true
		_, err := s.dial().Call(background, methodCrash, nil, nil)
		wantGone(t, err, ringcall.ErrMayHaveRun)
	})
	t.Run("started", func(t *testing.T) {
		client, _ := start(t, nil)
		_, err := client.Call(background, methodCrash, nil, nil)
		wantGone(t, err, ringcall.ErrMayHaveRun)
		var exit *exec.ExitError
		if closeErr := client.Close(); !errors.As(closeErr, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGABRT {
			t.Errorf("Close says %v, expected SIGABRT", closeErr)
		}
	})
}

func TestCloseEndsEveryCall(t *testing.T) {
	each(t, []string{"--workers", "4"}, func(t *testing.T, client *ringcall.Client) {
		const count = 8 // twice as many as there are workers
		var calls []func() error
		for range count {
			calls = append(calls, func() error {
				_, err := client.Call(background, methodSleep, sleepRequest(long), nil)
				return err
			})
		}
		closed := make(chan error, 1)
		errs, delays := fates(t, calls, func() bool { return client.Stats().Client.Calls == count }, func() {
			go func() { closed <- client.Close() }() // of a co-process it waits for the handlers' end
		})
		for _, err := range errs {
			if !errors.Is(err, ringcall.ErrClosed) || !errors.Is(err, os.ErrClosed) {
				t.Errorf("the error is %v, expected ErrClosed", err)
			}
		}
		if worst := slices.Max(delays); worst > long/2 {
			t.Errorf("the last call returned %v after Close", worst)
		}
		if err := <-closed; err != nil {
			t.Errorf("Close: %v", err)
		}
		if _, err := client.Call(background, methodAdd, addRequest(1, 1), nil); !errors.Is(err, ringcall.ErrClosed) {
			t.Errorf("a call afterwards gives %v, expected ErrClosed", err)
		}
		if err := client.Close(); err != nil {
			t.Errorf("closing again: %v", err)
		}
	})
}

func TestSIGTERMDrains(t *testing.T) {
	s := listen(t, "--workers", "2")
	client := s.dial()
	pending, err := client.Post(background, methodSleep, sleepRequest(long))
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "the call is running", func() bool { return client.Stats().Server.Calls == 1 })
	s.cmd.Process.Signal(syscall.SIGTERM)
	if answer, err := pending.Await(background, nil); err != nil || string(answer) != string(sleepRequest(long)) {
		t.Errorf("what ran when SIGTERM came is answered with %x (%v)", answer, err)
	}
	if !s.waitEnd(5*time.Second) || s.result != nil {
		t.Fatalf("the server ended with %v\n%s", s.result, s.said.String())
	}
	<-client.Done()
	if err := client.Err(); !errors.Is(err, ringcall.ErrServerClosed) || !errors.Is(err, ringcall.ErrServerGone) {
		t.Errorf("Err is %v, expected ErrServerClosed", err)
	}
	if _, err := client.Call(background, methodAdd, addRequest(1, 1), nil); !errors.Is(err, ringcall.ErrServerClosed) {
		t.Errorf("a call afterwards gives %v, expected ErrServerClosed", err)
	}
	if _, err := os.Lstat(s.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestSIGTERMEndsACoprocess(t *testing.T) {
	client, cmd := start(t, nil)
	mustAdd(t, client)
	cmd.Process.Signal(syscall.SIGTERM)
	<-client.Done()
	if err := client.Err(); !errors.Is(err, ringcall.ErrServerClosed) {
		t.Errorf("Err is %v, expected ErrServerClosed", err)
	}
	if err := client.Close(); err != nil {
		t.Errorf("Close: %v, expected exit status 0", err)
	}
}

// parentRole starts a co-process, tells its pid and waits to be killed.
func parentRole() { beParent(false) }

// busyParentRole does so while the co-process's loop is in a handler.
func busyParentRole() { beParent(true) }

func beParent(busy bool) {
	printed := make(chan struct{}, 2) // on two streams
	client, err := ringcall.Start(background, exec.Command(os.Getenv("RINGCALL_TEST_SERVER"), "co-process"),
		ringcall.WithOutput(func(_, line string) {
			if line == "blocked now" {
				printed <- struct{}{}
			}
		}))
	must(err)
	answer, err := client.Call(background, methodPid, nil, nil)
	must(err)
	if busy {
		run := client.NewRun(2)
		must(run.Add(methodPrint, []byte("blocked now")))
		must(run.Add(methodBlock, sleepRequest(time.Minute)))
		must(run.Post(background))
		<-printed
	}
	fmt.Println(binary.LittleEndian.Uint32(answer))
	time.Sleep(time.Hour)
}

func TestACoprocessEndsWithItsParent(t *testing.T) {
	serverBinary(t)
	for role, patience := range map[string]time.Duration{"a parent": 2 * time.Second, "a busy parent": 10 * time.Second} {
		t.Run(role, func(t *testing.T) {
			parent := inRole(t, role)
			stdout, err := parent.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := parent.Start(); err != nil {
				t.Fatal(err)
			}
			line, err := bufio.NewReader(stdout).ReadString('\n')
			parent.Process.Kill()
			killed := time.Now()
			parent.Wait()
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(line))
			if err != nil {
				t.Fatalf("the parent said %q", line)
			}
			for ; !hasExited(pid); time.Sleep(time.Millisecond) {
				if time.Since(killed) > patience {
					syscall.Kill(pid, syscall.SIGKILL)
					t.Fatalf("the co-process lives %v after its parent", patience)
				}
			}
			t.Logf("the co-process ended %v after its parent", time.Since(killed).Round(time.Millisecond))
		})
	}
}

func TestAServersProcessIsToldAsLongAsItIsThere(t *testing.T) {
	listening := listen(t)
	started, cmd := start(t, nil)
	for _, test := range []struct {
		client *ringcall.Client
		kill   func()
	}{{listening.dial(), listening.kill}, {started, func() { cmd.Process.Kill() }}} {
		pid := pidOf(t, test.client)
		if told := test.client.ServerPID(); told != pid {
			t.Errorf("the server is process %d, ServerPID says %d", pid, told)
		}
		test.kill()
		<-test.client.Done()
		if told := test.client.ServerPID(); told != 0 {
			t.Errorf("the server is gone, ServerPID says %d", told)
		}
	}
}
