package ringcall

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// WithLogger has the client tell of what happens to its channel; of calls it tells nothing. Without it nothing is logged.
//
//	attached                info   server, pid, epoch; also each time that there is a next server
//	server closed           info   server, pid, epoch
//	server lost             warn   the same, error: what it died of; running: whose handler ran, if its black box tells; dump: WithDumps' file
//	channel poisoned        error  the same, error: who broke which rule
//	server not back yet     warn   server, failures, error, next: when it is tried again
//	client gave up          error  server, failures, error
//	request poisoned        warn   server, method, deaths
//	client closed           info   server
//
// Events are told one after another by a goroutine that nothing waits for, Close neither: the logger may use the client, close it, or block; while it blocks some
// hundred events wait for it, and later ones are dropped. A process that ends right after Close may not have told the last.
func WithLogger(logger *slog.Logger) Option {
	return func(o *options) { o.log = newEvents(logger) }
}

const eventsMost = 256 // that wait for the logger

// events are on their way to a logger. A nil one tells nothing.
type events struct {
	logger *slog.Logger

	mu      sync.Mutex
	waiting []slog.Record
	running bool // run does
}

func newEvents(logger *slog.Logger) *events {
	if logger == nil {
		return nil
	}
	return &events{logger: logger}
}

// tell never blocks. It may be called with any lock held.
func (e *events) tell(level slog.Level, event string, attributes ...slog.Attr) {
	if e == nil {
		return
	}
	record := slog.NewRecord(time.Now(), level, "ringcall: "+event, 0)
	record.AddAttrs(attributes...)
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.waiting) == eventsMost {
		return
	}
	e.waiting = append(e.waiting, record)
	if !e.running {
		e.running = true
		go e.run()
	}
}

// run tells what waits, and ends when nothing does.
func (e *events) run() {
	for record, more := e.next(); more; record, more = e.next() {
		if handler := e.logger.Handler(); handler.Enabled(context.Background(), record.Level) {
			_ = handler.Handle(context.Background(), record) // as package slog has it: what a handler cannot write is lost
		}
	}
}

func (e *events) next() (record slog.Record, more bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.waiting) == 0 {
		e.running, e.waiting = false, nil
		return record, false
	}
	record = e.waiting[0]
	e.waiting = e.waiting[1:]
	return record, true
}

// attributes of a channel's events.
func (c *channel) attributes() []slog.Attr {
	return []slog.Attr{slog.String("server", c.server), slog.Int("pid", c.pid), slog.String("epoch", fmt.Sprintf("%016x", c.segment.epoch))}
}

func (c *channel) tell(level slog.Level, event string, more ...slog.Attr) {
	if c.log != nil {
		c.log.tell(level, event, append(c.attributes(), more...)...)
	}
}

// introduce tells of a new channel, once its client calls over it. It is called once.
func (c *channel) introduce() {
	c.tell(slog.LevelInfo, "attached")
	close(c.introduced)
}

// tellEnd tells why the channel ended, unless it was closed here. It is called by a goroutine of its own, once.
func (c *channel) tellEnd(err error, dumped string, dumpError error) {
	<-c.introduced
	var gone *GoneError
	switch {
	case !errors.As(err, &gone):
		c.tell(slog.LevelError, "channel poisoned", slog.Any("error", err))
		return
	case gone.Closed:
		c.tell(slog.LevelInfo, "server closed")
		return
	}
	more := []slog.Attr{slog.Any("error", err)}
	if gone.Running != nil {
		more = append(more, slog.String("running", gone.Running.String()))
	}
	if dumped != "" {
		more = append(more, slog.String("dump", dumped))
	}
	if dumpError != nil {
		more = append(more, slog.Any("dump_error", dumpError))
	}
	c.tell(slog.LevelWarn, "server lost", more...)
}

func (r *restart) tell(level slog.Level, event string, attributes ...slog.Attr) {
	r.options.log.tell(level, event, append([]slog.Attr{slog.String("server", r.options.server)}, attributes...)...)
}

// tellFailure tells of a try to get a server back; final says that it was the last, or else the next one is made after the pause.
func (r *restart) tellFailure(failures int, final bool, pause time.Duration, err error) {
	what := []slog.Attr{slog.Int("failures", failures), slog.Any("error", err)}
	if final {
		r.tell(slog.LevelError, "client gave up", what...)
		return
	}
	r.tell(slog.LevelWarn, "server not back yet", append(what, slog.Time("next", time.Now().Add(pause)))...)
}

func (c *channel) tellClosed() { c.tell(slog.LevelInfo, "client closed") }
