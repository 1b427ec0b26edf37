package ringcall

import (
	"math/rand/v2"
	"testing"
)

func TestArena(t *testing.T) {
	const start, size = 4096, 1024
	fresh := func() *arena { return newArena(span{"arena", start, size}) }
	t.Run("an empty arena takes its whole capacity again and again", func(t *testing.T) {
		a := fresh()
		for range 10 {
			small, large := a.alloc(100), (*region)(nil)
			small.free()
			if large = a.alloc(size); large == nil || large.offset != start {
				t.Fatalf("the whole arena: %+v", large)
			}
			large.free()
		}
	})
	t.Run("a full arena refuses", func(t *testing.T) {
		a := fresh()
		a.alloc(size - 16)
		a.alloc(1)
		if r := a.alloc(1); r != nil {
			t.Fatalf("a region in a full arena: %+v", r)
		}
	})
	t.Run("regions are freed in any order", func(t *testing.T) {
		a := fresh()
		var regions [8]*region
		for i := range regions {
			regions[i] = a.alloc(128)
		}
		regions[3].free()
		regions[5].free()
		if r := a.alloc(256); r != nil {
			t.Fatalf("two gaps apart were given away as one: %+v", r)
		}
		regions[4].free()
		if r := a.alloc(384); r == nil || r.offset != start+3*128 {
			t.Fatalf("three gaps side by side: %+v", r)
		}
	})
	t.Run("a region that is held stops nobody", func(t *testing.T) {
		a := fresh()
		a.alloc(256).free()
		held := a.alloc(64)
		for range 1000 {
			r := a.alloc(512)
			if r == nil || r.offset < held.offset+held.size && r.offset+r.size > held.offset {
				t.Fatalf("beside a region at %d: %+v", held.offset, r)
			}
			r.free()
		}
	})
	t.Run("regions are aligned and never overlap", func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 2))
		a := fresh()
		var owner [size / arenaAlign]bool
		var live []*region
		set := func(r *region, value bool) {
			for at := (r.offset - start) / arenaAlign; at < (r.offset-start+r.size)/arenaAlign; at++ {
				if owner[at] == value {
					t.Fatalf("region %+v overlaps another", r)
				}
				owner[at] = value
			}
		}
		for range 100000 {
			if want := random.Uint32N(300); random.IntN(2) == 0 {
				if r := a.alloc(want); r != nil {
					if r.offset%cacheLine != 0 || r.size < want {
						t.Fatalf("%d bytes came as %+v", want, r)
					}
					set(r, true)
					live = append(live, r)
				}
			} else if len(live) > 0 {
				i := random.IntN(len(live))
				set(live[i], false)
				live[i].free()
				live[i] = live[len(live)-1]
				live = live[:len(live)-1]
			}
		}
	})
}
