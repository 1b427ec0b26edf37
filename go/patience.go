package ringcall

import (
	"context"
	"sync"
	"time"
)

// patience is a context without a deadline together with a deadline of a method's. It stands for that context inside of this package and costs no allocation: it
// is reused, and its timer is set only by who goes to sleep. It does not end by itself as a context does; who waits asks lateOf, or isLate.
type patience struct {
	context.Context
	channel *channel
	until   time.Duration // since client.clockAt
	tick    uint32        // the same, as the request carries it
	timer   *time.Timer   // nil before its first use
	armed   bool
}

var patiences = sync.Pool{New: func() any { return new(patience) }}

// since is the time on the client's own clock, which deadlines of methods are counted in.
func (c *channel) since() time.Duration { return time.Since(c.clockAt) }

// untilOf is when the method's deadline for a call that begins now comes; 0: never.
func (c *channel) untilOf(m *Method) time.Duration {
	if m.Deadline <= 0 || m.Deadline >= distanceFar {
		return 0
	}
	return c.since() + m.Deadline
}

// within is ctx with the method's deadline, if that applies; then the patience is to be ended. It is nil otherwise.
func (c *channel) within(ctx context.Context, m *Method) (context.Context, *patience) {
	if m.Deadline <= 0 {
		return ctx, nil
	}
	return c.withDeadline(ctx, m)
}

func (c *channel) withDeadline(ctx context.Context, m *Method) (context.Context, *patience) {
	return c.bounded(ctx, c.untilOf(m))
}

// bounded is within for a deadline that was set before.
func (c *channel) bounded(ctx context.Context, until time.Duration) (context.Context, *patience) {
	if until == 0 {
		return ctx, nil
	}
	if _, bounded := ctx.Deadline(); bounded {
		return ctx, nil
	}
	p := patiences.Get().(*patience)
	p.Context = ctx
	p.channel = c
	p.until = until
	p.tick = c.tickAt(until)
	return p, p
}

// moveTo has the deadline travel as the ticks of another channel of the same client: all of them count on one clock.
func (p *patience) moveTo(c *channel) {
	p.channel = c
	p.tick = c.tickAt(p.until)
}

// end gives the patience back. It does nothing to nil.
func (p *patience) end() {
	if p != nil {
		p.giveBack()
	}
}

func (p *patience) giveBack() {
	if p.armed && !p.timer.Stop() {
		return // what has fired may still be in its channel: it is not used again
	}
	p.armed = false
	p.Context = nil
	p.channel = nil
	patiences.Put(p)
}

func (p *patience) Deadline() (time.Time, bool) { return p.channel.clockAt.Add(p.until), true }

func (p *patience) Err() error {
	if err := p.Context.Err(); err != nil || !p.isLate() {
		return err
	}
	return context.DeadlineExceeded
}

func (p *patience) isLate() bool { return p.channel.since() >= p.until }

// lateOf is what a sleeper that waits with ctx must listen to beside ctx.Done; nil, which never comes, if ctx is no patience.
func lateOf(ctx context.Context) <-chan time.Time {
	p, ok := ctx.(*patience)
	if !ok {
		return nil
	}
	if !p.armed || p.isLate() { // one that fired says so once, and again to who asks later
		left := max(p.until-p.channel.since(), 0)
		if p.timer == nil {
			p.timer = time.NewTimer(left)
		} else {
			p.timer.Reset(left)
		}
		p.armed = true
	}
	return p.timer.C
}
