package ringcall

import (
	"context"
	"sync/atomic"
)

// Client calls one server, over a channel; WithRestart has it do so over one after another. It is safe for any number of goroutines.
type Client struct {
	current atomic.Pointer[channel]
	restart *restart // nil without WithRestart
}

func newClient(ch *channel) *Client {
	c := &Client{restart: ch.restart}
	c.current.Store(ch)
	ch.introduce()
	return c
}

// openClient makes the client of the first channel that open opens.
func openClient(ctx context.Context, o options, open func(context.Context, options) (*channel, error)) (*Client, error) {
	r := o.restart
	if r != nil {
		o = r.begin(o, open)
	}
	ch, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	c := newClient(ch)
	if r != nil {
		r.client = c
		go r.supervise()
	}
	return c, nil
}

// channel is the one that calls go to.
func (c *Client) channel() *channel { return c.current.Load() }

// Call sends a request and waits for its answer, which it returns appended to buf[:0]; buf may be nil, and nothing is allocated if it has
// room. request is not used after the return.
//
// If ctx ends first Call returns at once with ErrDeadline or context.Canceled; the handler may have run or may yet run. A request that does
// not fit a slot waits, within ctx, for room in the request arena; one that exceeds it is a *TooLargeError. Other errors: ErrUnknownMethod,
// *HandlerError, ErrBadRequest, ErrNoRoom, ErrClosed, *GoneError, *CorruptError.
func (c *Client) Call(ctx context.Context, method uint16, request, buf []byte) ([]byte, error) {
	return c.current.Load().call(ctx, method, request, buf)
}

// Post starts a call and returns without waiting for its answer, unless ring or arena have no room; ctx bounds that, and its deadline is
// the request's. request is not used after the return. More calls may be posted than the ring has slots or the arenas have room: answers
// that nobody awaits yet are moved to memory of the client's own. Errors are those of Call that come before the handler's.
func (c *Client) Post(ctx context.Context, method uint16, request []byte) (Pending, error) {
	return c.current.Load().start(ctx, method, request)
}

// Send posts a call whose answer nobody wants: the server runs it, and whether that succeeds stays unknown. It waits for nothing but, within ctx, room in the ring
// and the request arena. Close lets the server take what was sent, which a worker then runs only if its method is on_worker_always (as generated oneway methods are); a call
// that is still on its way when the server dies is lost. request is not
// used after the return. Errors are those of Post.
func (c *Client) Send(ctx context.Context, method uint16, request []byte) error {
	return c.current.Load().send(ctx, method, request)
}

// View is Call without a copy of the answer. Until Release the answer keeps its room in the answer arena, which other calls then lack: where their
// deadlines come meanwhile, their errors tell how many views are held.
func (c *Client) View(ctx context.Context, method uint16, request []byte) (View, error) {
	return c.current.Load().view(ctx, method, request)
}

// NewFrame takes room for a request of size bytes. If that is more than fits a slot it waits, within ctx and the method's deadline, which begins here,
// for room in the request arena, as Client.Call does. A frame that is not consumed keeps that room.
func (c *Client) NewFrame(ctx context.Context, m *Method, size int) (*Frame, error) {
	return c.channel().newFrame(ctx, m, size)
}

// Implements returns nil if the server has the service, and its methods and types agree with the client's as WithInterface asks; otherwise an
// *InterfaceError. It costs next to nothing if the service was checked at attach.
func (c *Client) Implements(i *Interface) error {
	var err error
	if c.restart != nil {
		err = c.restart.implements(i)
	} else {
		err = c.channel().serves.implements(i)
	}
	if err == nil {
		c.channel().profile.learn(i)
	}
	return err
}

// Close ends the channel. It lets the server take the calls of Send, which are run then, for up to a second if it does not get round to that. Calls that
// wait return ErrClosed, and so does every later one, whatever ended the channel before. Bytes of a View or Batch stay valid until its Release,
// which unmaps the segment if it was the last. Of a client that came from Start it also ends the co-process, waits for it and says how it ended
// if not with status 0. Close may be called more than once and by any goroutine.
func (c *Client) Close() error {
	if c.restart != nil {
		return c.restart.end()
	}
	return c.channel().close()
}

// Done is closed when the client was closed, its server is gone or the channel is corrupt: when Err is not nil. With restart it is closed only when the
// client was closed or has given up.
func (c *Client) Done() <-chan struct{} {
	if c.restart != nil {
		return c.restart.done
	}
	return c.channel().done
}

// Err says why Done was closed: ErrClosed, a *GoneError or a *CorruptError, or with restart a *RestartError; nil before.
func (c *Client) Err() error {
	if c.restart != nil {
		return c.restart.ending()
	}
	return c.channel().ending()
}

// Epoch tells one incarnation of a server from every other. It is never 0. With restart it is that of the last server that there was.
func (c *Client) Epoch() uint64 { return c.channel().segment.epoch }

// ServerPID is the process of the server that calls go to now, which with restart is another after each loss; 0 if there is none: the client was closed, or the
// server is gone and none has come yet. It is 0 too where this process cannot see that one, in another pid namespace. After Dial it is the process that has
// made the socket. A server that died just now may not be missed yet.
func (c *Client) ServerPID() int {
	ch := c.channel()
	if atomic.LoadUint32(&ch.stop) != 0 {
		return 0
	}
	return ch.pid
}

// Stats returns the counters, after Close their last values. While calls are in flight they need not agree with each other.
func (c *Client) Stats() Stats {
	var s Stats
	if c.restart != nil {
		s = c.restart.stats()
	} else {
		s = c.channel().stats()
	}
	s.Methods = c.channel().profile.read()
	return s
}
