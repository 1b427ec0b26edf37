package main

import "github.com/ringcall/ringcall/bench/internal/report"

// targets are the bounds that the figures are to stay within, in the order of the table they are from. The report gives each row also as a multiple of
// the floor, since cgo itself varies from machine to machine.
var targets = []report.Target{
	// One blocking typed call, spinning; the same from Go, p99 against its own p50.
	{Row: "ringcall/typed-call", Peer: "floor/round", AtMost: 1.10},
	{Row: "ringcall/typed-call-p99", Peer: "ringcall/typed-call-p50", AtMost: 2},

	// One run of typed calls, posted and awaited; typed calls kept in flight.
	{Row: "ringcall/records=16", Peer: "cgo/call", AtMost: 0.95},
	{Row: "ringcall/records=64", Peer: "cgo/call", AtMost: 0.45},
	{Row: "ringcall/records=256", Peer: "cgo/call", AtMost: 0.27},
	{Row: "ringcall/records=4x16", Peer: "cgo/call", AtMost: 0.33},
	{Row: "ringcall/records=4x64", Peer: "cgo/call", AtMost: 0.16},

	// Dense batches, per record.
	{Row: "ringcall/dense=256", Peer: "cgo/call", AtMost: 0.15},
	{Row: "ringcall/dense=4x256", Peer: "cgo/call", AtMost: 0.07},
	{Row: "ringcall/dense=4x4096", Peer: "cgo/call", AtMost: 0.045},
	{Row: "ringcall/dense=4x4096", Peer: "go/dense=4096", AtMost: 1.2},
	{Row: "ringcall/dense-own=256", Peer: "cgo/slice=256", AtMost: 0.6},

	// 1.3 times as many calls a second of a handler of 100 ns.
	{Row: "ringcall/handler=100nsx64", Peer: "cgo/handler=100ns", AtMost: 1 / 1.3},

	// Goroutines that make blocking calls.
	{Row: "ringcall/goroutines=64", Peer: "channel/goroutines=64", AtMost: 0.35},
	{Row: "ringcall/goroutines=8", Peer: "channel/goroutines=8", AtMost: 0.5},

	// 64 KiB filled and read in place.
	{Row: "ringcall/echo=65536", Peer: "floor/memcpy=65536", AtMost: 1.2},
	{Row: "ringcall/echo=65536", Peer: "unix/echo=65536", AtMost: 0.1},

	// Both sides asleep.
	{Row: "ringcall/parked", Peer: "unix/echo", AtMost: 1},
	{Row: "ringcall/parked", Peer: "futex/round", AtMost: 1.3},
	{Row: "ringcall/parked-onecore", Peer: "unix/echo-onecore", AtMost: 1},
	{Row: "ringcall/parked-onecore", Peer: "futex/round-onecore", AtMost: 1.3},

	// One call, spinning, against what sleeps or does more.
	{Row: "ringcall/typed-call", Peer: "unix/echo", AtMost: 1.0 / 40},
	{Row: "ringcall/typed-call", Peer: "grpc/call", AtMost: 1.0 / 400},
	{Row: "ringcall/typed-call", Peer: "shmipc/call", AtMost: 1.0 / 25},
	{Row: "ringcall/typed-call", Peer: "iceoryx2/call", AtMost: 1.0 / 8},

	// 256 idle clients attached.
	{Row: "ringcall/clients-idle=256", Peer: "ringcall/clients-idle=0", AtMost: 1.05},

	// Another client dies: no more for others than that any process ends. Longest calls of windows.
	{Row: "ringcall/client-dies", Peer: "ringcall/bystander-dies", AtMost: 1.05},

	// Launch to first answer, and attach to a running server, in ns.
	{Row: "ringcall/start", AtMost: 20e6},
	{Row: "ringcall/attach", AtMost: 1e6},

	// What sampling for profiles costs.
	{Row: "ringcall/typed-call-sampled=64", Peer: "ringcall/typed-call-sampled=0", AtMost: 1.03},
	{Row: "ringcall/inflight-sampled=64", Peer: "ringcall/inflight-sampled=0", AtMost: 1.03},

	// Two more spinning processes, the median of single calls.
	{Row: "ringcall/busy", Peer: "unix/busy", AtMost: 1},
}
