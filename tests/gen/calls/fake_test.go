package calls

import (
	"context"
	"errors"
	"strings"
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tests/gen/market"
)

// portfolio stands for what a user writes against the interface.
func portfolio(ctx context.Context, quotes market.Quotes, symbols ...string) (total float64, err error) {
	for _, symbol := range symbols {
		quote, err := quotes.QuoteOf(ctx, symbol)
		if err != nil {
			return 0, err
		}
		total += quote.Price
	}
	return total, nil
}

func TestFake(t *testing.T) {
	ctx := context.Background()
	fake := &market.QuotesFake{
		AddFunc: func(_ context.Context, a, b int32) (int64, error) {
			if a < 0 {
				return 0, errors.New("below zero")
			}
			return int64(a) + int64(b), nil
		},
		QuoteOfFunc: func(_ context.Context, symbol string) (market.Quote, error) {
			if symbol == "LEAD" {
				return market.Quote{}, market.QuoteErrorUnknownSymbol
			}
			return market.Quote{Price: 2}, nil
		},
	}

	t.Run("stands in for the client", func(t *testing.T) {
		total, err := portfolio(ctx, fake, "GOLD", "SILVER")
		want(t, total, err, 4)
		_, err = portfolio(ctx, fake, "LEAD")
		fails(t, err, market.QuoteErrorUnknownSymbol)
	})

	t.Run("says which function is missing", func(t *testing.T) {
		if err := fake.Note(ctx, ""); err == nil || !strings.Contains(err.Error(), "set NoteFunc") {
			t.Errorf("expected an error that names NoteFunc, found %v", err)
		}
	})

	t.Run("posts, and awaits once", func(t *testing.T) {
		pending, err := fake.PostAdd(ctx, 1, 2)
		ok(t, err)
		sum, err := pending.Await(ctx)
		want(t, sum, err, 3)
		_, err = pending.Await(ctx)
		fails(t, err, ringcall.ErrAwaited)
	})

	t.Run("takes slices up to the first failure", func(t *testing.T) {
		answers := make([]int64, 3)
		if err := fake.AddEach(ctx, []market.AddRequest{{A: 1, B: 1}, {A: -1}, {A: 5}}, answers); err == nil {
			t.Error("expected the function's error, found none")
		}
		want(t, answers, nil, []int64{2, 0, 0})
		if err := fake.AddEach(ctx, make([]market.AddRequest, 2), answers[:1]); err == nil {
			t.Error("expected an error for too few answers, found none")
		}
	})

	t.Run("counts", func(t *testing.T) {
		want(t, fake.Calls(), nil, map[string]int{"QuoteOf": 3, "Note": 1, "Add": 3})
	})
}
