package ringcall

import (
	"context"
	"errors"
	"testing"
)

func reserveAdds(t testing.TB, b *Batch, n int) {
	t.Helper()
	bytes, err := b.Reserve(background, n)
	if err != nil {
		t.Fatal(err)
	}
	for i := range Records[addRequest](bytes) {
		Records[addRequest](bytes)[i] = addRequest{int32(i), 7}
	}
}

func expectBatch(t testing.TB, b *Batch, n int) {
	t.Helper()
	answers := Records[addAnswer](b.Answers())
	if len(answers) != n {
		t.Fatalf("%d answers, expected %d", len(answers), n)
	}
	for i, a := range answers {
		if a.Sum != int64(i)+7 {
			t.Fatalf("answer %d is %d", i, a.Sum)
		}
	}
}

func TestABatchIsAnsweredInPlace(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		b := c.NewBatch(methodAdd, 8, 8)
		for _, n := range []int{1, 2, 3, 100, 256} {
			reserveAdds(t, b, n)
			if err := b.Do(background); err != nil {
				t.Fatal(err)
			}
			expectBatch(t, b, n)
		}
		b.Release()
		b.Release()
		if b.Answers() != nil {
			t.Error("answers after the release")
		}
		if s := c.Stats().Client; s.BatchRecords != 362 || s.Calls != 5 {
			t.Errorf("%+v", s)
		}
	})
}

func TestBatchesInFlightTogether(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, _ := serve(t, o)
		var batches [4]*Batch
		for i := range batches {
			batches[i] = c.NewBatch(methodAdd, 8, 8)
			defer batches[i].Release()
		}
		for round := range 200 {
			b := batches[round%len(batches)]
			if round >= len(batches) {
				if err := b.Await(background); err != nil {
					t.Fatal(err)
				}
				expectBatch(t, b, 50)
			}
			reserveAdds(t, b, 50)
			if err := b.Post(background); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestABatchRefusesWhatItCannotTake(t *testing.T) {
	c, _ := serve(t, defaults())
	b := c.NewBatch(methodAdd, 8, 8)
	if err := b.Post(background); err == nil {
		t.Error("a batch without records was posted")
	}
	var large *TooLargeError
	if _, err := b.Reserve(background, 257); !errors.As(err, &large) || large.Size != 257*16+8 || large.Capacity != 4096 {
		t.Errorf("a batch over capacity: %v", err)
	}
	if _, err := b.Reserve(background, 0); err == nil {
		t.Error("a batch of nothing")
	}
	for _, sizes := range [][2]int{{0, 8}, {8, -1}, {65536, 8}, {8, 65536}} {
		if _, err := c.NewBatch(methodAdd, sizes[0], sizes[1]).Reserve(background, 1); err == nil {
			t.Errorf("a batch with sizes %v", sizes)
		}
	}
	unknown := c.NewBatch(methodNone, 8, 8)
	defer unknown.Release()
	reserveAdds(t, unknown, 3)
	if err := unknown.Do(background); !errors.Is(err, ErrUnknownMethod) || unknown.Answers() != nil {
		t.Errorf("a batch of an unknown method: %v", err)
	}
	if err := unknown.Post(background); err == nil {
		t.Error("a batch was posted twice")
	}
}

func TestABatchWaitsForRoom(t *testing.T) {
	c, _ := serve(t, defaults())
	first, second := c.NewBatch(methodAdd, 8, 8), c.NewBatch(methodAdd, 8, 8)
	reserveAdds(t, first, 200)
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := second.Reserve(ctx, 200); !errors.Is(err, context.Canceled) {
		t.Errorf("no room and a cancelled context: %v", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		reserveAdds(t, second, 200)
	}()
	eventually(t, "it waits", func() bool { return c.Stats().Client.ArenaWaits == 1 && c.channel().asleep() })
	first.Release()
	<-done
	if err := second.Do(background); err != nil {
		t.Fatal(err)
	}
	expectBatch(t, second, 200)
	second.Release()
}

func TestAnAbandonedBatchKeepsItsRoomUntilAnswered(t *testing.T) {
	bothWays(t, func(t *testing.T, o testOptions) {
		c, s := serve(t, o)
		for _, leave := range []func(b *Batch){
			func(b *Batch) { b.Release() },
			func(b *Batch) {
				ctx, cancel := context.WithCancel(background)
				cancel()
				if err := b.Await(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("a cancelled batch: %v", err)
				}
			},
		} {
			b := c.NewBatch(methodHold, 8, 8)
			reserveAdds(t, b, 200)
			if err := b.Post(background); err != nil {
				t.Fatal(err)
			}
			s.awaitHeld(1)
			leave(b)
			if r := func() *region {
				c.channel().mu.Lock()
				defer c.channel().mu.Unlock()
				return c.channel().arena.alloc(2000)
			}(); r != nil {
				t.Fatal("the room of a batch in flight was given away")
			}
			s.answerHeld()
			expectEcho(t, c, 4000)
		}
	})
}

func TestRecords(t *testing.T) {
	type pointed struct{ p *int }
	type nested struct {
		A [2]addRequest
		B float64
	}
	words := make([]uint64, 12)
	bytes := Records[uint8](nil)
	if len(bytes) != 0 {
		t.Error("records of nothing")
	}
	memory := unsafeBytes(words)
	if n := len(Records[nested](memory)); n != 4 {
		t.Errorf("%d records in 96 bytes of 24 each", n)
	}
	for name, f := range map[string]func(){
		"pointers":       func() { Records[pointed](memory) },
		"strings":        func() { Records[string](memory) },
		"nothing":        func() { Records[struct{}](memory) },
		"a broken size":  func() { Records[nested](memory[:25]) },
		"a broken start": func() { Records[uint64](memory[1:9]) },
	} {
		t.Run(name+" panic", func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}
