package ringcall

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// admit refuses a context that has ended and returns the deadline to send, in ticks; 0: none.
func (c *channel) admit(ctx context.Context) (uint32, error) {
	done := ctx.Done()
	if done != nil && closed(done) {
		if err := contextError(ctx); err != ErrDeadline {
			return 0, notPosted(err)
		}
		return 0, errLate
	}
	if p, ok := ctx.(*patience); ok {
		if p.channel != c {
			p.moveTo(c)
		}
		return p.tick, nil
	}
	if done == nil {
		return 0, nil
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0, nil
	}
	return c.tick(deadline), nil
}

const (
	deadlineFar = 1 << 30 // a distance in ticks at which a deadline is not sent, since it is compared modulo 2^32; the client alone enforces it
	distanceFar = 1 << 61 // the same for its distance in ns, which then may be a larger one that was cut
)

// tick turns a deadline into ticks, rounded up. It reads the clock only where the deadline seems far.
func (c *channel) tick(deadline time.Time) uint32 {
	distance := deadline.Sub(c.clockAt)
	if deadline == deadline.Round(0) {
		// A time of the wall clock alone, which may have been set since clockAt.
		distance = time.Until(deadline)
		if distance < distanceFar {
			distance += time.Since(c.clockAt)
		}
	}
	if distance >= distanceFar {
		return 0
	}
	return c.tickAt(distance)
}

// tickAt is tick for a deadline at a distance from clockAt.
func (c *channel) tickAt(distance time.Duration) uint32 {
	shift := c.segment.tickShift
	tick := (c.clockTicks + int64(distance) + 1<<shift - 1) >> shift
	if tick-int64(atomic.LoadUint64(&c.nowTicks)) > deadlineFar {
		now := (c.clockTicks + int64(time.Since(c.clockAt))) >> shift
		atomic.StoreUint64(&c.nowTicks, uint64(now))
		if tick-now > deadlineFar {
			return 0
		}
	}
	return max(uint32(tick), 1)
}

func contextError(ctx context.Context) error {
	if err := ctx.Err(); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return ErrDeadline
}

func closed(done <-chan struct{}) bool {
	select {
	case <-done:
		return true
	default:
		return false
	}
}
