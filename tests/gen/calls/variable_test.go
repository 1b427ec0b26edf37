package calls

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	ringcall "github.com/ringcall/ringcall/go"
	"github.com/ringcall/ringcall/tests/gen/market"
	"github.com/ringcall/ringcall/tests/gen/messages"
	"github.com/ringcall/ringcall/tests/gen/names"
	"github.com/ringcall/ringcall/tests/gen/optionals"
	"github.com/ringcall/ringcall/tests/gen/sequences"
	"github.com/ringcall/ringcall/tests/gen/services"
	"github.com/ringcall/ringcall/tests/gen/texts"
)

func TestTexts(t *testing.T) {
	c := start(t, "texts", texts.StartTexts)
	ctx := ctxOf(t)

	t.Run("of any size go there and back", func(t *testing.T) {
		for _, size := range []int{0, 1, 7, 8, 9, 31, 32, 33, 1000, 30_000} {
			name := strings.Repeat("ü", size/2) + strings.Repeat("x", size%2)
			got, err := c.Greet(ctx, name)
			want(t, got, err, "Hello, "+name+"!")
			data := bytes.Repeat([]byte{1, 2, 0, 255}, size)[:size]
			turned, err := c.Reverse(ctx, data)
			ok(t, err)
			if len(turned) != size || size > 0 && turned[0] != data[size-1] {
				t.Errorf("%d bytes came back as %d", size, len(turned))
			}
			n, err := c.Size(ctx, name, data, 5)
			want(t, n, err, uint64(len(name)+size+5))
			long, err := c.Repeat(ctx, uint32(size))
			want(t, long, err, strings.Repeat("x", size))
		}
		motto, err := c.Motto(ctx)
		want(t, motto, err, "one word, one line")
		ok(t, c.Keep(ctx, 1, "kept"))
	})

	t.Run("are views if asked for", func(t *testing.T) {
		for _, size := range []uint32{0, 5, 20_000} {
			view, err := c.RepeatView(ctx, size)
			ok(t, err)
			want(t, string(view.Bytes()), nil, strings.Repeat("x", int(size)))
			view.Release()
		}
	})

	t.Run("come in runs, and are the caller's own", func(t *testing.T) {
		run := c.NewGreetRun(50)
		answers := make([]string, 50)
		for range 3 {
			run.Reset()
			for i := range answers {
				ok(t, run.Add(strings.Repeat("n", i*7)))
			}
			ok(t, run.Do(ctx))
			for i := range answers {
				var err error
				answers[i], err = run.Answer(i)
				ok(t, err)
			}
		}
		run.Reset()
		for i, answer := range answers {
			want(t, answer, nil, "Hello, "+strings.Repeat("n", i*7)+"!")
		}
	})

	t.Run("are posted", func(t *testing.T) {
		pending, err := c.PostGreet(ctx, "you")
		ok(t, err)
		got, err := pending.Await(ctx)
		want(t, got, err, "Hello, you!")
	})
}

func TestSequences(t *testing.T) {
	c := start(t, "sequences", sequences.StartSequences)
	ctx := ctxOf(t)

	t.Run("of numbers and records", func(t *testing.T) {
		sum, err := c.Sum(ctx, []int32{1, -2, 30})
		want(t, sum, err, 29)
		sum, err = c.Sum(ctx, nil)
		want(t, sum, err, 0)
		sorted, err := c.Sorted(ctx, []sequences.Sample{{At: 1, Value: 1}, {At: 2, Value: 3}, {At: 3, Value: 2}}, true)
		want(t, sorted, err, []sequences.Sample{{At: 2, Value: 3}, {At: 3, Value: 2}, {At: 1, Value: 1}})
		numbers, err := c.Range(ctx, 5, 9)
		want(t, numbers, err, []uint64{5, 6, 7, 8})
		view, err := c.RangeView(ctx, 5, 9)
		ok(t, err)
		want(t, view.Values(), nil, []uint64{5, 6, 7, 8})
		view.Release()
	})

	t.Run("of texts, bytes and sequences", func(t *testing.T) {
		words, err := c.Upper(ctx, []string{"a", "", "longer than a slot"})
		want(t, words, err, []string{"A", "", "LONGER THAN A SLOT"})
		chunks, err := c.Chunks(ctx, [][]byte{{1}, nil, bytes.Repeat([]byte{7}, 100)})
		want(t, chunks, err, [][]byte{{1}, nil, bytes.Repeat([]byte{7}, 100)})
		cells := [][]string{{"a", "bc"}, {}, {"", "d"}}
		got, err := c.Grid(ctx, cells)
		want(t, got, err, cells)
	})
}

