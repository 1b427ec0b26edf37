package main

import "github.com/ringcall/ringcall/bench/internal/report"

// targets are the bounds that the first figures are to stay within.
var targets = []report.Target{
	{Row: "ringcall/call", Peer: "floor/round", AtMost: 1.3},
	{Row: "ringcall/call-deadline", Peer: "floor/round", AtMost: 1.6},
	{Row: "ringcall/typed-call", Peer: "ringcall/call", AtMost: 1.1},
	{Row: "ringcall/records=64", Peer: "cgo/call", AtMost: 0.65},
	{Row: "ringcall/records=4x64", Peer: "cgo/call", AtMost: 0.25},
	{Row: "ringcall/dense=4x1024", Peer: "cgo/call", AtMost: 0.08},
	{Row: "ringcall/parked", Peer: "unix/echo", AtMost: 1.5},
	{Row: "ringcall/parked-onecore", Peer: "unix/echo-onecore", AtMost: 1.5},
}
