package ringcall

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

var background = context.Background()

// payload is n bytes that tell their place.
func payload(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

func expectEcho(t *testing.T, c *Client, n int) {
	t.Helper()
	request := payload(n)
	answer, err := c.Call(background, methodEcho, request, nil)
	if err != nil {
		t.Fatalf("%d bytes: %v", n, err)
	}
	if !bytes.Equal(answer, request) {
		t.Fatalf("%d bytes came back as %d others", n, len(answer))
	}
}

func expectAdd(t *testing.T, answer []byte, err error, want int64) {
	t.Helper()
	if err != nil {
		t.Error(err)
		return
	}
	if sum := int64(binary.LittleEndian.Uint64(answer)); sum != want {
		t.Errorf("the sum came to %d, expected %d", sum, want)
	}
}

func parked(o testOptions) testOptions {
	o.spin, o.spins = 0, 0
	return o
}

// bothWays runs a test with both sides polling and with both sides asleep between calls.
func bothWays(t *testing.T, f func(t *testing.T, o testOptions)) {
	t.Run("polling", func(t *testing.T) { f(t, defaults()) })
	t.Run("parked", func(t *testing.T) { f(t, parked(defaults())) })
}

func TestABlockingCallReturnsItsAnswer(t *testing.T) {
	for _, stride := range []uint32{strideSmall, strideLarge} {
		t.Run(fmt.Sprint("stride=", stride), func(t *testing.T) {
			bothWays(t, func(t *testing.T, o testOptions) {
				o.stride = stride
				c, _ := serve(t, o)
				for i := range int32(1000) {
					answer, err := c.Call(background, methodAdd, add(i, 3), nil)
					expectAdd(t, answer, err, int64(i)+3)
				}
				for n := range 100 {
					expectEcho(t, c, n)
				}
			})
		})
	}
}

func TestPositionsOfAClientCross2To48(t *testing.T) {
	o := defaults()
	o.position = 1<<48 - 500
	c, _ := serve(t, o)
	for i := range int32(1000) {
		answer, err := c.Call(background, methodAdd, add(i, 3), nil)
		expectAdd(t, answer, err, int64(i)+3)
	}
}

func TestAPollingCallRingsNoBell(t *testing.T) {
	o := defaults()
	o.spins, o.spin = 1<<30, 1<<40
	c, _ := serve(t, o)
	for range 1000 {
		expectEcho(t, c, 8)
	}
	s := c.Stats()
	if s.Client.BellsRung != 0 || s.Client.Sleeps != 0 || s.Server.BellsRung != 0 {
		t.Errorf("bells were rung: %+v", s)
	}
	if s.Client.Spins != 1000 || s.Client.Calls != 1000 || s.Client.Answers != 1000 {
		t.Errorf("expected 1000 answers met while polling: %+v", s.Client)
	}
}

func TestAParkedCallIsRungFor(t *testing.T) {
	c, s := serve(t, parked(defaults()))
	for range 100 {
		done := make(chan error, 1)
		go func() {
			_, err := c.Call(background, methodHold, nil, nil)
			done <- err
		}()
		s.awaitHeld(1)
		eventually(t, "the client sleeps", c.channel().asleep)
		s.answerHeld()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if stats := c.Stats(); stats.Client.Sleeps < 100 || stats.Server.BellsRung < 100 {
		t.Errorf("100 parked calls: %+v", stats)
	}
}

func (c *channel) asleep() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.leadNow() == leadBell
}

func TestEachStatusIsItsError(t *testing.T) {
	c, _ := serve(t, defaults())
	for _, test := range []struct {
		method uint16
		want   error
	}{{methodNone, ErrUnknownMethod}, {methodNoRoom, ErrNoRoom}, {methodLarge, ErrTooLarge}, {methodShort, ErrBadRequest}, {methodLate, ErrDeadline}} {
		if _, err := c.Call(background, test.method, nil, nil); !errors.Is(err, test.want) {
			t.Errorf("method %d: %v, expected %v", test.method, err, test.want)
		}
	}
	var large *TooLargeError
	if _, err := c.Call(background, methodLarge, nil, nil); !errors.As(err, &large) || large.Size != 70000 || large.Capacity != 65536 || !large.Answer {
		t.Errorf("a too large answer: %#v", err)
	}
	for _, n := range []int{0, 5, 16, 17, 300} {
		message := bytes.Repeat([]byte("m"), n)
		var failed *HandlerError
		_, err := c.Call(background, methodFail, message, nil)
		if !errors.As(err, &failed) || failed.Method != methodFail || failed.Code != 42 || failed.Message != string(message) {
			t.Errorf("a failure with a message of %d bytes: %#v", n, err)
		}
	}
	expectEcho(t, c, 8)
}

func TestPostedCallsAreAwaitedInAnyOrder(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		for range 50 {
			var calls [40]Pending
			for i := range calls {
				var err error
				if calls[i], err = c.Post(background, methodAdd, add(int32(i), 1)); err != nil {
					t.Fatal(err)
				}
			}
			for i := range calls {
				at := (i*7 + 3) % len(calls)
				answer, err := calls[at].Await(background, nil)
				expectAdd(t, answer, err, int64(at)+1)
			}
		}
	})
}

func TestACallIsAwaitedOnce(t *testing.T) {
	c, _ := serve(t, defaults())
	p, err := c.Post(background, methodEcho, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Await(background, nil); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := p.Await(background, nil); !errors.Is(err, ErrAwaited) {
			t.Errorf("awaiting again: %v", err)
		}
		p.Abandon()
		expectEcho(t, c, 3)
	}
	if _, err := (Pending{}).Await(background, nil); !errors.Is(err, ErrAwaited) {
		t.Errorf("awaiting nothing: %v", err)
	}
}

