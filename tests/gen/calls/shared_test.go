package calls

import (
	"errors"
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tests/gen/shared"
	"github.com/ringcall/ringcall/tests/gen/together"
)

func TestTwoHeadersInOnePackage(t *testing.T) {
	c := start(t, "shared", ringcall.Start)
	ctx := ctxOf(t)
	labels, err := shared.NewLabelsClient(c)
	ok(t, err)
	tags, err := shared.NewTagsClient(c)
	ok(t, err)

	t.Run("share their texts", func(t *testing.T) {
		text, err := shared.MakeText7("hello")
		ok(t, err)
		mark, err := shared.MakeText3("ab")
		ok(t, err)
		loud, err := labels.Shout(ctx, shared.Label{Text: text})
		want(t, loud.String(), err, "hello!")
		length, err := tags.Length(ctx, loud, mark)
		want(t, length, err, 62)
	})
}

func TestTwoHeadersMadeTogether(t *testing.T) {
	c := start(t, "together", ringcall.Start)
	ctx := ctxOf(t)
	deposits, err := together.NewDepositsClient(c)
	ok(t, err)
	payouts, err := together.NewPayoutsClient(c)
	ok(t, err)

	t.Run("share their types", func(t *testing.T) {
		five := together.Amount{Cents: 5, In: together.CurrencyUsd}
		sum, err := deposits.Add(ctx, five, together.Amount{Cents: int64(2 * together.Cents), In: together.CurrencyUsd, Rounded: true})
		want(t, sum, err, together.Amount{Cents: 205, In: together.CurrencyUsd, Rounded: true})
		paid, err := payouts.Pay(ctx, sum)
		want(t, paid, err, together.Amount{Cents: -205, In: together.CurrencyUsd, Rounded: true})
		long := together.Note{Text: "longest", About: sum}
		cents, err := deposits.Longest(ctx, []together.Note{{Text: "short", About: five}, long})
		want(t, cents, err, 205)
		size, err := payouts.Read(ctx, long)
		want(t, size, err, 1007)
	})
	t.Run("and their errors", func(t *testing.T) {
		_, err := deposits.Add(ctx, together.Amount{}, together.Amount{In: together.CurrencyUsd})
		if !errors.Is(err, together.RefusalClosed) {
			t.Errorf("two currencies give %v", err)
		}
		_, err = payouts.Pay(ctx, together.Amount{Cents: 1001})
		if !errors.Is(err, together.RefusalTooMuch) {
			t.Errorf("too much gives %v", err)
		}
	})
}
