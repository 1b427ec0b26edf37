package ringcall

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ringcall/ringcall/go/internal/tick"
)

// incarnations are the servers of a client with restart, in the heap.
type incarnations struct {
	t       testing.TB
	o       testOptions
	client  *Client
	failure error // of the next tries to open

	mu      sync.Mutex
	servers []*testServer
}

// serveAgain starts a client with restart, which end with the test, as do its servers.
func serveAgain(t testing.TB, o testOptions, opts ...Option) (*Client, *incarnations) {
	t.Helper()
	all := &incarnations{t: t, o: o}
	client, err := openClient(background, makeOptions(append(opts, WithRestart(), WithSpin(o.spin))), all.open)
	if err != nil {
		t.Fatal(err)
	}
	all.client = client
	t.Cleanup(func() {
		client.Close() // it opens no other
		for _, s := range all.servers {
			s.end(client)
		}
		if n := client.Stats().Client.RecoveredWakes; n != 0 {
			t.Errorf("%d wakes were recovered, expected none", n)
		}
	})
	return client, all
}

func (all *incarnations) open(ctx context.Context, o options) (*channel, error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.failure != nil {
		return nil, all.failure
	}
	next := all.o
	next.epoch = uint64(len(all.servers) + 1)
	ch, s := newTestServer(all.t, next, o)
	all.servers = append(all.servers, s)
	return ch, nil
}

func (all *incarnations) fail(err error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.failure = err
}

// last is the server that runs.
func (all *incarnations) last() *testServer {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.servers[len(all.servers)-1]
}

// next waits for the server that has this number, from 1.
func (all *incarnations) next(number int) *testServer {
	all.t.Helper()
	eventually(all.t, "the next server is there", func() bool {
		all.mu.Lock()
		defer all.mu.Unlock()
		return len(all.servers) == number
	})
	return all.last()
}

// die ends the server without a word, with what it holds.
func (s *testServer) die() { s.do(func() { s.dead = true }); <-s.ended }

func TestARetiredChannelIsUnmappedWhenNobodyNeedsItAnyMore(t *testing.T) {
	c, all := serveAgain(t, defaults())
	first := all.last()
	view, err := c.View(background, methodEcho, payload(1000))
	if err != nil {
		t.Fatal(err)
	}
	first.die()
	all.next(2)
	expectEcho(t, c, 1000)
	select {
	case <-first.unmapped:
		t.Error("a view looks at unmapped memory")
	default:
	}
	expectPayload(t, view.Bytes(), 1000)
	before := c.Stats()
	view.Release()
	<-first.unmapped
	if after := c.Stats(); after.Client.Calls != before.Client.Calls || after.Server.Answers < before.Server.Answers || after.Client.Restarts != 1 {
		t.Errorf("the counters were %+v, and are %+v", before, after)
	}
}

func expectPayload(t *testing.T, got []byte, n int) {
	t.Helper()
	if string(got) != string(payload(n)) {
		t.Errorf("the answer is %.20x, of %d bytes", got, len(got))
	}
}

// The answer to a call whose goroutine has not come round to it yet lies in a segment that must stay for as long.
func TestAnswersOfALostServerAreStillDelivered(t *testing.T) {
	c, all := serveAgain(t, defaults())
	for number := 1; number <= 20; number++ {
		s := all.next(number)
		var group sync.WaitGroup
		for range 3 {
			group.Add(1)
			go func() {
				defer group.Done()
				answer, err := c.Call(background, methodHold, payload(1000), nil)
				if err != nil {
					t.Error(err)
					return
				}
				expectPayload(t, answer, 1000)
			}()
		}
		s.awaitHeld(3)
		s.answerHeld()
		s.die()
		group.Wait()
	}
}

