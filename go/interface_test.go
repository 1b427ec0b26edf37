package ringcall

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"syscall"
	"testing"
)

const quotesText = `service quotes: version 1
quotes 1: name add, kind call, request 8, answer 8
quotes 1.a: type i32, offset 0
quotes 1.b: type i32, offset 4
quotes 1.return: type i64
quotes 2: name quote_of, kind call, request 8, answer 40, errors quote_error
quotes 2.symbol: type text, offset 0
quotes 2.return: type quote
quotes 3: name note, kind oneway, request 8, answer 0
quotes 3.lines: type remark[]?, offset 0
quote: size 40, align 8
quote.price: type f64, offset 0
quote.which: type side, offset 16
remark: size 8, align 4
remark.line: type text, offset 0
quote_error: type u32
quote_error.unknown_symbol: value 1
side: type u8
side.buy: value 1
side.sell: value 2
`

var quotesInterface = &Interface{Name: "quotes", Fingerprint: 11, Description: quotesText}

const othersText = "service others: version 1\nothers 9: name nothing, kind call, request 0, answer 0\nquote: size 1, align 1\n"

func TestCompareInterface(t *testing.T) {
	replace := func(old, new string) func(string) string {
		return func(text string) string { return strings.Replace(text, old, new, 1) }
	}
	for _, test := range []struct {
		name   string
		server func(string) string
		client func(string) string
		want   []string
	}{
		{"the same", nil, nil, nil},
		{"among others", func(text string) string { return othersText + text }, nil, nil},
		{"another order", func(text string) string {
			lines := strings.Split(strings.TrimSpace(text), "\n")
			for i, j := 1, len(lines)-1; i < j; i, j = i+1, j-1 {
				lines[i], lines[j] = lines[j], lines[i]
			}
			return strings.Join(lines, "\n")
		}, nil, nil},
		{"a method that the server lacks", replace("quotes 1: name add, kind call, request 8, answer 8\n", ""), nil, nil},
		{"a method that the client lacks", nil, replace("quotes 1: name add, kind call, request 8, answer 8\n", ""), nil},
		{"a type that only a method of one side reaches", func(text string) string { return strings.Replace(text, "quotes 3", "quotes 4", -1) }, replace("remark: size 8", "remark: size 16"), nil},
		{"a type of a method with another id", func(text string) string {
			return text + "quotes 7: name new_one, kind call, request 4, answer 0\nquotes 7.t: type other, offset 0\nother: size 4, align 4\n"
		}, func(text string) string {
			return text + "quotes 8: name newer, kind call, request 8, answer 0\nquotes 8.t: type other, offset 0\nother: size 8, align 8\n"
		}, nil},

		{"an offset", nil, replace("side, offset 16", "side, offset 24"), []string{"quote.which: offset 16 in the server, 24 in the client"}},
		{"a parameter's type", replace("quotes 1.b: type i32", "quotes 1.b: type u32"), nil, []string{"quotes.add.b: type u32 in the server, i32 in the client"}},
		{"a result", replace("quotes 1.return: type i64", "quotes 1.return: type f64"), nil, []string{"quotes.add.return: type f64 in the server, i64 in the client"}},
		{"a method's name and size", replace("add, kind call, request 8", "plus, kind call, request 16"), nil,
			[]string{"quotes.add: name plus in the server, add in the client", "quotes.add: request 16 in the server, 8 in the client"}},
		{"oneway", replace("kind oneway", "kind call"), nil, []string{"quotes.note: kind call in the server, oneway in the client"}},
		{"errors that the server does not have", replace(", errors quote_error", ""), nil, []string{"quotes.quote_of: no errors in the server, quote_error in the client"}},
		{"errors that the client does not have", nil, replace(", errors quote_error", ""), []string{"quotes.quote_of: errors quote_error in the server, none in the client"}},
		{"a parameter more in the client", nil, replace("quotes 1.return", "quotes 1.c: type bool, offset 8\nquotes 1.return"),
			[]string{"quotes.add.c: missing in the server, type bool, offset 8 in the client"}},
		{"a field more in the server", replace("remark: size", "quote.size: type i64, offset 8\nremark: size"), nil,
			[]string{"quote.size: type i64, offset 8 in the server, missing in the client"}},
		{"an enumerator's value, of errors", replace("unknown_symbol: value 1", "unknown_symbol: value 3"), nil,
			[]string{"quote_error.unknown_symbol: value 3 in the server, 1 in the client"}},
		{"an enumerator more in the client", nil, func(text string) string { return text + "side.hold: value 3\n" }, nil},
		{"an enumerator more in the server", func(text string) string { return text + "side.hold: value 3\n" }, nil, nil},
		{"one more name for an enumerator", nil, func(text string) string { return text + "side.vend: value 2\n" }, nil},
		{"an enumerator renamed", nil, replace("side.sell", "side.vend"),
			[]string{"side.vend: missing in the server, value 2 in the client", "side.sell: value 2 in the server, missing in the client"}},
		{"a message in an optional sequence", replace("remark: size 8", "remark: size 16"), nil, []string{"remark: size 16 in the server, 8 in the client"}},
		{"a type with another name", func(text string) string {
			return strings.Replace(strings.Replace(text, "type quote\n", "type price\n", 1), "quote: size 40", "price: size 41", 1)
		}, nil,
			[]string{"quotes.quote_of.return: type price in the server, quote in the client"}},
		{"a type without its lines", replace("remark: size 8, align 4\n", ""), nil, []string{"remark: missing in the server, size 8, align 4 in the client"}},
		{"another version", replace("version 1", "version 2"), nil, []string{"service quotes: version 2 in the server, 1 in the client"}},
		{"no such service", func(string) string { return othersText + "service more: version 1\n" }, nil, []string{"the server has no service quotes; it has others, more"}},
		{"no services", func(string) string { return "" }, nil, []string{"the server has no service quotes; it describes none"}},
		{"no description", func(string) string { return "\x00\x01 garbage" }, nil,
			[]string{`line 1 of the server's description is "\x00\x01 garbage", expected "key: attribute value", a service's first`}},
		{"a description that starts in the middle", func(text string) string { return text[26:] }, nil,
			[]string{`line 1 of the server's description is "quotes 1: name add, kind call, request 8, answer 8", expected "key: attribute value", a service's first`}},
		{"escapes for the terminal", func(text string) string { return text + "x: \x1b[31m\n" }, nil,
			[]string{`line 21 of the server's description is "x: \x1b[31m", expected "key: attribute value", a service's first`}},
		{"a client without a description", nil, func(string) string { return "" }, []string{"the client's description does not describe quotes; generate it anew"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			server, client := quotesText, quotesText
			if test.server != nil {
				server = test.server(server)
			}
			if test.client != nil {
				client = test.client(client)
			}
			got := compareInterface(server, &Interface{Name: "quotes", Description: client})
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("the differences are\n%q, expected\n%q", got, test.want)
			}
		})
	}
}

