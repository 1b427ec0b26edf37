package ringcall

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestEachFormOfCallAllocatesNothing(t *testing.T) { eachFormAllocatesNothing(t, 0) }

func TestEachFormOfSampledCallAllocatesNothing(t *testing.T) { eachFormAllocatesNothing(t, 3) }

func eachFormAllocatesNothing(t *testing.T, sampleEvery uint32) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	bothWays(t, func(t *testing.T, o testOptions) {
		c, s := serve(t, o)
		s.sampleEach(sampleEvery)
		ctx, cancel := context.WithTimeout(background, time.Hour)
		defer cancel()
		small, large, buf := payload(8), payload(1000), make([]byte, 2000)
		r, b := c.NewRun(20), c.NewBatch(methodAdd, 8, 8)
		defer b.Release()
		for name, f := range map[string]func() error{
			"Call":             func() (err error) { _, err = c.Call(background, methodEcho, small, buf); return },
			"Call with a time": func() (err error) { _, err = c.Call(ctx, methodEcho, small, buf); return },
			"Call, arena":      func() (err error) { _, err = c.Call(ctx, methodEcho, large, buf); return },
			"Post": func() (err error) {
				p, err := c.Post(ctx, methodEcho, large)
				if err == nil {
					_, err = p.Await(ctx, buf)
				}
				return
			},
			"View": func() (err error) { v, err := c.View(ctx, methodEcho, large); v.Release(); return },
			"Run": func() (err error) {
				r.Reset()
				for range 20 {
					err = errors.Join(err, r.Add(methodEcho, small))
				}
				return errors.Join(err, r.Do(ctx))
			},
			"Batch": func() (err error) {
				_, err = b.Reserve(ctx, 20)
				return errors.Join(err, b.Do(ctx))
			},
		} {
			for range 10 {
				if err := f(); err != nil {
					t.Fatal(name, err)
				}
			}
			if n := testing.AllocsPerRun(200, func() {
				if err := f(); err != nil {
					t.Error(name, err)
				}
			}); n != 0 {
				t.Errorf("%s allocates %v times", name, n)
			}
		}
	})
}

func TestCallsBesideASleeperAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	bothWays(t, func(t *testing.T, o testOptions) {
		c, s := serve(t, o)
		slow := make(chan error)
		go func() {
			_, err := c.Call(background, methodHold, nil, nil)
			slow <- err
		}()
		s.awaitHeld(1)
		eventually(t, "it sleeps", c.channel().asleep)
		small, buf := payload(8), make([]byte, 16)
		call := func() {
			if _, err := c.Call(background, methodEcho, small, buf); err != nil {
				t.Error(err)
			}
		}
		for range 10 {
			call()
		}
		if n := testing.AllocsPerRun(200, call); n != 0 {
			t.Errorf("a call allocates %v times", n)
		}
		s.answerHeld()
		if err := <-slow; err != nil {
			t.Error(err)
		}
	})
}
