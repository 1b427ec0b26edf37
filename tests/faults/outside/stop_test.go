package outside

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	ringcall "github.com/ringcall/ringcall/go"
)

func isStopped(t *testing.T, client *ringcall.Client) {
	t.Helper()
	select {
	case <-client.Done():
		t.Errorf("the client has ended: %v", client.Err())
	default:
	}
}

func TestDeadlinesFireWhileTheServerIsStopped(t *testing.T) {
	each(t, []string{"--workers", "2"}, func(t *testing.T, client *ringcall.Client, pid int) {
		mustAdd(t, client)
		stop(t, pid)
		patient, err := client.Post(background, methodSleep, nanoseconds(1))
		if err != nil {
			t.Fatal(err)
		}
		const calls = 20 // each with a deadline that a busy machine, too, meets only after the call was posted
		ends := make(chan error, calls)
		for i := range calls {
			go func() {
				ctx, cancel := context.WithTimeout(background, time.Duration(1000+20*i)*time.Millisecond)
				defer cancel()
				ends <- addWith(ctx, client, 1, 1)
			}()
		}
		for range calls { // the server is continued only afterwards
			select {
			case err := <-ends:
				if !errors.Is(err, ringcall.ErrDeadline) || errors.Is(err, ringcall.ErrNeverStarted) || errors.Is(err, ringcall.ErrServerGone) {
					t.Errorf("a call's error is %v, expected a deadline and no more", err)
				}
			case <-time.After(20 * time.Second):
				t.Fatal("a deadline did not fire")
			}
		}
		isStopped(t, client)
		resume(pid)
		if answer, err := patient.Await(background, nil); err != nil || string(answer) != string(nanoseconds(1)) {
			t.Errorf("the call without a deadline is answered with %x (%v)", answer, err)
		}
		mustAdd(t, client)
		eventually(t, "the late answers were discarded", func() bool { return client.Stats().Client.LateAnswers == calls })
		stats := client.Stats()
		if stats.Server.Expired != calls {
			t.Errorf("%d requests had expired, expected %d: what is late is not run", stats.Server.Expired, calls)
		}
		isStopped(t, client)
		noRecoveredWakes(t, client)
	})
}

// The pair of the test above: a stop that no deadline notices changes nothing.
func TestAShortStopOfTheServerIsOnlyAPause(t *testing.T) {
	each(t, nil, func(t *testing.T, client *ringcall.Client, pid int) {
		for range 20 {
			stop(t, pid)
			done := make(chan error, 1)
			ctx, cancel := context.WithTimeout(background, time.Minute)
			go func() { done <- addWith(ctx, client, 3, 4) }()
			time.Sleep(5 * time.Millisecond) // the stop
			resume(pid)
			if err := <-done; err != nil {
				t.Error(err)
			}
			cancel()
		}
		isStopped(t, client)
		noRecoveredWakes(t, client)
	})
}

func TestAStoppedClientDelaysNoOtherAndGoesOn(t *testing.T) {
	t.Setenv("RINGCALL_LOG", "info")
	s := listen(t, "", "--answer-arena", "65536")
	stopped := inRole(t, "call", s.path)
	defer stopped.kill()
	other := s.dial()
	for range 3 {
		stopped.hears(t, "calls")
		stop(t, stopped.cmd.Process.Pid)
		begin := time.Now()
		for i := range int32(5000) {
			if err := addWith(background, other, i, 1); err != nil {
				t.Fatal(err)
			}
		}
		for time.Since(begin) < 1500*time.Millisecond { // beyond the bounded sleeps of both sides
			mustAdd(t, other)
			time.Sleep(10 * time.Millisecond)
		}
		resume(stopped.cmd.Process.Pid)
		for range 3 {
			stopped.hears(t, "calls")
		}
	}
	if said := s.said.String(); strings.Contains(said, "poisoned") || strings.Count(said, "gone") > 1 { // that of the first dial, to see that it is up
		t.Errorf("the server says\n%s", said)
	}
	noRecoveredWakes(t, other)
}

func TestALoopThatHangsHoldsUpNoOther(t *testing.T) {
	s := listen(t, "", "--loops", "2")
	stuck, free := s.dial(), s.dial() // on a loop each
	run := stuck.NewRun(2)
	for _, err := range []error{run.Add(methodPrint, []byte("hangs now")), run.Add(methodBlock, nanoseconds(time.Hour)), run.Post(background)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the loop hangs", func() bool { return strings.Contains(s.said.String(), "hangs now") })
	ctx, cancel := context.WithTimeout(background, time.Second)
	defer cancel()
	if err := addWith(ctx, stuck, 1, 1); !errors.Is(err, ringcall.ErrDeadline) {
		t.Errorf("a call to the loop that hangs gives %v, expected a deadline", err)
	}
	for i := range int32(20_000) {
		if err := addWith(background, free, i, 1); err != nil {
			t.Fatal(err)
		}
	}
	isStopped(t, stuck)
	noRecoveredWakes(t, free)
}
