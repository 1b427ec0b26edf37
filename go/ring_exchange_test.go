package ringcall

import (
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"
)

func copiedOnce(t *testing.T) {
	f := newRing(t, 8, 32, 0)
	f.post(1, 3)
	if f.consumer.taken.look() != 1 {
		t.Fatal("the run is not there")
	}
	var stop atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for i := uint64(0); !stop.Load(); i++ {
			atomic.StoreUint64(wordAt(f.ring.at(0), 8), i<<16)
			atomic.StoreUint64(wordAt(f.ring.at(0), slotRecord), i)
		}
	}()
	for range 10000 {
		var r record
		if v := f.consumer.taken.copy(0, &r); v != violationNone {
			t.Fatal(v)
		}
		id, value := r.id, r.words[0]
		runtime.Gosched()
		if r.id != id || r.words[0] != value {
			t.Fatal("a copied record changed")
		}
	}
	stop.Store(true)
	<-ended
}

// exchange runs both roles in a goroutine each, with random runs and completion orders, and checks that each call is answered once with what it sent.
func exchange(t *testing.T, f *ringFixture, seed uint64) {
	const calls = 20000
	count := f.ring.count()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		answerRandomly(f, rand.New(rand.NewPCG(seed, 1)), calls)
	}()
	random := rand.New(rand.NewPCG(seed, 2))
	free := make([]uint16, count)
	for i := range free {
		free[i] = uint16(i)
	}
	sent := make([]uint64, count)
	pending := make([]bool, count)
	var posted, reaped int
	for reaped < calls {
		if room := min(f.producer.room(), runMax, uint32(calls-posted)); room > 0 && random.IntN(2) == 0 {
			for range 1 + random.Uint32N(room) {
				id := free[len(free)-1]
				free = free[:len(free)-1]
				sent[id], pending[id] = random.Uint64()>>1, true
				f.put(1, id, sent[id])
				posted++
			}
			f.producer.posted.publish()
		}
		n := f.producer.reaped.look()
		if n > f.producer.outstanding() {
			t.Errorf("%d answers where %d may be outstanding", n, f.producer.outstanding())
			break
		}
		for i := range n {
			var r record
			if v := f.producer.reaped.copy(i, &r); v != violationNone || !pending[r.id] || r.words[0] != 2*sent[r.id] {
				t.Errorf("answer %d: %v, %+v", reaped, v, r)
			}
			pending[r.id] = false
			free = append(free, r.id)
			reaped++
		}
		f.producer.reaped.advance(n)
		if n == 0 {
			runtime.Gosched()
		}
	}
	<-ended
}

func answerRandomly(f *ringFixture, random *rand.Rand, calls int) {
	var held []record
	for answered := 0; answered < calls; {
		if n := f.consumer.taken.look(); n != 0 {
			if n > f.consumer.limit() {
				f.t.Errorf("a run of %d where %d may come", n, f.consumer.limit())
				return
			}
			for i := range n {
				var r record
				if v := f.consumer.taken.copy(i, &r); v != violationNone {
					f.t.Errorf("a request: %v", v)
					return
				}
				held = append(held, r)
			}
			f.consumer.taken.advance(n)
		}
		if len(held) == 0 || random.IntN(2) == 0 {
			runtime.Gosched()
			continue
		}
		random.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
		for range 1 + random.IntN(len(held)) {
			r := held[len(held)-1]
			held = held[:len(held)-1]
			f.putAnswer(r.id, 2*r.words[0])
			answered++
		}
		f.consumer.answered.publish()
	}
}
