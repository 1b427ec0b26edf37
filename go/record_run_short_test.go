package ringcall

import (
	"context"
	"sync"
	"testing"
	"time"
)

// nothingHeld says whether no room of the arena and no use of the mapping is left.
func nothingHeld(c *channel) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.arena.reclaim(&c.arena.first)
	return c.holds == 0 && c.arena.first.next == nil
}

func TestAShortRecordRunIsPostedAndTakenUnderOneLock(t *testing.T) {
	o := defaults()
	client, _ := serve(t, o)
	c := client.channel()
	r := NewRecordRun[addRequest, addAnswer](client, addMethod, 100)
	addCalls(t, r, 100)
	r.stage = runPosted // as post does before
	if _, posted := r.sendShort(background, false); !posted {
		t.Fatal("a short run with room was not posted at once")
	}
	answersDue(t, c)
	before := c.counters.spins
	c.mu.Lock()
	leading, end := c.leadUnlessDone(r.batch.call)
	taken := r.takeShort()
	c.mu.Unlock()
	if leading || end != answered || !taken || c.leadNow() != leadNone || c.counters.spins != before+1 {
		t.Fatalf("leading %v, end %v, taken %v, lead %d, %d waits met an answer", leading, end, taken, c.leadNow(), c.counters.spins-before)
	}
	expectSumsBut(t, r, 100)
	if !nothingHeld(c) {
		t.Error("the run's room is still in use")
	}
}

