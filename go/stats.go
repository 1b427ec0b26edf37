package ringcall

import (
	"fmt"
	"strings"
	"unsafe"
)

// Stats are the counters of both sides since the attach, with restart those of all servers together. They only grow.
type Stats struct {
	Client  ClientStats
	Server  ServerStats
	Methods []MethodStats // those of which there is something to say, by their numbers
}

// ClientStats are counted by the client.
type ClientStats struct {
	Calls          uint64 `json:"calls"`           // requests posted; a batch, or frames that travel together, count once
	Runs           uint64 `json:"runs"`            // runs published
	BatchRecords   uint64 `json:"batch_records"`   // records inside batches and frames, posted; a frame that goes on in another request counts once
	Answers        uint64 `json:"answers"`         // answers reaped
	AnswerRuns     uint64 `json:"answer_runs"`     // runs they came in
	BellsRung      uint64 `json:"bells_rung"`      // runs for which the server had to be woken
	BellsSaved     uint64 `json:"bells_saved"`     // runs published to an awake server
	Spins          uint64 `json:"spins"`           // waits that ended while polling
	Sleeps         uint64 `json:"sleeps"`          // times the client asked to be woken
	RecoveredWakes uint64 `json:"recovered_wakes"` // answers found only because sleep is bounded: always 0
	Cancelled      uint64 `json:"cancelled"`       // calls left by their caller before the answer
	LateAnswers    uint64 `json:"late_answers"`    // answers discarded for that reason
	RingWaits      uint64 `json:"ring_waits"`      // posts that found the ring full
	ArenaWaits     uint64 `json:"arena_waits"`     // reservations that found the request arena full
	ArenaCalls     uint64 `json:"arena_calls"`     // requests that travelled in the arena
	Restarts       uint64 `json:"restarts"`        // servers that came after the first, of a client with restart
}

// ServerStats are counted by the server, and as trustworthy as it.
type ServerStats struct {
	Calls          uint64 `json:"calls"`           // requests taken; a batch, or frames that travel together, count once
	Runs           uint64 `json:"runs"`            // runs taken
	BatchRecords   uint64 `json:"batch_records"`   // records inside batches taken, and frames that were run
	Answers        uint64 `json:"answers"`         // answers published
	AnswerRuns     uint64 `json:"answer_runs"`     // runs they went in
	BellsRung      uint64 `json:"bells_rung"`      // runs for which the client had to be woken
	BellsSaved     uint64 `json:"bells_saved"`     // runs published to an awake client
	Sleeps         uint64 `json:"sleeps"`          // times the server asked this channel to wake it
	RecoveredWakes uint64 `json:"recovered_wakes"` // requests found only because sleep is bounded: always 0
	Expired        uint64 `json:"expired"`         // requests whose deadline had passed, answered without running
	Failed         uint64 `json:"failed"`          // handlers that failed
	Unknown        uint64 `json:"unknown"`         // requests for a method that is not there
	WorkerCalls    uint64 `json:"worker_calls"`    // calls that ran on a worker thread
	WaitedAnswers  uint64 `json:"waited_answers"`  // answers that waited in server memory for arena room
	NoRoom         uint64 `json:"no_room"`         // answers given up for want of it
}

// add adds the counters of other to those of s.
func (s *Stats) add(other *Stats) {
	addCounters((*[clientWords]uint64)(unsafe.Pointer(&s.Client))[:], (*[clientWords]uint64)(unsafe.Pointer(&other.Client))[:])
	addCounters((*[serverWords]uint64)(unsafe.Pointer(&s.Server))[:], (*[serverWords]uint64)(unsafe.Pointer(&other.Server))[:])
}

// Both are nothing but counters.
const (
	clientWords = unsafe.Sizeof(ClientStats{}) / 8
	serverWords = unsafe.Sizeof(ServerStats{}) / 8
)

func addCounters(to, from []uint64) {
	for i, n := range from {
		to[i] += n
	}
}

// String is a line for each side, and what there is to say of each method.
func (s Stats) String() string {
	c, v := &s.Client, &s.Server
	var text strings.Builder
	fmt.Fprintf(&text, "client: %d calls in %d runs, %d records in batches and frames; %d answers in %d runs; bells rung %d, saved %d; polled %d, slept %d; cancelled %d; waits for the ring %d, the arena %d",
		c.Calls, c.Runs, c.BatchRecords, c.Answers, c.AnswerRuns, c.BellsRung, c.BellsSaved, c.Spins, c.Sleeps, c.Cancelled, c.RingWaits, c.ArenaWaits)
	if c.Restarts != 0 {
		fmt.Fprintf(&text, "; servers %d", c.Restarts+1)
	}
	fmt.Fprintf(&text, "\nserver: %d calls in %d runs; %d answers in %d runs; bells rung %d, saved %d; slept %d; expired %d, failed %d, unknown %d; on workers %d",
		v.Calls, v.Runs, v.Answers, v.AnswerRuns, v.BellsRung, v.BellsSaved, v.Sleeps, v.Expired, v.Failed, v.Unknown, v.WorkerCalls)
	for _, m := range s.Methods {
		fmt.Fprintf(&text, "\n%v", m)
	}
	return text.String()
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
