package ringcall

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
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
			ch, s := newTestServer(t, defaults(), options{log: newEvents(log.logger()), dumps: t.TempDir(), server: "quotes", pid: 99})
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
	ch, s := newTestServer(t, defaults(), options{log: newEvents(log.logger()), dumps: "/dev/null/dumps", server: "quotes"})
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

// handlerFunc is a handler of slog's that is told each event's message.
type handlerFunc func(event string)

func (f handlerFunc) Enabled(context.Context, slog.Level) bool { return true }
func (f handlerFunc) Handle(_ context.Context, record slog.Record) error {
	f(record.Message)
	return nil
}
func (f handlerFunc) WithAttrs([]slog.Attr) slog.Handler { return f }
func (f handlerFunc) WithGroup(string) slog.Handler      { return f }

func TestALoggerMayCallAndCloseTheClient(t *testing.T) {
	for event, happens := range map[string]func(all *incarnations){
		"ringcall: attached":            func(all *incarnations) {},
		"ringcall: server not back yet": func(all *incarnations) { all.fail(errors.New("not yet")) },
		"ringcall: client gave up":      func(all *incarnations) { all.fail(&VersionError{Client: 1, Server: 2}) },
		"ringcall: server lost":         func(all *incarnations) {},
	} {
		t.Run(event, func(t *testing.T) {
			var client atomic.Pointer[Client]
			closed := make(chan struct{})
			var once sync.Once
			c, all := serveAgain(t, defaults(), WithLogger(slog.New(handlerFunc(func(told string) {
				c := client.Load()
				if told != event || c == nil {
					return
				}
				once.Do(func() {
					ctx, cancel := context.WithTimeout(background, 20*time.Millisecond)
					defer cancel()
					_, err := c.Call(ctx, methodEcho, nil, nil)
					if event == "ringcall: attached" && err != nil && !errors.Is(err, ErrDeadline) {
						t.Errorf("a call of the logger's: %v", err)
					}
					c.Close()
					close(closed)
				})
			}))))
			mustCall(t, c, methodEcho, 1)
			client.Store(c)
			happens(all)
			all.last().die()
			select {
			case <-closed:
			case <-time.After(20 * time.Second):
				t.Fatal("the logger does not return")
			}
		})
	}
}

func TestALoggerThatBlocksHoldsNothingUp(t *testing.T) {
	blocked, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	c, all := serveAgain(t, defaults(), WithLogger(slog.New(handlerFunc(func(string) {
		once.Do(func() { close(blocked) })
		<-goOn
	}))))
	defer close(goOn)
	<-blocked
	for i := 2; i <= 4; i++ {
		all.last().die()
		all.next(i)
	}
	all.fail(errors.New("not yet"))
	all.last().die()
	eventually(t, "two tries have failed", func() bool {
		c.restart.mu.Lock()
		defer c.restart.mu.Unlock()
		return c.restart.failures >= 2
	})
	all.fail(nil)
	mustCall(t, c, methodEcho, 1)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func TestOfEventsThatWaitTheLatestAreDropped(t *testing.T) {
	begun, goOn, told := make(chan struct{}), make(chan struct{}), make(chan string, 2*eventsMost)
	var once sync.Once
	e := newEvents(slog.New(handlerFunc(func(event string) {
		once.Do(func() { close(begun) })
		<-goOn
		told <- event
	})))
	e.tell(slog.LevelInfo, "first")
	<-begun
	for i := range eventsMost + 10 {
		e.tell(slog.LevelInfo, fmt.Sprint(i))
	}
	close(goOn)
	if event := <-told; event != "ringcall: first" {
		t.Errorf("the first is %q", event)
	}
	for i := range eventsMost {
		if event := <-told; event != fmt.Sprint("ringcall: ", i) {
			t.Fatalf("number %d is %q", i, event)
		}
	}
	eventually(t, "all are told", func() bool { e.mu.Lock(); defer e.mu.Unlock(); return !e.running })
	if len(told) != 0 {
		t.Errorf("%d more are told", len(told))
	}
}

func TestTheTriesThatHaveFailedAreToldWithTheLastOne(t *testing.T) {
	var log eventLog
	c, all := serveAgain(t, defaults(), WithLogger(log.logger()))
	all.fail(&VersionError{Client: 1, Server: 2})
	mustCall(t, c, methodEcho, 1) // so that its death is no failure
	all.last().die()
	<-c.Done()
	log.await(t, `msg="ringcall: client gave up" server="" failures=1 `)
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
