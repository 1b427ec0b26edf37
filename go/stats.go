package ringcall

import "unsafe"

// Stats are the counters of both sides since the attach, with restart those of all servers together. They only grow.
type Stats struct {
	Client ClientStats
	Server ServerStats
}

// ClientStats are counted by the client.
type ClientStats struct {
	Calls          uint64 // requests posted; a batch counts once
	Runs           uint64 // runs published
	BatchRecords   uint64 // records inside batches
	Answers        uint64 // answers reaped
	AnswerRuns     uint64 // runs they came in
	BellsRung      uint64 // runs for which the server had to be woken
	BellsSaved     uint64 // runs published to an awake server
	Spins          uint64 // waits that ended while polling
	Sleeps         uint64 // times the client asked to be woken
	RecoveredWakes uint64 // answers found only because sleep is bounded: always 0
	Cancelled      uint64 // calls left by their caller before the answer
	LateAnswers    uint64 // answers discarded for that reason
	RingWaits      uint64 // posts that found the ring full
	ArenaWaits     uint64 // reservations that found the request arena full
	ArenaCalls     uint64 // requests that travelled in the arena
	Restarts       uint64 // servers that came after the first, of a client with restart
}

// ServerStats are counted by the server, and as trustworthy as it.
type ServerStats struct {
	Calls          uint64 // requests taken; a batch counts once
	Runs           uint64 // runs taken
	BatchRecords   uint64 // records inside batches
	Answers        uint64 // answers published
	AnswerRuns     uint64 // runs they went in
	BellsRung      uint64 // runs for which the client had to be woken
	BellsSaved     uint64 // runs published to an awake client
	Sleeps         uint64 // times the server asked this channel to wake it
	RecoveredWakes uint64 // requests found only because sleep is bounded: always 0
	Expired        uint64 // requests whose deadline had passed, answered without running
	Failed         uint64 // handlers that failed
	Unknown        uint64 // requests for a method that is not there
	WorkerCalls    uint64 // calls that ran on a worker thread
	WaitedAnswers  uint64 // answers that waited in server memory for arena room
	NoRoom         uint64 // answers given up for want of it
}

// add adds other to s: both are nothing but counters.
func (s *Stats) add(other *Stats) {
	const count = unsafe.Sizeof(Stats{}) / unsafe.Sizeof(uint64(0))
	to, from := (*[count]uint64)(unsafe.Pointer(s)), (*[count]uint64)(unsafe.Pointer(other))
	for i, n := range from {
		to[i] += n
	}
}

func (c *channel) stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unmapped {
		return c.lastStats
	}
	return c.readStats()
}

// readStats copies both pages. mu is held, and the segment mapped. Counters are single words, each written by the one who owns that step, without
// synchronisation with this reader, who needs none.
//
//go:norace
func (c *channel) readStats() Stats {
	k, s := c.counters, c.segment.serverCounts
	return Stats{
		Client: ClientStats{
			Calls: k.calls, Runs: k.runs, BatchRecords: k.batchRecords, Answers: k.answers, AnswerRuns: k.answerRuns,
			BellsRung: k.bellsRung, BellsSaved: k.bellsSaved, Spins: k.spins, Sleeps: k.sleeps, RecoveredWakes: k.recoveredWakes,
			Cancelled: k.cancelled, LateAnswers: k.lateAnswers, RingWaits: k.ringWaits, ArenaWaits: k.arenaWaits, ArenaCalls: k.arenaCalls,
		},
		Server: ServerStats{
			Calls: s.calls, Runs: s.runs, BatchRecords: s.batchRecords, Answers: s.answers, AnswerRuns: s.answerRuns,
			BellsRung: s.bellsRung, BellsSaved: s.bellsSaved, Sleeps: s.sleeps, RecoveredWakes: s.recoveredWakes, Expired: s.expired,
			Failed: s.failed, Unknown: s.unknown, WorkerCalls: s.workerCalls, WaitedAnswers: s.waitedAnswers, NoRoom: s.noRoom,
		},
	}
}