func TestAPostWithoutAServerIsSentByItsAwait(t *testing.T) {
	c, all := serveAgain(t, defaults())
	all.fail(ErrNoServer)
	all.last().die()
	eventually(t, "it is known", func() bool { return c.channel().isRetired() })
	m := &Method{ID: methodEcho, Name: "Echo"}
	var pendings []Pending
	for range 3 {
		p, err := c.Post(background, methodEcho, payload(20))
		if err != nil {
			t.Fatal(err)
		}
		pendings = append(pendings, p)
	}
	frame, err := c.NewFrame(background, m, 3000)
	if err != nil {
		t.Fatal(err)
	}
	copy(frame.Bytes(), payload(3000))
	framed, err := frame.Post(background)
	if err != nil {
		t.Fatal(err)
	}
	run := c.NewRun(2)
	run.Add(methodEcho, payload(8))
	run.Add(methodEcho, payload(2000))
	if err := run.Post(background); err != nil {
		t.Fatal(err)
	}
	pendings[2].Abandon()
	all.fail(nil)
	answer, err := pendings[0].Await(background, nil)
	if err != nil {
		t.Fatal(err)
	}
	expectPayload(t, answer, 20)
	if _, err := pendings[0].Await(background, nil); err != ErrAwaited {
		t.Errorf("awaited twice: %v", err)
	}
	if answer, err = AwaitFrame(background, framed, m); err != nil {
		t.Fatal(err)
	}
	expectPayload(t, answer, 3000)
	if err := run.Await(background); err != nil {
		t.Fatal(err)
	}
	for i, n := range []int{8, 2000} {
		if answer, err = run.Answer(i); err != nil {
			t.Fatal(err)
		}
		expectPayload(t, answer, n)
	}
	if n := c.Stats().Client.Calls; n != 4 {
		t.Errorf("%d calls were made, expected the 4 that were awaited", n)
	}
}

func TestAMethodsDeadlineHoldsAcrossServers(t *testing.T) {
	c, all := serveAgain(t, defaults())
	all.fail(ErrNoServer)
	all.last().die()
	eventually(t, "it is known", func() bool { return c.channel().isRetired() })
	short := &Method{ID: methodEcho, Name: "Echo", Deadline: 200 * time.Millisecond}
	err := CallRecord(background, c, short, new(uint64), new(uint64))
	if !errors.Is(err, ErrDeadline) || !errors.Is(err, ErrNeverStarted) || !errors.Is(err, ErrNoServer) && !errors.Is(err, ErrServerGone) {
		t.Errorf("without a server: %v", err)
	}
	long := &Method{ID: methodHold, Name: "Hold", Deadline: time.Hour}
	result := make(chan error, 1)
	go func() { result <- CallRecord(background, c, long, new(uint64), new(uint64)) }()
	all.fail(nil)
	s := all.next(2)
	s.awaitHeld(1)
	s.do(func() {
		ticks := s.held[0].detail
		left := time.Duration(int64(ticks)<<tickShift) - time.Duration(tick.Monotonic()-s.segment.clockBaseNs)
		if left > time.Hour+time.Second || left < time.Hour-time.Minute {
			t.Errorf("the deadline is %v ahead on the server's clock, expected an hour", left)
		}
	})
	s.answerHeld()
	if err := <-result; err != nil {
		t.Error(err)
	}
}

func TestACorruptChannelIsReplaced(t *testing.T) {
	c, all := serveAgain(t, defaults())
	s := all.last()
	result := make(chan error, 1)
	go func() {
		_, err := c.Call(background, methodHold, nil, nil)
		result <- err
	}()
	s.awaitHeld(1)
	s.do(func() { s.answer(9, statusOK, 0, nil); s.publish() })
	if err := <-result; !errors.Is(err, ErrCorrupt) || errors.Is(err, ErrNeverStarted) {
		t.Errorf("a call that was in flight: %v", err)
	}
	expectEcho(t, c, 100)
	if c.Err() != nil || c.Epoch() != 2 {
		t.Errorf("Err is %v, the epoch %d", c.Err(), c.Epoch())
	}
}

func TestWhatCannotGetBetterIsGivenUp(t *testing.T) {
	for _, final := range []error{&VersionError{1, 2}, &InterfaceError{Interface: "quotes"}, ErrUntrusted, ErrBadName, &RefusedError{Status: welcomeUser}} {
		c, all := serveAgain(t, defaults())
		all.fail(final)
		all.last().die()
		<-c.Done()
		_, err := c.Call(background, methodEcho, nil, nil)
		var failed *RestartError
		if !errors.As(err, &failed) || !failed.Final || !errors.Is(err, final) || !errors.Is(err, ErrNeverStarted) || !errors.Is(c.Err(), final) {
			t.Errorf("%v: a call gives %v, Err %v", final, err, c.Err())
		}
	}
	for _, passing := range []error{&NoServerError{Name: "a"}, &RefusedError{Status: welcomeBusy}, &StartError{Exit: errExitZero}, ErrBadSegment} {
		if isFinal(passing) {
			t.Errorf("%v may get better", passing)
		}
	}
}