func TestMoreCallsArePostedThanTheRingHolds(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		o.slots = 8
		c, _ := serve(t, o)
		var calls [1000]Pending
		for i := range calls {
			var err error
			if calls[i], err = c.Post(background, methodAdd, add(int32(i), 1)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range calls {
			answer, err := calls[i].Await(background, nil)
			expectAdd(t, answer, err, int64(i)+1)
		}
	})
}

func TestManyGoroutinesShareAClient(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		for _, slots := range []uint32{4, 256} {
			o.slots = slots
			c, _ := serve(t, o)
			var group sync.WaitGroup
			for g := range 64 {
				group.Add(1)
				go func() {
					defer group.Done()
					shareOf(t, c, g)
				}()
			}
			group.Wait()
			if s := c.Stats().Client; s.Calls != s.Answers {
				t.Errorf("%d calls, %d answers", s.Calls, s.Answers)
			}
		}
	})
}

func shareOf(t *testing.T, c *Client, g int) {
	for i := range 200 {
		switch i % 4 {
		case 0, 1:
			answer, err := c.Call(background, methodAdd, add(int32(g), int32(i)), nil)
			expectAdd(t, answer, err, int64(g)+int64(i))
		case 2:
			p, err := c.Post(background, methodAdd, add(int32(g), int32(i)))
			if err != nil {
				t.Error(err)
				return
			}
			answer, err := p.Await(background, nil)
			expectAdd(t, answer, err, int64(g)+int64(i))
		case 3:
			request := payload(20 + g)
			answer, err := c.Call(background, methodEcho, request, nil)
			if err != nil || !bytes.Equal(answer, request) {
				t.Errorf("an echo of %d bytes: %d bytes, %v", len(request), len(answer), err)
			}
		}
	}
}

func TestPayloadsTravelInTheArena(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		for _, n := range []int{17, 100, 1000, 4095 - 16, 4096 - 16} {
			for range 20 {
				expectEcho(t, c, n)
			}
		}
	})
}

func TestARequestFillsTheArenaExactly(t *testing.T) {
	o := defaults()
	o.answers = 8192
	c, _ := serve(t, o)
	expectEcho(t, c, 1000)
	expectEcho(t, c, 4096)
	var large *TooLargeError
	if _, err := c.Call(background, methodEcho, payload(4097), nil); !errors.As(err, &large) || large.Size != 4097 || large.Capacity != 4096 || large.Answer {
		t.Errorf("a request over capacity: %#v", err)
	}
	expectEcho(t, c, 4096)
}

func TestARequestWaitsForRoomInTheArena(t *testing.T) {
	c, s := serve(t, defaults())
	first, err := c.Post(background, methodHold, payload(3000))
	if err != nil {
		t.Fatal(err)
	}
	const callers = 10
	done := make(chan error, callers)
	for range callers {
		go func() {
			answer, err := c.Call(background, methodEcho, payload(2000), nil)
			if err == nil && !bytes.Equal(answer, payload(2000)) {
				err = errors.New("other bytes came back")
			}
			done <- err
		}()
	}
	eventually(t, "all wait for the arena", func() bool { return c.Stats().Client.ArenaWaits == callers })
	s.awaitHeld(1)
	s.answerHeld()
	if _, err := first.Await(background, nil); err != nil {
		t.Error(err)
	}
	for range callers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

func TestAViewIsReadInPlace(t *testing.T) {
	c, s := serve(t, defaults())
	for _, n := range []int{0, 8, 16, 17, 1000} {
		v, err := c.View(background, methodEcho, payload(n))
		if err != nil {
			t.Fatal(err)
		}
		expectEcho(t, c, 1000)
		if !bytes.Equal(v.Bytes(), payload(n)) {
			t.Errorf("a view of %d bytes has others", n)
		}
		v.Release()
		v.Release()
	}
	expectEcho(t, c, 17)
	s.until("every region came back", func() bool {
		for _, region := range s.regions {
			if atomic.LoadUint64(wordAt(region.header(s), 0)) != region.ref.ticket {
				return false
			}
		}
		return true
	})
}

func TestAFailedViewIsItsError(t *testing.T) {
	c, _ := serve(t, defaults())
	var failed *HandlerError
	if _, err := c.View(background, methodFail, payload(100)); !errors.As(err, &failed) || failed.Message != string(payload(100)) {
		t.Errorf("%#v", err)
	}
	(View{}).Release()
}

func BenchmarkCall(b *testing.B) {
	c, _ := serve(b, defaults())
	request := add(1, 2)
	buf := make([]byte, 64)
	var err error
	b.ReportAllocs()
	for range b.N {
		if buf, err = c.Call(background, methodAdd, request, buf); err != nil {
			b.Fatal(err)
		}
	}
}

// Answers in the arena that nobody awaits yet must not keep the room that the next ones need.
func TestAGoroutinePostsMoreThanTheArenasHoldBeforeItAwaitsAny(t *testing.T) {
	for _, size := range []int{100, 1000, 4000} {
		c, _ := serve(t, defaults())
		const calls = 300
		request := make([]byte, size)
		posted := make([]Pending, calls)
		for i := range posted {
			binary.LittleEndian.PutUint32(request, uint32(i))
			p, err := c.Post(context.Background(), methodEcho, request)
			if err != nil {
				t.Fatal(err)
			}
			posted[i] = p
		}
		var buf []byte
		for i, p := range posted {
			answer, err := p.Await(context.Background(), buf)
			if err != nil || len(answer) != size || binary.LittleEndian.Uint32(answer) != uint32(i) {
				t.Fatalf("call %d of size %d: %d bytes, %v", i, size, len(answer), err)
			}
			buf = answer
		}
	}
}
