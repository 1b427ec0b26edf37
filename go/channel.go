package ringcall

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/ringcall/ringcall/go/internal/tick"
)

// channel is one connection to one incarnation of a server. It is safe for any number of goroutines.
type channel struct {
	// Set at attach, never written again.
	restart    *restart // nil without WithRestart
	segment    *segment
	recordSize int
	bell       *doorbell
	process    *process
	profile    *profile
	log        *events // nil: nothing is told
	dumps      string
	hooks      []Interceptor
	labels     bool
	hooked     bool // there are interceptors or labels
	server     string
	pid        int
	serves     served
	clockAt    time.Time // the same moment on Go's clock
	clockTicks int64     // and in the segment's nanoseconds, from clock_base_ns
	done       chan struct{}
	recalled   chan struct{} // has the bell goroutine listen again; room for one
	introduced chan struct{} // closed once the client calls over it
	_          [cacheLine]byte

	// mu guards posting: ring.posted, ids and pending of records to be posted, the arena, the lists of calls, and what follows here.
	mu        sync.Mutex
	ring      producer // posted is guarded by mu, reaped belongs to the leader
	roomEnd   uint64   // the position that must not be posted yet, as far as known
	ids       []uint16 // by position modulo slots: a free id for the request there; whoever reaps the answer there puts its id back
	pending   []outstanding
	counters  *clientCounters
	unused    *call
	followers callList
	sleepers  callList
	arena     *arena
	queued    int    // goroutines that wait for room in the arena
	holds     int    // uses of the mapping without mu and without leading
	views     int    // of them: Views that were not released
	viewed    int    // and their bytes
	netSet    bool   // the bell goroutine's wait is bounded
	listening uint8  // who listens for the bell: bellByGoroutine and so on
	listened  uint64 // how often a caller began to
	closed    bool
	retired   bool // lost, and its client has another one, or will
	poisoned  bool // this side found a violation
	lost      bool // the server is gone
	bellGone  bool // the bell goroutine has ended
	finished  bool // every call was failed
	unmapped  bool
	err       error
	boxed     []uint64      // the black box of a lost server; nil if it kept none
	lastStats Stats         // of an unmapped client
	slotTurn  chan struct{} // holds the one that may wait for a slot; the others wait to send
	arenaTurn chan struct{} // the same for room in the arena
	sentEnd   uint64        // the position behind the last request that Close must not cut off
	choice    choice        // of the calls that are sampled

	// Atomic.
	users      atomic.Int64         // calls inside, of a client with restart
	listener   atomic.Pointer[call] // whose goroutine listens for the bell; written under mu
	lead       uint32
	rung       uint32 // 1: the server was rung, and nobody has polled since
	stop       uint32 // not 0 once err is set
	starving   int32  // goroutines in the lists that wait for room
	nowTicks   uint64 // some moment not long ago
	mark       uint64 // posted.position, stored before a run that is published while another goroutine leads: what was written for it is seen with it
	reapedMark uint64 // reaped.position, stored by a leader that goes on

	// The leader's.
	known        uint64   // posted.position up to which the leader sees what was written for the posts
	spares       *call    // unused calls
	fresh        bool     // it has posted just now what it waits for
	spin         spinner  // while the server is awake
	wakeSpin     spinner  // while it is being woken
	waited       *spinner // whose wait was in vain, of the leader that armed the bell; nil: of none
	scratch      record
	acked        bool                   // there were early acks
	ackFence     uint64                 // atomic, so that its store is a fence
	observations [4]observation         // of the run that is being reaped
	observed     int                    // how many these are
	armedAt      uint64                 // the position whose answer is rung for; wantNone: none is
	armedTime    time.Time              // when that was asked for
	marks        atomic.Pointer[[]mark] // by id, of sampled calls; nil before the first. An entry is its call's, as those of pending are
}

// newChannel makes a channel of a segment and of the connection on which it came. It owns both once it returns without an error.
func newChannel(s *segment, conn *net.UnixConn, o options) (*channel, error) {
	return newChannelAt(s, conn, o, 0)
}

