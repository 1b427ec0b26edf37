package campaigns

import "time"

// What happened in a round, as the checker sees it. Times are CLOCK_MONOTONIC in ns.

// call is what a worker noted of one call.
type call struct {
	number   uint64
	key      uint64
	method   uint16
	form     form
	patience patience
	size     uint32
	channel  *channel
	begin    uint64
	ends     []ending
	note     string // what was wrong with it, in words
}

type ending struct {
	time    uint64
	outcome outcome
	code    uint32
}

// execution is what a server noted of one run of a handler.
type execution struct {
	key    uint64
	method uint16
	begin  uint64
	end    uint64 // 0: it never came back
	how    uint64 // kindEnd and so on; 0: it never came back
	server int    // pid
	client int    // pid
}

// ran says that the handler was entered.
func (e *execution) ran() bool { return e.how != kindUntouched }

// channel is one attach of a worker.
type channel struct {
	worker   *client
	number   uint64
	inode    uint64
	attached uint64
	closed   uint64 // when its own side closed it; 0: it did not
	server   int    // the co-process's pid; 0: the named server
	ended    bool   // the co-process was reaped,
	status   uint32 // with this wait status
	touched  bool   // another process wrote into it
}

// client is one worker process.
type client struct {
	worker, generation int
	pid                int
	begin              uint64
	killed             bool
	exit               string // how it ended, if it was not killed and that was not well
	directory          string
	channels           []*channel
	calls              []*call
	illegal            []refusal // attaches that failed as they must not
}

type refusal struct {
	time uint64
	text string
}

// incarnation is one life of the named server.
type incarnation struct {
	pid        int
	begin, end uint64
	status     string // how it ended
	well       bool   // with status 0
	told       bool   // it was sent SIGTERM at the round's end
}

// fault is one thing that the driver did to a process.
type fault struct {
	at    time.Duration // since the round's begin, as planned
	kind  faultKind
	who   target
	lasts time.Duration // of stops, slows and corruptions

	// What came of it.
	time    uint64
	pid     int    // of the process
	inode   uint64 // of the segment
	clients []int  // pids of the clients that have it mapped
	count   int    // writes into it
	skipped string // why it was not done
}

// story is all that is known of a round.
type story struct {
	service    *Service
	seed       uint64
	clients    []*client
	servers    []*incarnation // the named server's
	executions []*execution
	faults     []*fault
	begin, end uint64
	left       []int // pids of servers that are still there
	trouble    []string
}