func TestInterfacesThatWereAskedForAreAskedOfTheNextServer(t *testing.T) {
	c, all := serveAgain(t, defaults())
	c.channel().serves = served{described: true, description: quotesText}
	if err := c.Implements(quotesInterface); err != nil {
		t.Fatal(err)
	}
	c.Implements(quotesInterface)
	if asked := c.restart.options.interfaces; len(asked) != 1 || asked[0] != quotesInterface {
		t.Errorf("%v", asked)
	}
	all.last().die()
	all.next(2)
}

func TestCallsThatMayBeSentAgainAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c, _ := serveAgain(t, defaults())
	ctx, cancel := context.WithTimeout(background, time.Hour)
	defer cancel()
	small, large, buf := payload(8), payload(1000), make([]byte, 2000)
	request, answer := addRequest{1, 2}, addAnswer{}
	timed := &Method{ID: methodAdd, Name: "Sums.Add", Deadline: time.Hour}
	run := NewRecordRun[addRequest, addAnswer](c, timed, 20)
	for name, f := range map[string]func() error{
		"Call":        func() (err error) { _, err = c.Call(ctx, methodEcho, small, buf); return },
		"Call, arena": func() (err error) { _, err = c.Call(ctx, methodEcho, large, buf); return },
		"CallRecord":  func() error { return CallRecord(background, c, timed, &request, &answer) },
		"View":        func() error { v, err := c.View(background, methodEcho, large); v.Release(); return err },
		"Post": func() error {
			p, err := c.Post(ctx, methodEcho, large)
			if err == nil {
				_, err = p.Await(ctx, buf)
			}
			return err
		},
		"RecordRun": func() error {
			run.Reset()
			for range 20 {
				run.Add(&request)
			}
			return run.Do(background)
		},
	} {
		for range 50 {
			if err := f(); err != nil {
				t.Fatal(name, err)
			}
		}
		if n := testing.AllocsPerRun(200, func() {
			if err := f(); err != nil {
				t.Error(name, err)
			}
		}); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func TestAFrameRunIsAwaitedOnce(t *testing.T) {
	c, all := serveAgain(t, defaults())
	m := &Method{ID: methodEcho, Name: "Echo"}
	r := NewFrameRun(c, m, 2)
	all.fail(ErrNoServer)
	all.last().die()
	eventually(t, "it is known", func() bool { return c.channel().isRetired() })
	for range 2 {
		room, err := r.Reserve(20)
		if err != nil {
			t.Fatal(err)
		}
		copy(room, payload(20))
	}
	if err := r.Post(background); err != nil {
		t.Fatal(err)
	}
	all.fail(nil)
	if err := r.Await(background); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		answer, err := r.Answer(i)
		if err != nil {
			t.Fatal(err)
		}
		expectPayload(t, answer, 20)
	}
	calls := c.Stats().Client.Calls
	if err := r.Await(background); !errors.Is(err, errNotPosted) {
		t.Errorf("awaited twice: %v", err)
	}
	if n := c.Stats().Client.Calls - calls; n != 0 {
		t.Errorf("the second Await made %d calls", n)
	}
}

func TestFailuresOfLongAgoAreNotToldOfAServerThatWasLostJustNow(t *testing.T) {
	c, _ := serveAgain(t, defaults())
	r := c.channel().restart
	r.mu.Lock()
	r.failures, r.cause = failuresMost+1, ErrNoServer
	err, cause := r.hopeless(background)
	r.mu.Unlock()
	if err != nil || cause != nil {
		t.Errorf("while there is a channel nothing is hopeless, but: %v (%v)", err, cause)
	}
	c.channel().retire()
	r.mu.Lock()
	err, _ = r.hopeless(background)
	r.failures = 0
	r.mu.Unlock()
	if !errors.As(err, new(*RestartError)) {
		t.Errorf("after %d tries in vain: %v, expected a RestartError", failuresMost+1, err)
	}
}

func TestWhatShowsThatAServerHasLivedThroughARequest(t *testing.T) {
	for err, lived := range map[error]bool{
		nil: true, &HandlerError{}: true, &TooLargeError{Answer: true}: true, ErrNoRoom: true, badRequest([]byte("7, not 8 bytes")): true, badRequest(nil): true,
		&TooLargeError{}: false, errExpired: false, ErrDeadline: false, &GoneError{}: false, context.Canceled: false, &CorruptError{}: false,
	} {
		if isAnswer(err) != lived {
			t.Errorf("%v: %v, expected %v", err, !lived, lived)
		}
	}
}
