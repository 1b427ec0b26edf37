package flat

import (
	"slices"
	"structs"
	"testing"
)

type pair struct {
	_    structs.HostLayout
	A, B int32
}

type flags struct {
	First bool
	Pairs [2]struct {
		N  int16
		Ok bool
	}
	Last bool
}

func TestIs(t *testing.T) {
	for round := range 2 { // the second comes out of memory
		for name, ok := range map[string]bool{
			"a number": Is[int64](), "a bool": Is[bool](), "a struct": Is[pair](), "nothing": Is[struct{}](), "arrays": Is[[3][2]pair](), "bools": Is[flags](),
		} {
			if !ok {
				t.Errorf("round %d: %s is not flat", round, name)
			}
		}
		for name, ok := range map[string]bool{
			"a string": Is[string](), "a slice": Is[[]byte](), "a pointer": Is[*int](), "a struct": Is[struct{ p *int }](), "an array": Is[[2]any](),
			"a map": Is[map[int]int](), "a function": Is[func()](), "uintptr": Is[uintptr](),
		} {
			if ok {
				t.Errorf("round %d: %s is flat", round, name)
			}
		}
	}
	if n := testing.AllocsPerRun(100, func() { Is[pair]() }); n != 0 {
		t.Errorf("to ask allocates %v times", n)
	}
}

func TestBools(t *testing.T) {
	if got := Bools[flags](); !slices.Equal(got, []uintptr{0, 4, 8, 10}) {
		t.Errorf("the bools lie at %v", got)
	}
	if got := Bools[pair](); len(got) != 0 {
		t.Errorf("the bools lie at %v", got)
	}
	if got := len(Bools[[1 << 16]bool]()); got != 1<<16 {
		t.Errorf("%d bools", got)
	}
}

func TestBytes(t *testing.T) {
	p := []pair{{A: 1, B: 2}, {A: 3, B: 4}}
	want := []byte{1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0}
	if got := BytesOf(p); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if got := Bytes(&p[1]); !slices.Equal(got, want[8:]) {
		t.Errorf("%v", got)
	}
	if len(Bytes(&struct{}{})) != 0 || len(BytesOf[pair](nil)) != 0 {
		t.Error("nothing has bytes")
	}
}

func BenchmarkIs(b *testing.B) {
	for range b.N {
		Is[pair]()
	}
}
