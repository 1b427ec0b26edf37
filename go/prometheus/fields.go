package prometheus

import (
	"strconv"

	ringcall "github.com/ringcall/ringcall/go"
)

type field struct {
	name, help string
	read       func(*ringcall.Stats) uint64
}

// fields are all counters; a test compares them with the types.
var fields = []field{
	{"client_calls_total", "Requests posted; a batch counts once.", func(s *ringcall.Stats) uint64 { return s.Client.Calls }},
	{"client_runs_total", "Runs published.", func(s *ringcall.Stats) uint64 { return s.Client.Runs }},
	{"client_batch_records_total", "Records inside batches and frames.", func(s *ringcall.Stats) uint64 { return s.Client.BatchRecords }},
	{"client_answers_total", "Answers reaped.", func(s *ringcall.Stats) uint64 { return s.Client.Answers }},
	{"client_answer_runs_total", "Runs they came in.", func(s *ringcall.Stats) uint64 { return s.Client.AnswerRuns }},
	{"client_bells_rung_total", "Runs for which the server had to be woken.", func(s *ringcall.Stats) uint64 { return s.Client.BellsRung }},
	{"client_bells_saved_total", "Runs published to an awake server.", func(s *ringcall.Stats) uint64 { return s.Client.BellsSaved }},
	{"client_spins_total", "Waits that ended while polling.", func(s *ringcall.Stats) uint64 { return s.Client.Spins }},
	{"client_sleeps_total", "Times the client asked to be woken.", func(s *ringcall.Stats) uint64 { return s.Client.Sleeps }},
	{"client_recovered_wakes_total", "Answers found only because sleep is bounded: always 0.", func(s *ringcall.Stats) uint64 { return s.Client.RecoveredWakes }},
	{"client_cancelled_total", "Calls left by their caller before the answer.", func(s *ringcall.Stats) uint64 { return s.Client.Cancelled }},
	{"client_late_answers_total", "Answers discarded for that reason.", func(s *ringcall.Stats) uint64 { return s.Client.LateAnswers }},
	{"client_ring_waits_total", "Posts that found the ring full.", func(s *ringcall.Stats) uint64 { return s.Client.RingWaits }},
	{"client_arena_waits_total", "Reservations that found the request arena full.", func(s *ringcall.Stats) uint64 { return s.Client.ArenaWaits }},
	{"client_arena_calls_total", "Requests that travelled in the arena.", func(s *ringcall.Stats) uint64 { return s.Client.ArenaCalls }},
	{"client_restarts_total", "Servers that came after the first, of a client with restart.", func(s *ringcall.Stats) uint64 { return s.Client.Restarts }},
	{"server_calls_total", "Requests taken; a batch counts once.", func(s *ringcall.Stats) uint64 { return s.Server.Calls }},
	{"server_runs_total", "Runs taken.", func(s *ringcall.Stats) uint64 { return s.Server.Runs }},
	{"server_batch_records_total", "Records inside batches and frames.", func(s *ringcall.Stats) uint64 { return s.Server.BatchRecords }},
	{"server_answers_total", "Answers published.", func(s *ringcall.Stats) uint64 { return s.Server.Answers }},
	{"server_answer_runs_total", "Runs they went in.", func(s *ringcall.Stats) uint64 { return s.Server.AnswerRuns }},
	{"server_bells_rung_total", "Runs for which the client had to be woken.", func(s *ringcall.Stats) uint64 { return s.Server.BellsRung }},
	{"server_bells_saved_total", "Runs published to an awake client.", func(s *ringcall.Stats) uint64 { return s.Server.BellsSaved }},
	{"server_sleeps_total", "Times the server asked this channel to wake it.", func(s *ringcall.Stats) uint64 { return s.Server.Sleeps }},
	{"server_recovered_wakes_total", "Requests found only because sleep is bounded: always 0.", func(s *ringcall.Stats) uint64 { return s.Server.RecoveredWakes }},
	{"server_expired_total", "Requests whose deadline had passed, answered without running.", func(s *ringcall.Stats) uint64 { return s.Server.Expired }},
	{"server_failed_total", "Handlers that failed.", func(s *ringcall.Stats) uint64 { return s.Server.Failed }},
	{"server_unknown_total", "Requests for a method that is not there.", func(s *ringcall.Stats) uint64 { return s.Server.Unknown }},
	{"server_worker_calls_total", "Calls that ran on a worker thread.", func(s *ringcall.Stats) uint64 { return s.Server.WorkerCalls }},
	{"server_waited_answers_total", "Answers that waited in server memory for arena room.", func(s *ringcall.Stats) uint64 { return s.Server.WaitedAnswers }},
	{"server_no_room_total", "Answers given up for want of it.", func(s *ringcall.Stats) uint64 { return s.Server.NoRoom }},
}

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