// newChannelAt is newChannel for a ring whose positions do not start at 0.
func newChannelAt(s *segment, conn *net.UnixConn, o options, position uint64) (*channel, error) {
	bell, err := newDoorbell(conn, o.peer)
	if err != nil {
		return nil, err
	}
	count := s.slots.count()
	c := &channel{
		restart:    o.restart,
		segment:    s,
		recordSize: s.recordSizeMax,
		bell:       bell,
		process:    o.process,
		profile:    o.profile,
		log:        o.log,
		dumps:      o.dumps,
		hooks:      o.hooks,
		labels:     o.labels,
		hooked:     len(o.hooks) != 0 || o.labels,
		server:     o.server,
		pid:        o.pid,
		done:       make(chan struct{}),
		introduced: make(chan struct{}),
		ring:       makeProducer(s.slots, position),
		roomEnd:    position + uint64(count),
		reapedMark: position,
		mark:       position,
		known:      position,
		ids:        make([]uint16, count),
		pending:    make([]outstanding, count),
		counters:   s.counters,
		arena:      newArena(s.requestArena),
		slotTurn:   make(chan struct{}, 1),
		arenaTurn:  make(chan struct{}, 1),
		spin:       newSpinner(o.spin),
		spares:     newCall(),
		recalled:   make(chan struct{}, 1),
	}
	c.wakeSpin = c.spin.reaching(wakeReach)
	if c.profile == nil {
		c.profile = new(profile)
	}
	c.armedAt = wantNone
	for i := range c.ids {
		c.ids[i] = uint16(i)
	}
	if o.clockAt.IsZero() {
		o.clockAt, o.clockNs = time.Now(), tick.Monotonic()
	}
	c.clockAt = o.clockAt
	c.clockTicks = int64(o.clockNs - s.clockBaseNs)
	atomic.StoreUint64(s.wantAnswer, wantNone)
	atomic.StoreUint32(&s.client.state, stateOpen)
	go c.listenForever()
	return c, nil
}

func (c *channel) call(ctx context.Context, method uint16, request, buf []byte) ([]byte, error) {
	if c.watched() {
		return c.callWatched(ctx, method, request, buf)
	}
	if c.restart != nil {
		a := c.restart.attempt(subject{id: method})
		return a.call(ctx, request, buf)
	}
	k, leading, err := c.post(ctx, method, request, toWait)
	if err != nil {
		return nil, ofMethod(err, method)
	}
	return c.awaitOwn(ctx, k, leading, buf)
}

// callOf is call for those who have seen to it that it is watched.
func (c *channel) callOf(ctx context.Context, s subject, request, buf []byte) ([]byte, error) {
	if c.restart != nil {
		a := c.restart.attempt(s)
		return a.call(ctx, request, buf)
	}
	k, leading, err := c.post(ctx, s.id, request, toWait)
	if err != nil {
		return nil, ofMethod(err, s.id)
	}
	return c.awaitOwn(ctx, k, leading, buf)
}

// awaitOwn waits for a call that nobody else knows of and returns its answer. It is of no use afterwards.
func (c *channel) awaitOwn(ctx context.Context, k *call, leading bool, buf []byte) ([]byte, error) {
	end := unpolled
	if leading {
		end = c.poll(k, ctx)
		if end == answered && k.answer.code == statusOK && isShort(&k.answer) {
			return c.collectLeading(k, buf), nil
		}
	}
	if err := c.await(ctx, k, leading, end); err != nil {
		return nil, c.explainLate(err)
	}
	return c.collect(k, buf)
}

// start is Client.Post.
func (c *channel) start(ctx context.Context, method uint16, request []byte) (Pending, error) {
	if c.watched() {
		return c.startWatched(ctx, method, nil, request)
	}
	return c.startOf(ctx, subject{id: method}, request)
}

func (c *channel) startOf(ctx context.Context, s subject, request []byte) (Pending, error) {
	if c.restart != nil {
		return c.restart.start(ctx, s, request)
	}
	k, _, err := c.post(ctx, s.id, request, toAwait)
	if err != nil {
		return Pending{}, ofMethod(err, s.id)
	}
	return Pending{c, k, k.gen}, nil
}

// send is Client.Send.
func (c *channel) send(ctx context.Context, method uint16, request []byte) error {
	if c.watched() {
		return c.sendWatched(ctx, method, nil, request)
	}
	return c.sendOf(ctx, method, request)
}

func (c *channel) sendOf(ctx context.Context, method uint16, request []byte) error {
	if c.restart != nil {
		a := c.restart.attempt(subject{id: method})
		return a.send(ctx, request)
	}
	_, _, err := c.post(ctx, method, request, toForget)
	return ofMethod(err, method)
}

// purpose is what becomes of a call after its post.
type purpose uint8

const (
	toWait   purpose = iota // the caller goes on to wait for it
	toAwait                 // somebody may wait for it later
	toForget                // nobody will
)

