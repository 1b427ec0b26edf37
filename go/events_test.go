package ringcall

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// eventLog collects events as lines of text.
type eventLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *eventLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *eventLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *eventLog) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// await waits for a line that matches.
func (l *eventLog) await(t *testing.T, pattern string) {
	t.Helper()
	expression := regexp.MustCompile("(?m)" + pattern)
	eventually(t, "an event matches "+pattern, func() bool { return expression.MatchString(l.String()) })
}

func TestEventsOfAChannel(t *testing.T) {
	const who = ` server=quotes pid=99 epoch=0000000000000007`
	for name, c := range map[string]struct {
		happens func(c *Client, s *testServer)
		wants   string
	}{
		"it is closed": {func(c *Client, s *testServer) { c.Close() }, `^level=INFO msg="ringcall: client closed"` + who},
		"the server dies": {func(c *Client, s *testServer) {
			s.do(func() { s.note(blackBoxRun{count: 1, method: 7}, 1001, 7) })
			s.die()
		}, `^level=WARN msg="ringcall: server lost"` + who + ` error="ringcall: the server is gone while it ran method 7 at position 1001" running="method 7 at position 1001" dump=\S+/ringcall-0000000000000007.dump`},
		"the server leaves": {func(c *Client, s *testServer) {
			s.do(func() { atomic.StoreUint32(&s.segment.server.state, stateClosed) })
			s.die()
		}, `^level=INFO msg="ringcall: server closed"` + who},
		"the server breaks a rule": {func(c *Client, s *testServer) {
			s.do(func() { s.lies = 0x7777 })
			c.Call(background, methodEcho, nil, nil)
		}, `^level=ERROR msg="ringcall: channel poisoned"` + who + ` error="ringcall: .*id that is not outstanding`},
	} {
		t.Run(name, func(t *testing.T) {
			var log eventLog
			ch, s := newTestServer(t, defaults(), options{log: log.logger(), dumps: t.TempDir(), server: "quotes", pid: 99})
			client := newClient(ch)
			c.happens(client, s)
			log.await(t, c.wants)
			s.end(client)
			log.await(t, `msg="ringcall: client closed"`)
			if first := strings.SplitN(log.String(), "\n", 2)[0]; first != `level=INFO msg="ringcall: attached"`+who {
				t.Errorf("the first event is %s", first)
			}
			if n := strings.Count(log.String(), "\n"); n != 3 && !(n == 2 && name == "it is closed") {
				t.Errorf("there are %d events:\n%s", n, log.String())
			}
		})
	}
}

func TestADumpThatCannotBeWrittenIsTold(t *testing.T) {
	var log eventLog
	ch, s := newTestServer(t, defaults(), options{log: log.logger(), dumps: "/dev/null/dumps", server: "quotes"})
	c := newClient(ch)
	s.die()
	log.await(t, `msg="ringcall: server lost" .* dump_error="ringcall: the directory for dumps: mkdir /dev/null: not a directory"`)
	s.end(c)
}

func TestEventsOfAClientWithRestart(t *testing.T) {
	var log eventLog
	c, all := serveAgain(t, defaults(), WithLogger(log.logger()))
	all.last().die()
	all.next(2)
	log.await(t, `msg="ringcall: server lost" server="" pid=0 epoch=0000000000000001`)
	log.await(t, `(?s)(msg="ringcall: attached".*){2}`)
	all.fail(errors.New("not yet"))
	all.last().die()
	log.await(t, `^level=WARN msg="ringcall: server not back yet" server="" failures=\d+ error="not yet" next=20`)
	all.fail(&VersionError{Client: 1, Server: 2})
	<-c.Done()
	log.await(t, `^level=ERROR msg="ringcall: client gave up" server="" failures=\d+ error=".*version`)
}

func TestARequestThatIsPoisonedIsToldOnce(t *testing.T) {
	var log eventLog
	c, all := serveAgain(t, defaults(), WithLogger(log.logger()))
	m := &Method{ID: methodHold, Name: "Hold", Idempotent: true}
	ended := make(chan error)
	go func() { ended <- CallRecord(background, c, m, &addRequest{}, &addAnswer{}) }()
	for i := 1; i <= deathsMax; i++ {
		s := all.next(i)
		s.awaitHeld(1)
		s.die()
	}
	if err := <-ended; !errors.Is(err, ErrPoisoned) {
		t.Errorf("it returned %v", err)
	}
	if err := CallRecord(background, c, m, &addRequest{}, &addAnswer{}); !errors.Is(err, ErrPoisoned) {
		t.Errorf("again it returned %v", err)
	}
	log.await(t, fmt.Sprintf(`^level=WARN msg="ringcall: request poisoned" server="" method=%d deaths=%d$`, methodHold, deathsMax))
	if n := strings.Count(log.String(), "request poisoned"); n != 1 {
		t.Errorf("it is told %d times", n)
	}
}

func TestStatisticsAreThoseOfAllServersTogether(t *testing.T) {
	c, all := serveAgain(t, defaults())
	all.last().sampleEach(1)
	mustCall(t, c, methodEcho, 5)
	all.last().die()
	all.next(2)
	eventually(t, "the client has the next server", func() bool { return c.Stats().Client.Restarts == 1 })
	all.last().sampleEach(2)
	mustCall(t, c, methodEcho, 10)
	if m := methodStats(c, methodEcho); m.Sampled != 10 || m.Calls != 15 || m.Total.Count() != 10 {
		t.Errorf("5 calls and, of 10 more, one in 2 were to be sampled: %v", m)
	}
}
