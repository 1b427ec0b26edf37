package ringcall

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
// The logger is called by any goroutine, never in the middle of a call, and may use the client.
func WithLogger(logger *slog.Logger) Option {
	return func(o *options) { o.log = logger }
}

// attributes of a channel's events.
func (c *channel) attributes() []slog.Attr {
	return []slog.Attr{slog.String("server", c.server), slog.Int("pid", c.pid), slog.String("epoch", fmt.Sprintf("%016x", c.segment.epoch))}
}

func (c *channel) tell(level slog.Level, event string, more ...slog.Attr) {
	if c.log != nil {
		c.log.LogAttrs(context.Background(), level, "ringcall: "+event, append(c.attributes(), more...)...)
	}
}

// tellEnd tells why the channel ended, unless it was closed here. It is called by a goroutine of its own, once.
func (c *channel) tellEnd(err error, dumped string, dumpError error) {
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
	if log := r.options.log; log != nil {
		log.LogAttrs(context.Background(), level, "ringcall: "+event, append([]slog.Attr{slog.String("server", r.options.server)}, attributes...)...)
	}
}

// tellFailure tells of a try to get a server back; final says that it was the last. mu is not held.
func (r *restart) tellFailure(failures int, final bool, err error) {
	what := []slog.Attr{slog.Int("failures", failures), slog.Any("error", err)}
	if final {
		r.tell(slog.LevelError, "client gave up", what...)
		return
	}
	r.tell(slog.LevelWarn, "server not back yet", append(what, slog.Time("next", time.Now().Add(pauseAfter(failures))))...)
}

func (c *channel) tellClosed() { c.tell(slog.LevelInfo, "client closed") }
