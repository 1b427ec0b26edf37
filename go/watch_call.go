package ringcall

import (
	"bytes"
	"context"
)

// What single calls do while they are watched. Where there are interceptors request and answer are copied: what a function value holds escapes.

// callWatched is Client.Call.
func (c *channel) callWatched(ctx context.Context, method uint16, request, buf []byte) (answer []byte, err error) {
	info := c.infoOf(method, "", FormCall, 1)
	if len(c.hooks) == 0 {
		w := c.begin(ctx, &info)
		defer w.end()
		return c.callOf(ctx, subject{id: method}, request, buf)
	}
	own := bytes.Clone(request)
	var got []byte
	err = c.around(ctx, info, func(ctx context.Context) (err error) {
		got, err = c.callOf(ctx, subject{id: method}, own, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	if buf == nil {
		return got, nil
	}
	return append(buf[:0], got...), nil
}

// callRecordWatched is callRecord.
func (c *channel) callRecordWatched(ctx context.Context, m *Method, request, answer []byte) error {
	info := c.infoOf(m.ID, m.Name, FormCall, 1)
	if len(c.hooks) == 0 {
		w := c.begin(ctx, &info)
		defer w.end()
		return c.callRecord(ctx, m, request, answer)
	}
	own, got := bytes.Clone(request), make([]byte, len(answer))
	err := c.around(ctx, info, func(ctx context.Context) error { return c.callRecord(ctx, m, own, got) })
	copy(answer, got)
	return err
}

// viewWatched is Client.View.
func (c *channel) viewWatched(ctx context.Context, method uint16, request []byte) (View, error) {
	own := bytes.Clone(request)
	var v View
	err := c.around(ctx, c.infoOf(method, "", FormCall, 1), func(ctx context.Context) (err error) {
		v, err = c.viewOf(ctx, method, own)
		return err
	})
	return v.unless(err)
}

// unless is the view, or the error: then it is released.
func (v View) unless(err error) (View, error) {
	if err != nil {
		v.Release()
		return View{}, err
	}
	return v, nil
}

// startWatched is Client.Post, and PostRecord if m is not nil.
func (c *channel) startWatched(ctx context.Context, method uint16, m *Method, request []byte) (Pending, error) {
	own, name := bytes.Clone(request), ""
	if m != nil {
		name = m.Name
	}
	var p Pending
	err := c.around(ctx, c.infoOf(method, name, FormPost, 1), func(ctx context.Context) (err error) {
		if m == nil {
			p, err = c.startOf(ctx, subject{id: method}, own)
		} else {
			p, err = c.postRecord(ctx, m, own)
		}
		return err
	})
	return p.unless(err)
}

// unless is the pending call, or the error: then it is abandoned.
func (p Pending) unless(err error) (Pending, error) {
	if err != nil {
		p.Abandon()
		return Pending{}, err
	}
	return p, nil
}

// sendWatched is Client.Send, and SendRecord if m is not nil.
func (c *channel) sendWatched(ctx context.Context, method uint16, m *Method, request []byte) error {
	own, name := bytes.Clone(request), ""
	if m != nil {
		name = m.Name
	}
	return c.around(ctx, c.infoOf(method, name, FormSend, 1), func(ctx context.Context) error {
		if m == nil {
			return c.sendOf(ctx, method, own)
		}
		return c.sendRecord(ctx, m, own)
	})
}

// awaitWatched is Pending.Await, and that of typed forms of call if m is not nil. It returns the answer in memory of its own.
func (p Pending) awaitWatched(ctx context.Context, m *Method) (answer []byte, err error) {
	info := p.info(m)
	err = p.channel.around(ctx, info, func(ctx context.Context) (err error) {
		if m == nil {
			answer, err = p.await(ctx, nil)
		} else {
			answer, err = p.awaitOf(ctx, m, nil)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

func (p Pending) info(m *Method) CallInfo {
	c := p.channel
	if m != nil {
		return c.infoOf(m.ID, m.Name, FormAwait, 1)
	}
	c.mu.Lock()
	method := uint16(0)
	if p.call.gen == p.gen {
		method = p.call.method
	}
	c.mu.Unlock()
	return c.infoOf(method, "", FormAwait, 1)
}
