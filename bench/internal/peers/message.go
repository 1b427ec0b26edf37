package peers

import (
	"encoding/binary"
	"os"
	"strings"
	"time"
)

// The groups of rows, each with a filter of its own: "core:".
const (
	groupCore       = "core"       // one small call at a time, and the floor
	groupInFlight   = "inflight"   // the cost against calls in flight
	groupPayload    = "payload"    // echoes of 64 bytes to 1 MiB
	groupGoroutines = "goroutines" // blocking calls of many goroutines
	groupClients    = "clients"    // many clients attached
	groupHandlers   = "handlers"   // handlers that take their time
	groupWaits      = "waits"      // spinning, adaptive, parked; a busy machine, a busy garbage collector
	groupProfile    = "profile"    // what sampling for profiles costs
	groupLife       = "life"       // launch and attach, memory, an idle server
	groupOthers     = "peers"      // queues, RPC and foreign-function interfaces of others
)

// What the workloads of several peers have in common.
var (
	payloads   = []int{64, 256, 4 << 10, 64 << 10, 1 << 20} // as in floor.cpp
	batchSizes = []int{16, 64, 256, 1024, 4096}
	workTimes  = []time.Duration{0, 100 * time.Nanosecond, time.Microsecond, 10 * time.Microsecond, time.Millisecond}
)

// lie is what a test has added to sums, to see that wrong answers are noticed: 0 without a test. The servers know the same variable.
func lie() int64 {
	if os.Getenv("RINGCALL_BENCH_LIES") == "" {
		return 0
	}
	return 1
}

// workName is how a row's name says a handler's time, in letters that are easily typed.
func workName(work time.Duration) string {
	if work == 0 {
		return "0"
	}
	return strings.Replace(work.String(), "µ", "u", 1)
}

// message is what an echo sends: bytes that differ from one another, and from those of the message before in the first 8.
type message []byte

func newMessage(size int) message {
	m := make(message, size)
	for i := range m {
		m[i] = byte(i*131 + 7)
	}
	return m
}

// next is the i-th message, in the same memory.
func (m message) next(i int) message {
	binary.LittleEndian.PutUint64(m, uint64(i))
	return m
}
