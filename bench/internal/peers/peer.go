// Package peers holds what ringcall is measured beside, and ringcall itself: one file each. All verify every answer within the timed part.
// README.md tells how each is built and what is unfair about it.
package peers

import (
	"fmt"

	"github.com/ringcall/ringcall/bench/internal/turns"
)

// A Peer is a way to get work done, with the rows that measure it.
type Peer interface {
	Name() string
	// Rows may be called before Open; the rows run only between Open and Close.
	Rows() []turns.Row
	Open(Place) error
	// Processes are the helper processes, for Settle and for the CPU account.
	Processes() []int
	Close() error
}

// An Absentee is a Peer that needs what may not be there.
type Absentee interface {
	// Absent tells, before Open, why the peer cannot be measured and how to supply what is missing; "" if it can be.
	Absent(Place) string
}

// A Fact is something that is found once rather than in windows: memory, or CPU time of an idle process.
type Fact struct {
	Name   string       `json:"name"`
	What   string       `json:"what"`
	Unit   string       `json:"unit"`
	Value  float64      `json:"value"`
	Params turns.Params `json:"params,omitempty"`
}

// A FactFinder is a Peer that has facts to tell as well.
type FactFinder interface {
	// Facts may take some seconds, in which nothing else runs. It is called between Open and Close.
	Facts() ([]Fact, error)
}

// A Place says where things run.
type Place struct {
	Servers string // directory with the C++ programs
	Scratch string // directory for sockets
	Near    int    // the core of the Go program and of the floor's near thread; -1 leaves it to the kernel
	Far     int    // the core of whatever answers; -1 leaves it to the kernel
}

// far is the core of a peer's server. Waking a process on another core may mean waking the core, which dwarfs all else in a virtual
// machine; so the peers that sleep are measured on one core as well.
func (p Place) far(oneCore bool) int {
	if oneCore {
		return p.Near
	}
	return p.Far
}

func placedWhat(what string, oneCore bool) string {
	if oneCore {
		return what + "; both on one core"
	}
	return what
}

func placed(name string, oneCore bool) string {
	if oneCore {
		return name + "-onecore"
	}
	return name
}

// All returns the peers in the order of the report.
func All() []Peer {
	all, others := selfMeasured()
	all = append(all, &cgo{}, &goLoop{}, &channelServer{}, &streamPeer{kind: "unix"}, &streamPeer{kind: "unix", oneCore: true}, &streamPeer{kind: "tcp"}, &streamPeer{kind: "pipe"},
		&ring{}, &inFlight{}, &payload{}, &goroutines{}, &handlers{}, &parked{}, &parked{oneCore: true}, &waits{}, &sampled{}, &disturbed{})
	for _, count := range clientCounts {
		all = append(all, &clients{count: count})
	}
	all = append(all, &dying{}, &life{})
	all = append(all, others...)
	return append(all, fetched()...)
}

func wrong(what string, got, want any) error {
	return fmt.Errorf("wrong answer: %s is %v, want %v", what, got, want)
}