func TestOptionals(t *testing.T) {
	c := start(t, "optionals", optionals.StartOptionals)
	ctx := ctxOf(t)
	half, err := c.Half(ctx, ptr(int32(8)))
	want(t, half, err, ptr(int32(4)))
	half, err = c.Half(ctx, nil)
	want(t, half, err, nil)
	name, err := c.Name(ctx, ptr("n"), 3)
	want(t, name, err, ptr("n..."))
	name, err = c.Name(ctx, ptr(""), 0)
	want(t, name, err, ptr(""))
	name, err = c.Name(ctx, nil, 3)
	want(t, name, err, nil)
	wide, err := c.Widen(ctx, &optionals.Range{From: 1, To: 2}, ptr(true))
	want(t, wide, err, &optionals.Range{From: 0, To: 3, Open: true})
	wide, err = c.Widen(ctx, nil, ptr(false))
	want(t, wide, err, nil)
	gaps := []*uint16{ptr(uint16(1)), nil, ptr(uint16(3))}
	got, err := c.Gaps(ctx, gaps)
	want(t, got, err, gaps)
	list, err := c.List(ctx, &[]string{"a", "b"})
	want(t, list, err, &[]string{"a", "b"})
	list, err = c.List(ctx, nil)
	want(t, list, err, nil)
}

func TestMessages(t *testing.T) {
	c := start(t, "messages", messages.StartPeople)
	ctx := ctxOf(t)
	ada := messages.Person{
		Name: "Ada", What: messages.RoleMember, Age: 36, Picture: []byte{1, 2, 3}, Visited: []messages.Place{{Latitude: 51.5, Longitude: -0.1}},
		Nicknames: []string{"Countess", ""}, Homes: []messages.Address{{Street: "St James's Square", Where: &messages.Place{Latitude: 1}}, {Street: "Ockham Park"}},
		Work: &messages.Address{Street: "Dorset Street"}, Active: true, Code: [3]uint16{1, 2, 3},
	}
	sum := messages.Summary{
		Text: "Ada", Words: []string{"Countess", "", "St James's Square", "Ockham Park"}, Places: ada.Visited, Street: ptr("Dorset Street"), Size: 1042,
	}

	t.Run("go there", func(t *testing.T) {
		got, err := c.SumUp(ctx, ada)
		want(t, got, err, sum)
	})
	t.Run("come back as they were", func(t *testing.T) {
		got, err := c.Echo(ctx, ada)
		want(t, got, err, ada)
	})
	t.Run("stand in sequences", func(t *testing.T) {
		got, err := c.All(ctx, []messages.Person{ada, {Name: "nobody"}, ada}, 1)
		want(t, got, err, []messages.Summary{{Text: "nobody", Words: []string{}}, sum})
		first, err := c.First(ctx, []messages.Person{ada})
		want(t, first, err, &sum)
		first, err = c.First(ctx, nil)
		want(t, first, err, nil)
	})
	t.Run("come in runs", func(t *testing.T) {
		run := c.NewEchoRun(8)
		for range 8 {
			ok(t, run.Add(ada))
		}
		ok(t, run.Do(ctx))
		got, err := run.Answer(7)
		want(t, got, err, ada)
	})
}

func TestNames(t *testing.T) {
	c := start(t, "names", names.StartKeeper)
	ctx := ctxOf(t)
	sum, err := c.Add(ctx, 1, 2, 3, 4, 5)
	want(t, sum, err, 15)
	text, err := c.ClashText(ctx, "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k")
	want(t, text, err, "abcdefghijk")
	all, err := c.ClashLoop(ctx, []string{"a"}, []string{"b", "c"}, nil, [][]string{{"d"}, {}, {"e"}})
	want(t, all, err, []string{"a", "b", "c", "d", "e"})
	face, err := c.Select(ctx, names.Iface{JSONText: "{}", W: []string{"w"}})
	want(t, face, err, names.Iface{JSONText: "{}", W: []string{"w"}})
	read, err := c.Range(ctx, names.Reading{URL: "u", CPUID: 3})
	want(t, read, err, names.Reading{URL: "u", CPUID: 3})
}

func TestServices(t *testing.T) {
	c := start(t, "services", ringcall.Start)
	ctx := ctxOf(t)
	store, err := services.NewStoreClient(c)
	ok(t, err)
	till, err := services.NewTillClient(c)
	ok(t, err)
	count, err := store.Count(ctx, 4)
	want(t, count, err, 8)
	drawer, err := till.Count(ctx, 4)
	want(t, drawer, err, 400)
	label, err := store.Label(ctx, services.Item{Number: 7})
	want(t, label, err, "item 7")
	label, err = till.Label(ctx, "x")
	want(t, label, err, "till x")
}

func TestMarket(t *testing.T) {
	c := start(t, "market", market.StartQuotes)
	ctx := ctxOf(t)
	symbol, err := market.MakeText12("GOLD")
	ok(t, err)
	quote, err := c.QuoteOf(ctx, "GOLD")
	want(t, quote, err, market.Quote{Price: 4.5, Size: 100, Which: market.SideSell, Symbol: symbol})
	id, err := c.Open(ctx, market.Person{Name: "Ada", Age: 36, Mail: ptr("a@b")}, 1)
	want(t, id, err, market.OrderID(3040))
	lines := make([]string, 100)
	for i := range lines {
		lines[i] = fmt.Sprint("line ", i)
		ok(t, c.Note(ctx, lines[i]))
	}
	kept, err := c.Notes(ctx)
	want(t, kept, err, lines)
}
