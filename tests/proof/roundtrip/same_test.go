package roundtrip

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

type inner struct {
	Number int32
	Text   *string
}

type sent struct {
	Name  string
	Parts [][]byte
	Ratio float32
	Inner []inner
}

type returned struct {
	Name  string
	Parts [][]byte
	Ratio float32
	Inner []inner
}

func TestADifferenceIsFoundWhereverItIs(t *testing.T) {
	text, other := "text", "test"
	make := func() (sent, returned) {
		parts := func() [][]byte { return [][]byte{{1}, nil, {2, 3}} }
		nan := math.Float32frombits(0x7f812345)
		return sent{"name", parts(), nan, []inner{{1, &text}, {2, nil}}}, returned{"name", parts(), nan, []inner{{1, &text}, {2, nil}}}
	}
	a, same := make()
	same.Parts[1] = []byte{}
	if text := difference("value", reflect.ValueOf(a), reflect.ValueOf(same)); text != "" {
		t.Error(text)
	}
	for want, change := range map[string]func(*returned){
		"value.0":                      func(r *returned) { r.Name = "Name" },
		"value.1: sent 3":              func(r *returned) { r.Parts = r.Parts[:2] },
		"value.1[2][1]":                func(r *returned) { r.Parts[2][1] = 4 },
		"value.2":                      func(r *returned) { r.Ratio = math.Float32frombits(0x7fc12345) },
		"value.3[0].0":                 func(r *returned) { r.Inner[0].Number = -1 },
		"*value.3[0].1":                func(r *returned) { r.Inner[0].Text = &other },
		"value.3[1].1: sent nil: true": func(r *returned) { r.Inner[1].Text = &other },
	} {
		_, b := make()
		change(&b)
		if got := difference("value", reflect.ValueOf(a), reflect.ValueOf(b)); !strings.HasPrefix(got, want) {
			t.Errorf("expected a difference at %s, got %q", want, got)
		}
	}
	_, b := make()
	converted := reflect.New(reflect.TypeFor[returned]()).Elem()
	convert(converted, reflect.ValueOf(a))
	if text := difference("value", reflect.ValueOf(b), converted); text != "" {
		t.Error(text)
	}
}

func TestFrameSizesAreThoseOfFRAME(t *testing.T) {
	// The dump in include/ringcall/FRAME.md.
	values := []reflect.Value{reflect.ValueOf(uint32(7)), reflect.ValueOf("Ada"), reflect.ValueOf([]string{"x", "", "yz"})}
	if got := frameSize(values); got != 9*8 {
		t.Errorf("the frame of FRAME.md has %d bytes, not 72", got)
	}
	for _, c := range []struct {
		value any
		want  int
	}{{int8(1), 1}, {"", 8}, {"12345678", 16}, {"123456789", 24}, {[]uint16{1, 2, 3}, 16}, {(*int64)(nil), 16}, {new(int32), 8}, {[][]byte{nil, nil}, 24},
		{struct {
			A int8
			B int32
		}{}, 8}, {struct{ A *int8 }{}, 8}} {
		if got := frameSize([]reflect.Value{reflect.ValueOf(c.value)}); got != c.want {
			t.Errorf("%#v: %d bytes, not %d", c.value, got, c.want)
		}
	}
}