func FuzzCompareInterface(f *testing.F) {
	f.Add(quotesText)
	f.Add(othersText + quotesText)
	f.Add("service quotes: version 1\nquotes 1: type a\na: type b\nb.c: type a")
	f.Fuzz(func(t *testing.T, described string) {
		compareInterface(described, quotesInterface)
		compareInterface(quotesText, &Interface{Name: "quotes", Description: described})
	})
}

// describe answers the hello, which must state the fingerprint, with a welcome that says what the server implements.
func describe(t *testing.T, states uint64, change func(*welcome), description string) func(*net.UnixConn) {
	return func(conn *net.UnixConn) {
		message := make([]byte, helloSize)
		io.ReadFull(conn, message)
		if !bytes.Equal(message, helloOf(abiVersion, states)) {
			t.Errorf("the hello is %x", message)
		}
		descriptor, err := fakeSegment()
		if err != nil {
			t.Error(err)
			return
		}
		conn.WriteMsgUnix(append(welcomeOf(change), description...), syscall.UnixRights(descriptor), nil)
		syscall.Close(descriptor)
	}
}

func attachFor(t *testing.T, serve func(*net.UnixConn), opts ...Option) (c *Client, err error) {
	t.Helper()
	client, server := connectionPair(t)
	done := make(chan struct{})
	go func() { defer close(done); serve(server) }()
	ctx, cancel := boundAttach(context.Background())
	defer cancel()
	ch, err := attach(ctx, client, makeOptions(opts))
	<-done
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { ch.close() })
	return newClient(ch), nil
}

