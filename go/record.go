package ringcall

import (
	"context"
	"fmt"

	"github.com/ringcall/ringcall/go/internal/flat"
)

// CallRecord calls a method whose request and answer have a fixed layout, and waits for the answer, which it writes to *answer. Nothing is allocated. Q and
// A are laid out as the server's types are and hold no pointers: it panics otherwise; struct{} stands for no parameters, or no result. *request is not
// used after the return. After an error the content of *answer is arbitrary. A bool in it may be neither true nor false if the server is hostile; generated code
// sets that right.
//
// Errors are those of Client.Call, as Method.Error shows them, and ErrBadAnswer if the answer has another size than A.
func CallRecord[Q, A any](ctx context.Context, c *Client, m *Method, request *Q, answer *A) error {
	if !flat.Known[Q]() || !flat.Known[A]() {
		mustBeFlat[Q]()
		mustBeFlat[A]()
	}
	ch := c.channel()
	if ch.watched() {
		return ch.callRecordWatched(ctx, m, flat.Bytes(request), flat.Bytes(answer))
	}
	return ch.callRecord(ctx, m, flat.Bytes(request), flat.Bytes(answer))
}

func (c *channel) callRecord(ctx context.Context, m *Method, request, answer []byte) error {
	ctx, p := c.within(ctx, m)
	got, err := c.callOf(ctx, m.subject(), request, answer[:0])
	p.end()
	if err != nil || len(got) != len(answer) {
		return m.refuse(err, len(got), len(answer))
	}
	return nil
}

// refuse is the error of a call that failed, or whose answer has the wrong size.
func (m *Method) refuse(err error, size, expected int) error {
	if err == nil {
		err = wrongSize(size, expected)
	}
	return m.explain(err)
}

func wrongSize(size, expected int) error {
	return fmt.Errorf("%w: it has %d bytes, expected %d; generate both sides from the same header", ErrBadAnswer, size, expected)
}

// PostRecord is CallRecord without waiting for the answer: see Client.Post, and AwaitRecord.
func PostRecord[Q any](ctx context.Context, c *Client, m *Method, request *Q) (Pending, error) {
	mustBeFlat[Q]()
	ch := c.channel()
	if ch.watched() {
		return ch.startWatched(ctx, m.ID, m, flat.Bytes(request))
	}
	return ch.postRecord(ctx, m, flat.Bytes(request))
}

func (c *channel) postRecord(ctx context.Context, m *Method, request []byte) (Pending, error) {
	ctx, p := c.within(ctx, m)
	pending, err := c.startOf(ctx, m.subject(), request)
	p.end()
	if err != nil {
		return Pending{}, m.explain(err)
	}
	return pending, nil
}

// AwaitRecord waits for the answer to what PostRecord posted, and writes it to *answer; see CallRecord, and Pending.Await. If neither ctx nor the post's
// context has a deadline the method's applies, counted from the post.
func AwaitRecord[A any](ctx context.Context, p Pending, m *Method, answer *A) error {
	mustBeFlat[A]()
	return p.awaitRecord(ctx, m, flat.Bytes(answer))
}

func (p Pending) awaitRecord(ctx context.Context, m *Method, answer []byte) error {
	if p.channel != nil && p.channel.watched() {
		got, err := p.awaitWatched(ctx, m)
		if err != nil {
			return err
		}
		if len(got) != len(answer) {
			return m.refuse(nil, len(got), len(answer))
		}
		copy(answer, got)
		return nil
	}
	ctx, w := p.within(ctx, m)
	got, err := p.await(ctx, answer[:0])
	w.end()
	if err != nil || len(got) != len(answer) {
		return m.refuse(err, len(got), len(answer))
	}
	return nil
}

// SendRecord posts a call whose answer nobody wants, of a method that is oneway; see Client.Send.
func SendRecord[Q any](ctx context.Context, c *Client, m *Method, request *Q) error {
	mustBeFlat[Q]()
	ch := c.channel()
	if ch.watched() {
		return ch.sendWatched(ctx, m.ID, m, flat.Bytes(request))
	}
	return ch.sendRecord(ctx, m, flat.Bytes(request))
}

func (c *channel) sendRecord(ctx context.Context, m *Method, request []byte) error {
	ctx, p := c.within(ctx, m)
	var err error
	if c.restart == nil {
		err = c.sendOf(ctx, m.ID, request)
	} else {
		a := c.restart.attempt(m.subject())
		err = a.send(ctx, request)
	}
	p.end()
	return m.explain(err)
}
