package ringcall

import "context"

// What a Batch of a client with restart does beyond one channel.

// moveOn takes a batch that holds nothing to the client's present channel, waiting for that within ctx.
func (b *Batch) moveOn(ctx context.Context) error {
	r := b.channel.restart
	if r == nil {
		return nil
	}
	ch, err := r.enter(ctx, ErrNeverStarted)
	if err != nil {
		return err
	}
	b.channel = ch
	ch.exit()
	return nil
}

// clear refuses a poisoned batch, and waits for the turn of one that is a suspect, which has it until it was awaited or released.
func (b *Batch) clear(ctx context.Context) error {
	r, k := b.channel.restart, b.call
	k.content = r.suspects.contentOf(b.method, b.channel.segment.bytes(b.region.offset, uint32(b.count*b.requestSize)))
	if !r.suspects.any() {
		return nil
	}
	turn, err := r.admit(ctx, b.method, k.content, ErrNeverStarted)
	k.turn = turn
	return err
}

// leaveTurn ends what clear began, for a batch that was not posted.
func (b *Batch) leaveTurn() {
	if b.call.turn {
		b.call.turn = false
		b.channel.restart.suspects.leaveTurn()
	}
}
