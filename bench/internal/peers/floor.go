package peers

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

// floor asks ringcall-bench-floor for windows; the timing is that program's own.
type floor struct{ process *process }

func (*floor) Name() string       { return "floor" }
func (f *floor) Processes() []int { return f.process.ids() }
func (f *floor) Close() error     { return f.process.stop() }

func (f *floor) Open(place Place) (err error) {
	f.process, err = start(place, "ringcall-bench-floor", core(place.Near), core(place.Far))
	return err
}

func (f *floor) Rows() []turns.Row {
	return []turns.Row{{Name: "floor/round", What: "two C++ threads bounce one cache line", Unit: "round trip", Run: f.rounds}}
}

func (f *floor) rounds(count int) (time.Duration, error) {
	var message [8]byte
	binary.NativeEndian.PutUint64(message[:], uint64(count))
	if _, err := f.process.in.Write(message[:]); err != nil {
		return 0, fmt.Errorf("the floor program has gone: %w", err)
	}
	if _, err := io.ReadFull(f.process.out, message[:]); err != nil {
		return 0, fmt.Errorf("the floor program has gone: %w", err)
	}
	return time.Duration(binary.NativeEndian.Uint64(message[:])), nil
}