func TestTheInterfaceIsCheckedAtAttach(t *testing.T) {
	described := func(text string) func(*welcome) {
		return func(w *welcome) { w.flags = welcomeFlagInterface; w.interfaceSize = uint64(len(text)) }
	}
	same := func(w *welcome) { w.interfaceFingerprint = 11 }
	others := &Interface{Name: "others", Fingerprint: 12, Description: othersText}
	changed := strings.Replace(quotesText, "side, offset 16", "side, offset 24", 1)

	t.Run("a fingerprint that the server knows", func(t *testing.T) {
		c, err := attachFor(t, describe(t, 11, same, ""), WithInterface(quotesInterface), WithInterface(quotesInterface))
		if err != nil || c.Implements(quotesInterface) != nil || c.Implements(&Interface{Name: "quotes", Fingerprint: 11}) != nil {
			t.Fatal(err, c)
		}
		if err := c.Implements(others); !errors.Is(err, ErrInterface) || !strings.Contains(err.Error(), "interface others: the client was attached for another interface alone; give Dial or Start WithInterface") {
			t.Error(err)
		}
	})
	t.Run("a description that fits", func(t *testing.T) {
		c, err := attachFor(t, describe(t, 11, described(quotesText+othersText), quotesText+othersText+"\x01"), WithInterface(quotesInterface))
		if err != nil || c.Implements(quotesInterface) != nil || c.Implements(others) != nil {
			t.Fatal(err, c)
		}
	})
	t.Run("several interfaces", func(t *testing.T) {
		c, err := attachFor(t, describe(t, interfaceSend, described(quotesText+othersText), quotesText+othersText), WithInterface(quotesInterface), WithInterface(others))
		if err != nil || c.Implements(quotesInterface) != nil || c.Implements(others) != nil {
			t.Fatal(err, c)
		}
		_, err = attachFor(t, describe(t, interfaceSend, described(quotesText), quotesText), WithInterface(quotesInterface), WithInterface(others))
		if !errors.Is(err, ErrInterface) || !strings.Contains(err.Error(), "the server has no service others; it has quotes") {
			t.Error(err)
		}
	})
	t.Run("differences are named", func(t *testing.T) {
		var different *InterfaceError
		_, err := attachFor(t, describe(t, 11, described(changed), changed), WithInterface(quotesInterface))
		if !errors.Is(err, ErrInterface) || !errors.As(err, &different) || different.Interface != "quotes" ||
			err.Error() != "ringcall: the server does not fit the client's interface quotes: quote.which: offset 24 in the server, 16 in the client" {
			t.Error(err)
		}
	})
	t.Run("asked for later", func(t *testing.T) {
		c, err := attachFor(t, describe(t, interfaceSend, described(changed), changed))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Implements(quotesInterface); !errors.Is(err, ErrInterface) {
			t.Error(err)
		}
		c, err = attachFor(t, describe(t, interfaceSend, described(quotesText), quotesText))
		if err != nil || c.Implements(quotesInterface) != nil {
			t.Fatal(err)
		}
	})
	t.Run("a server that says nothing", func(t *testing.T) {
		_, err := attachFor(t, describe(t, 11, nil, ""), WithInterface(quotesInterface))
		if !errors.Is(err, ErrInterface) || !strings.Contains(err.Error(), "the server has not described its services") {
			t.Error(err)
		}
	})
	t.Run("a fingerprint that was not asked for", func(t *testing.T) {
		_, err := attachFor(t, describe(t, interfaceSend, func(w *welcome) { w.interfaceFingerprint = interfaceSend }, ""), WithInterface(&Interface{Name: "quotes"}))
		if !errors.Is(err, ErrInterface) {
			t.Error(err)
		}
	})
	t.Run("a description that is too long", func(t *testing.T) {
		_, err := attachFor(t, describe(t, 11, func(w *welcome) { w.flags = 1; w.interfaceSize = 1 << 40 }, ""), WithInterface(quotesInterface))
		if err == nil || !strings.Contains(err.Error(), "announces 1099511627776 bytes of description of its services, expected 65536 at most") {
			t.Error(err)
		}
	})
	t.Run("a hang-up within the description", func(t *testing.T) {
		_, err := attachFor(t, hangUpAfter(describe(t, 11, described(quotesText), quotesText[:100])), WithInterface(quotesInterface))
		if !errors.Is(err, errHungUp) || !strings.Contains(err.Error(), "100 of ") {
			t.Error(err)
		}
	})
}

func TestOnlyTheFirstDifferencesAreShown(t *testing.T) {
	e := &InterfaceError{Interface: "quotes", Differences: strings.Split(strings.Repeat("x;", 12)+"x", ";")}
	if text := e.Error(); strings.Count(text, "x") != 10 || !strings.HasSuffix(text, "; and 3 more") {
		t.Error(text)
	}
}
