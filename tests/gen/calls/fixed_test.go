package calls

import (
	"context"
	"errors"
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tests/gen/market"
	"github.com/ringcall/ringcall/tests/gen/records"
	"github.com/ringcall/ringcall/tests/gen/scalars"
)

func TestScalars(t *testing.T) {
	c := start(t, "scalars", scalars.StartScalars)
	ctx := ctxOf(t)

	t.Run("go there and back", func(t *testing.T) {
		on, err := c.NotOf(ctx, true)
		want(t, on, err, false)
		on, err = c.NotOf(ctx, false)
		want(t, on, err, true)
		sum, err := c.Sum(ctx, -1, 2, -3, 4, -5, 6, -7, 8)
		want(t, sum, err, 4)
		mean, err := c.Mean(ctx, 1.5, 2.5)
		want(t, mean, err, 2)
		mask, err := c.Choose(ctx, scalars.ColorGreen, scalars.OffsetBelow, 7)
		want(t, mask, err, scalars.MaskAll)
		turned, err := c.Reversed(ctx, [3]uint16{1, 2, 3})
		want(t, turned, err, [3]uint16{3, 2, 1})
		answer, err := c.Answer(ctx)
		want(t, answer, err, 42)
		ok(t, c.Touch(ctx))
		ok(t, c.Set(ctx, 1, true, -2, 3))
	})

	t.Run("that are bools come in batches too", func(t *testing.T) {
		answers := make([]bool, 3)
		ok(t, c.NotOfEach(ctx, []scalars.NotOfRequest{{Value: true}, {Value: false}, {Value: true}}, answers))
		want(t, answers, nil, []bool{false, true, false})
	})

	t.Run("of a method without parameters come in runs too", func(t *testing.T) {
		run := c.NewAnswerRun(4)
		for range 4 {
			ok(t, run.Add())
		}
		ok(t, run.Do(ctx))
		for i := range 4 {
			got, err := run.Answer(i)
			want(t, got, err, 42)
		}
	})
}

func TestRecords(t *testing.T) {
	c := start(t, "records", records.StartRecords)
	ctx := ctxOf(t)
	tag, err := records.MakeText5("abc")
	ok(t, err)
	m := records.Mixed{
		On: false, Wide: 1 << 60, Narrow: 9, Sort: records.KindPlain, At: records.Point{X: 1, Y: 2},
		Corners: [2]records.Point{{X: 3, Y: 4}, {X: 5, Y: 6}}, Flags: [3]bool{true, false, true},
		Grid: [2][3]int16{{1, 2, 3}, {4, 5, 6}}, Tag: tag,
	}

	t.Run("keep every field", func(t *testing.T) {
		got, err := c.Change(ctx, m)
		wanted := m
		wanted.On, wanted.Wide, wanted.Sort = true, m.Wide+1, records.KindFancy
		wanted.Corners[0], wanted.Corners[1] = m.Corners[1], m.Corners[0]
		wanted.Grid[1][2] = 7
		wanted.Tag, _ = records.MakeText5("<abc>")
		want(t, got, err, wanted)
		want(t, got.Tag.String(), nil, "<abc>")
	})

	t.Run("hold others", func(t *testing.T) {
		got, err := c.Wrap(ctx, m, 4)
		want(t, got, err, records.Outer{First: 4, Inner: [2]records.Entry{{}, {ID: 5, Valid: true}}, Last: m})
		ok(t, c.Put(ctx, got))
	})

	t.Run("do not fit more text than they have room for", func(t *testing.T) {
		if _, err := records.MakeText5("abcdef"); err == nil {
			t.Error("expected an error for 6 bytes in 5, found none")
		}
	})
}

func TestFixed(t *testing.T) {
	c := start(t, "market", market.StartQuotes)
	ctx := ctxOf(t)

	t.Run("calls allocate nothing", func(t *testing.T) {
		for name, ctx := range map[string]context.Context{"with a deadline": ctx, "with the method's": context.Background()} {
			if n := testing.AllocsPerRun(1000, func() {
				sum, err := c.Add(ctx, 3, 4)
				if errors.Is(err, ringcall.ErrDeadline) {
					return // the method's 50 ms are little while the machine stands still
				}
				if sum != 7 || err != nil {
					t.Fatal(sum, err)
				}
			}); n != 0 {
				t.Errorf("%s: expected 0 allocations, found %v", name, n)
			}
		}
	})

	t.Run("calls are posted, and awaited later", func(t *testing.T) {
		pending, err := c.PostAdd(ctx, 20, 22)
		ok(t, err)
		sum, err := pending.Await(ctx)
		want(t, sum, err, 42)
		pending, err = c.PostAdd(ctx, 1, 1)
		ok(t, err)
		pending.Abandon()
	})

	t.Run("runs have an answer for each call", func(t *testing.T) {
		run := c.NewAddRun(100)
		for i := range int32(100) {
			ok(t, run.Add(i, 1))
		}
		ok(t, run.Do(ctx))
		for i := range 100 {
			sum, err := run.Answer(i)
			want(t, sum, err, int64(i)+1)
		}
	})

	t.Run("batches are filled in and read in place", func(t *testing.T) {
		batch := c.NewAddBatch()
		requests, err := batch.Reserve(ctx, 1000)
		ok(t, err)
		for i := range requests {
			requests[i] = market.AddRequest{A: int32(i), B: 2}
		}
		ok(t, batch.Do(ctx))
		for i, sum := range batch.Answers() {
			want(t, sum, nil, int64(i)+2)
		}
		batch.Release()
	})

	t.Run("each of a slice", func(t *testing.T) {
		requests := make([]market.AddRequest, 100_000)
		for i := range requests {
			requests[i] = market.AddRequest{A: int32(i), B: 3}
		}
		answers := make([]int64, len(requests))
		ok(t, c.AddEach(ctx, requests, answers))
		for i, sum := range answers {
			if sum != int64(i)+3 {
				t.Fatalf("%d: expected %d, found %d", i, i+3, sum)
			}
		}
		if err := c.AddEach(ctx, requests, answers[1:]); err == nil {
			t.Error("expected an error for too few answers, found none")
		}
	})

	t.Run("spans of a batch method", func(t *testing.T) {
		answers := make([]float64, 2)
		ok(t, c.PriceAll(ctx, []market.Quote{{Price: 1.5, Size: 2}, {Price: 2, Size: 10}}, answers))
		want(t, answers, nil, []float64{3, 20})
	})
}
