package schema

import "testing"

func TestOneSeedIsOneHeader(t *testing.T) {
	if Layouts(5, "proof", 50).String() != Layouts(5, "proof", 50).String() || Echoes(5, 30).String() != Echoes(5, 30).String() {
		t.Error("a seed does not replay")
	}
	if Layouts(5, "proof", 50).String() == Layouts(6, "proof", 50).String() {
		t.Error("two seeds are one header")
	}
}

func TestHeadsAreLaidOutAsCDoes(t *testing.T) {
	scalar := func(name string) *Type { return &Type{Kind: Scalar, Scalar: name} }
	text := &Type{Kind: Text}
	inner := &Type{Kind: Record, Record: &Struct{Fields: []Field{{"a", scalar("i8")}, {"b", scalar("i16")}}}}
	for _, c := range []struct {
		of          *Type
		size, align int
	}{
		{scalar("bool"), 1, 1}, {text, 8, 4}, {inner, 4, 2}, {&Type{Kind: Array, Element: inner, Count: 3}, 12, 2}, {&Type{Kind: Optional, Element: scalar("f64")}, 16, 8},
		{&Type{Kind: FixedText, Count: 5}, 8, 2}, {&Type{Kind: Record, Record: &Struct{Fields: []Field{{"a", scalar("u8")}, {"b", text}, {"c", scalar("u8")}}}}, 16, 4},
	} {
		if size, align := c.of.Head(); size != c.size || align != c.align {
			t.Errorf("%+v: %d bytes, aligned to %d, not %d and %d", c.of, size, align, c.size, c.align)
		}
	}
}