// post publishes one request as a run of one. If its purpose is toWait its caller leads if nobody did, and goes on to await the call. If it is toForget the call
// is not to be touched.
func (c *channel) post(ctx context.Context, method uint16, request []byte, to purpose) (k *call, leading bool, err error) {
	deadline, err := c.admit(ctx)
	if err != nil {
		return nil, false, err
	}
	if len(request) > c.recordSize {
		return c.postArena(ctx, method, deadline, request, to)
	}
	content := uint64(0)
	if c.restart != nil {
		content = c.restart.suspects.contentOf(method, request)
	}
	if err := c.lockToPost(ctx); err != nil {
		return nil, false, notPosted(err)
	}
	k = c.prepare(nil, method)
	if content != 0 {
		k.content = content
	}
	if to != toWait {
		c.destine(k, ctx, to)
	}
	copy(unsafe.Slice((*byte)(c.ring.posted.next()), len(request)), request)
	leading = c.publishOne(k, method, deadline, uint32(len(request)), to == toWait)
	return k, leading, nil
}

func (c *channel) postArena(ctx context.Context, method uint16, deadline uint32, request []byte, to purpose) (k *call, leading bool, err error) {
	r, err := c.reserve(ctx, len(request))
	if err != nil {
		return nil, false, err
	}
	copy(c.segment.bytes(r.offset, r.size), request)
	return c.postRegion(ctx, method, deadline, r, len(request), c.contentOf(method, request), to)
}

// postRegion is post for a request of size bytes that lies in a region, which it takes over together with its hold.
func (c *channel) postRegion(ctx context.Context, method uint16, deadline uint32, r *region, size int, content uint64, to purpose) (k *call, leading bool, err error) {
	if err := c.lockToPost(ctx); err != nil {
		c.release(r)
		return nil, false, notPosted(err)
	}
	c.holds--
	k = c.prepare(nil, method)
	k.content = content
	if to != toWait {
		c.destine(k, ctx, to)
	}
	k.region = r
	c.counters.arenaCalls++
	*(*arenaRef)(c.ring.posted.next()) = arenaRef{offset: r.offset, size: uint32(size)}
	leading = c.publishOne(k, method, deadline, shapeArena, to == toWait)
	return k, leading, nil
}

// destine makes a prepared call one that its poster does not wait for. mu is held.
func (c *channel) destine(k *call, ctx context.Context, to purpose) {
	if to == toForget {
		k.sent = true
		k.state = callAbandoned
		c.sentEnd = c.ring.posted.position + 1
	}
	if p, ok := ctx.(*patience); ok {
		k.until = p.until
	}
}

// prepare makes k, or an unused call if it is nil, ready to be posted. mu is held.
func (c *channel) prepare(k *call, method uint16) *call {
	if k == nil {
		k = c.take()
	}
	k.reset(method)
	return k
}

// publishOne publishes the request whose record is at ring.posted.next. mu is held on entry, not on return.
func (c *channel) publishOne(k *call, method uint16, deadline, shape uint32, wait bool) (leading bool) {
	position := c.ring.posted.position
	id := c.ids[position&c.ring.posted.ring.mask]
	c.enter(id, k, 0, uint32(position))
	c.ring.posted.put(method, id, deadline, shape)
	ring := c.publish()
	if wait {
		if leading = c.leadOrYield(k); leading {
			c.fresh = true
		}
	} else if position%postsBetweenLooks == 0 && c.leadNow() == leadNone {
		// Who only posts reaps now and then, lest answers pile up on the server's side.
		c.reapNow(nil)
	}
	c.mu.Unlock()
	if ring {
		c.bell.ring()
	}
	return leading
}

// postsBetweenLooks is a power of two. A look takes the line away from the server that is about to write the answer.
const postsBetweenLooks = 32

// publish publishes what was put and says whether the server is to be rung. mu is held.
func (c *channel) publish() (ring bool) {
	posted := &c.ring.posted
	position := posted.position
	// Without synchronisation: the server's word, on the line of want_request, which is read below.
	if every := atomic.LoadUint32(c.segment.sampleEvery); every != 0 {
		c.sample(every)
	}
	if lead := c.leadNow(); lead == leadAlone || lead == leadFollowed {
		// PAIR post-known: with the load in reap.
		atomic.StoreUint64(&c.mark, position+uint64(posted.pending))
	}
	count := posted.publish()
	c.counters.calls += uint64(count)
	c.counters.runs++
	// PAIR want-request: the server stores want_request, fences and looks once more; the publication above fences before this load.
	if crosses(position, uint64(count), atomic.LoadUint64(c.segment.wantRequest)) {
		c.counters.bellsRung++
		atomic.StoreUint32(&c.rung, 1)
		return true
	}
	c.counters.bellsSaved++
	return false
}
