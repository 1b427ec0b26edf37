package peers

// #cgo CXXFLAGS: -O3 -std=c++20
// #cgo lying CXXFLAGS: -DRINGCALL_BENCH_LIES
// #include "add.h"
import "C"

import (
	"bytes"
	"fmt"
	"time"
	"unsafe"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

// cgo calls a C++ function in this process.
type cgo struct{}

func (*cgo) Name() string     { return "cgo" }
func (*cgo) Open(Place) error { return nil }
func (*cgo) Processes() []int { return nil }
func (*cgo) Close() error     { return nil }

func (*cgo) Rows() []turns.Row {
	one := turns.Params{turns.InFlight: 1}
	rows := []turns.Row{
		{Name: "cgo/call", What: "a plain cgo call of a C++ function that adds two ints", Unit: "call", Group: groupCore, Workload: "add", Series: "cgo", Params: one, Run: cgoCalls},
		{Name: "cgo/pointers", What: "the same with request and answer behind pointers", Unit: "call", Group: groupCore, Params: one, Run: cgoPointers},
		{Name: "cgo/noescape", What: "the same, declared noescape and nocallback where Go knows that: " + noescapeState, Unit: "call", Group: groupCore, Params: one, Run: cgoNoescape},
	}
	for _, size := range batchSizes {
		rows = append(rows, turns.Row{Name: fmt.Sprintf("cgo/slice=%d", size), What: fmt.Sprintf("Go fills %d records, one cgo call adds each, Go sums the answers", size),
			Unit: "record", Step: size, Group: groupInFlight, Workload: "add", Series: "cgo over a slice", Params: turns.Params{turns.InFlight: float64(size)},
			Run: func(count int) (time.Duration, error) { return cgoSlices(size, count/size) }})
	}
	for _, size := range payloads {
		rows = append(rows, turns.Row{Name: fmt.Sprintf("cgo/echo=%d", size), What: fmt.Sprintf("one cgo call that memcpy's %d bytes from one Go slice to another", size),
			Unit: "echo", Group: groupPayload, Workload: "echo", Series: "cgo", Params: turns.Params{turns.InFlight: 1, turns.Payload: float64(size)},
			Run: func(count int) (time.Duration, error) { return cgoEchoes(size, count) }})
	}
	for _, work := range workTimes {
		rows = append(rows, turns.Row{Name: "cgo/handler=" + workName(work), What: fmt.Sprintf("a cgo call of a function that works for %v", work),
			Unit: "call", Group: groupHandlers, Workload: "handler", Series: "cgo", Params: turns.Params{turns.InFlight: 1, turns.HandlerNs: float64(work)},
			Run: func(count int) (time.Duration, error) { return cgoWorking(work, count) }})
	}
	return rows
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

func cgoPointers(count int) (time.Duration, error) {
	begin := time.Now()
	for i := range int64(count) {
		request := C.struct_ringcall_bench_pair{a: C.int64_t(i), b: 7}
		var sum C.int64_t
		C.ringcall_bench_add_at(&request, &sum)
		if int64(sum) != i+7 {
			return 0, wrong("sum", sum, i+7)
		}
	}
	return time.Since(begin), nil
}

// cgoSlices is the dense batch with cgo in the place of ringcall.
func cgoSlices(size, count int) (time.Duration, error) {
	requests, answers := make([]wideRequest, size), make([]int64, size)
	begin := time.Now()
	for k := range count {
		want := fill(requests, int64(k))
		C.ringcall_bench_add_many((*C.struct_ringcall_bench_pair)(unsafe.Pointer(&requests[0])), (*C.int64_t)(&answers[0]), C.size_t(size))
		if sum := total(answers); sum != want {
			return 0, wrong("total", sum, want)
		}
	}
	return time.Since(begin), nil
}

func cgoEchoes(size, count int) (time.Duration, error) {
	message, request, answer := newMessage(size), make([]byte, size), make([]byte, size)
	begin := time.Now()
	for i := range count {
		copy(request, message.next(i))
		C.ringcall_bench_echo(unsafe.Pointer(&request[0]), unsafe.Pointer(&answer[0]), C.size_t(size))
		if !bytes.Equal(answer, message) {
			return 0, wrong("echo", i, "what was sent")
		}
	}
	return time.Since(begin), nil
}

func cgoWorking(work time.Duration, count int) (time.Duration, error) {
	begin := time.Now()
	for i := range count {
		if sum := int64(C.ringcall_bench_add_working(C.int32_t(i), 7, C.int64_t(work))); sum != int64(i)+7 {
			return 0, wrong("sum", sum, i+7)
		}
	}
	return time.Since(begin), nil
}
