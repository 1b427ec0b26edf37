package peers

// #include "add.h"
import "C"

import (
	"time"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

// cgo calls a C++ function in this process.
type cgo struct{}

func (*cgo) Name() string     { return "cgo" }
func (*cgo) Open(Place) error { return nil }
func (*cgo) Processes() []int { return nil }
func (*cgo) Close() error     { return nil }

func (*cgo) Rows() []turns.Row {
	return []turns.Row{{Name: "cgo/call", What: "a plain cgo call of a C++ function that adds two ints", Unit: "call", Run: cgoCalls}}
}

func cgoCalls(count int) (time.Duration, error) {
	begin := time.Now()
	for i := range count {
		if sum := int64(C.ringcall_bench_add(C.int32_t(i), 7)); sum != int64(i)+7 {
			return 0, wrong("sum", sum, i+7)
		}
	}
	return time.Since(begin), nil
}