func TestARecordRunThatIsNotShortGoesTheGeneralWay(t *testing.T) {
	ended, cancel := context.WithCancel(background)
	cancel()
	for name, test := range map[string]struct {
		calls   int
		ctx     context.Context
		prepare func(t *testing.T, c *Client)
	}{
		"too many bytes":       {shortRun/8 + 1, background, func(*testing.T, *Client) {}},
		"a context that ended": {2, ended, func(*testing.T, *Client) {}},
		"a closed client":      {2, background, func(t *testing.T, c *Client) { c.Close() }},
		"no room in the arena": {2, background, func(t *testing.T, c *Client) {
			b := c.NewBatch(methodAdd, 8, 8)
			if _, err := b.Reserve(background, 2*shortRun/16); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(b.Release)
		}},
		"somebody waits for room": {2, background, func(t *testing.T, c *Client) {
			ch := c.channel()
			ch.mu.Lock()
			ch.queued++
			ch.mu.Unlock()
		}},
		"no room in the ring": {2, background, func(t *testing.T, c *Client) {
			for range 64 {
				if _, err := c.Post(background, methodHold, nil); err != nil {
					t.Fatal(err)
				}
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			o := defaults()
			o.requests = 2 * shortRun
			client, _ := serve(t, o)
			r := NewRecordRun[addRequest, addAnswer](client, addMethod, test.calls)
			addCalls(t, r, test.calls)
			test.prepare(t, client)
			c := client.channel()
			holds := c.holds
			if leading, posted := r.sendShort(test.ctx, true); leading || posted || r.batch.region != nil || r.batch.stage == runPosted || c.holds != holds {
				t.Errorf("leading %v, posted %v, holds %d, before %d", leading, posted, c.holds, holds)
			}
		})
	}
}

func TestARunIsShortInRequestsAndAnswers(t *testing.T) {
	o := defaults()
	o.requests = 4 * shortRun
	client, _ := serve(t, o)
	requests := NewRecordRun[addRequest, byte](client, addMethod, shortRun/8+1)
	answers := NewRecordRun[byte, addAnswer](client, addMethod, shortRun/8+1)
	for range shortRun/8 + 1 {
		requests.Add(new(addRequest))
		answers.Add(new(byte))
	}
	if _, posted := requests.sendShort(background, false); posted {
		t.Error("a run with long requests was posted as a short one")
	}
	if _, posted := answers.sendShort(background, false); posted {
		t.Error("a run with long answers was posted as a short one")
	}
}

// A batch of which the server answers fewer records than it has is none that went well.
func TestAShortRunWithFewerAnswersIsNotTakenAtOnce(t *testing.T) {
	client, s := serve(t, defaults())
	c := client.channel()
	r := NewRecordRun[addRequest, addAnswer](client, &Method{ID: methodHold, Name: "Sums.Hold"}, 3)
	addCalls(t, r, 3)
	if err := r.Post(background); err != nil {
		t.Fatal(err)
	}
	s.awaitHeld(1)
	s.do(func() {
		s.answer(s.held[0].id, statusOK, 0, []byte{2, 0, 0, 0})
		s.publish()
	})
	answersDue(t, c)
	c.mu.Lock()
	_, end := c.leadUnlessDone(r.batch.call)
	taken := r.takeShort()
	c.mu.Unlock()
	if end != answered || taken {
		t.Errorf("end %v, taken %v: two of three records were answered", end, taken)
	}
	r.Reset()
}

func TestWhatIsNotWholeIsNotTakenAtOnce(t *testing.T) {
	client, _ := serve(t, defaults())
	c := client.channel()
	r := NewRecordRun[addRequest, addAnswer](client, addMethod, 9)
	addCalls(t, r, 9, 4)
	if err := r.Post(background); err != nil {
		t.Fatal(err)
	}
	answersDue(t, c)
	c.mu.Lock()
	_, end := c.leadUnlessDone(r.batch.call)
	taken := r.takeShort()
	c.mu.Unlock()
	if end != answered || taken {
		t.Fatalf("end %v, taken %v: call 4 was refused", end, taken)
	}
	if err := r.Await(background); err != nil {
		t.Fatal(err)
	}
	expectSumsBut(t, r, 9, 4)
}

// Of a server that died, and of a client that was closed: what was answered before is there, and the mapping goes with its last user.
func TestAShortRunsAnswersOutliveTheServer(t *testing.T) {
	client, s := serve(t, defaults())
	r := NewRecordRun[addRequest, addAnswer](client, addMethod, 7)
	addCalls(t, r, 7)
	if err := r.Post(background); err != nil {
		t.Fatal(err)
	}
	answersDue(t, client.channel())
	s.die()
	expectAllFail(t, client, ErrServerGone)
	client.Close()
	select {
	case <-s.unmapped:
		t.Fatal("the segment was unmapped while a run holds room in it")
	case <-time.After(10 * time.Millisecond):
	}
	if err := r.Await(background); err != nil {
		t.Fatal(err)
	}
	expectSumsBut(t, r, 7)
}

// Goroutines that post, await and do short runs, long ones and calls, in a ring and an arena with room for few of them.
func TestShortRunsOfManyGoroutines(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		o.slots, o.requests = 8, 2048
		client, _ := serve(t, o)
		var all sync.WaitGroup
		for g := range 8 {
			all.Add(1)
			go func() {
				defer all.Done()
				r := NewRecordRun[addRequest, addAnswer](client, addMethod, 100)
				for round := range 150 {
					n := 1 + (g*37+round*13)%100
					for i := range n {
						r.Add(&addRequest{int32(i), int32(g)})
					}
					var err error
					switch (g + round) % 4 {
					case 0:
						err = r.Do(background)
					case 1:
						if err = r.Post(background); err == nil {
							err = r.Await(background)
						}
					case 2:
						if err = r.Post(background); err == nil {
							if _, err = client.Call(background, methodEcho, []byte("between"), nil); err == nil {
								err = r.Await(background)
							}
						}
					case 3: // left to its answers
						err = r.Post(background)
						n = 0
					}
					for i := range n {
						var a addAnswer
						if e := r.Answer(i, &a); e != nil || a.Sum != int64(i+g) {
							t.Errorf("goroutine %d, call %d: %d (%v)", g, i, a.Sum, e)
							return
						}
					}
					if err != nil {
						t.Errorf("goroutine %d: %v", g, err)
						return
					}
					r.Reset()
				}
			}()
		}
		all.Wait()
		eventually(t, "all room is free", func() bool {
			if _, err := client.Call(background, methodEcho, nil, nil); err != nil {
				t.Fatal(err)
			}
			return nothingHeld(client.channel())
		})
	})
}
