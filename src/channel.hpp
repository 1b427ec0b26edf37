#pragma once
// One client's connection as its loop sees it: takes runs, has them handled, publishes the answers.

#include "answer_arena.hpp"
#include "black_box.hpp"
#include "capture.hpp"
#include "counter.hpp"
#include "cpu.hpp"
#include "method_table.hpp"
#include "ringcall/caller.hpp"
#include "ringcall/ring.hpp"
#include "sampler.hpp"
#include "segment.hpp"
#include "spin_budget.hpp"
#include "stats_file.hpp"
#include "unique_fd.hpp"
#include "worker_pool.hpp"

#include <deque>
#include <vector>

namespace ringcall {

// What a channel shares with the others of its loop.
struct loop_tools {
  const method_table& methods;
  worker_port& workers;
  loop_block stats;
  std::uint64_t publish_after; // cycles: answers wait no longer for the rest of their run
  std::uint64_t slow_after;    // cycles: a handler that takes longer is slow, nothing waits for it
  std::vector<std::uint8_t> slow; // by method id
  cpu::monotonic_clock clock{};
  capture_ring* capture = nullptr; // not null: calls are written there, and none is served in place
  std::uint64_t now = 0; // when the loop last read its clock, by that of stamps
  std::vector<std::byte> scratch{}; // one answer arena's worth once it was needed: of nobody between two records
};

// Belongs to one loop's thread.
class channel {
 public:
  // Takes memory and connection only if it does not throw.
  channel(segment&& memory, unique_fd&& connection, const client_info& client, loop_tools& tools, spin_budget budget);
  ~channel();

  // Serves the next run, and answers that wait for room. False: there was nothing to do, or the channel is broken. What it throws the caller
  // must follow by fail(): the run's handlers may have run.
  bool serve();
  // Sends answers that waited for arena room. False: none could go.
  bool serve_waiting() { return !waiting_.empty() && !broken() && send_waiting(); }
  // Takes a finished worker call, also if it throws, and its answer; publish comes with the next flush.
  void complete(worker_call& call);
  // Publishes what was answered.
  void flush() noexcept;
  // Asks for a ring at the next request. False: something came meanwhile, serve first.
  bool arm() noexcept;
  // Drains the bell. False: the client has gone.
  bool answer_bell() noexcept;
  // The client's bell has woken it: for what it takes next.
  void note_rung() noexcept { rung_ = true; }
  // Counts the sampled calls whose answers the client has seen by now.
  void sweep() noexcept { sampler_.sweep(tools_.stats, tools_.clock); }
  // Adds to its loop's counters what came since the last time.
  void count() noexcept;
  // After a bounded sleep without a ring: notes whether there was something to be rung for. The next settle_suspicion counts a lost wake-up
  // if the ring has not come by then either (it may have been on its way).
  void suspect_lost_wake() noexcept { suspect_ = ring_.taken.look() != 0; }
  void settle_suspicion() noexcept;
  std::uint64_t taken() const noexcept { return ring_.taken.position(); }
  std::uint32_t slots_count() const noexcept { return ring_.ring.count(); }
  // Has its state in the entry, from now on until its end.
  void show_in(stats_file::entry&& entry, std::uint32_t loop, std::uint64_t now_ns) noexcept;
  void report(std::uint64_t now_ns) noexcept; // its state as it is now
  void tell(std::uint64_t now_ns) noexcept { sweep(), count(), report(now_ns); } // all that it has to tell
  void show_polled() noexcept {
    if (entry_.get() != nullptr) set(entry_.get()->polled, 1);
  }
  // What its client reads: to sample one call in so many, to poll so many microseconds.
  void set_policy(std::uint32_t sample_every, std::uint32_t client_spin_us) noexcept {
    set(control_.sample_every, sample_every);
    set(control_.client_spin, client_spin_us);
  }
  // The mapping, which must outlive the channel; of the channel only its end may follow.
  segment take_memory() noexcept { return std::move(memory_); }
  // Nothing more is taken: tells the client so, for good.
  void close() noexcept;

  // Thread-safe: nobody is there any more to be answered.
  bool gone() const noexcept { return gone_.load(std::memory_order_relaxed); } // relaxed: a hint to workers, who may come too late anyway
  bool poisoned() const noexcept { return violation_ != RINGCALL_VIOLATION_NONE; }
  bool broken() const noexcept { return failed_ || poisoned(); } // is to be closed
  void fail() noexcept { failed_ = true; }                      // this side cannot go on with it
  const char* violation() const noexcept;
  bool idle() const noexcept { return worker_calls_ == 0 && waiting_.empty(); }
  std::uint32_t worker_calls() const noexcept { return worker_calls_; }
  worker_line& line() noexcept { return line_; }
  // What it holds of answers in server memory, counted one by one: for tests of the bounds.
  struct held {
    std::size_t waiting = 0, waiting_bytes = 0, kept = 0, kept_bytes = 0;
  };
  held holds() const noexcept;
  int descriptor() const noexcept { return connection_.get(); }
  std::uint64_t id() const noexcept { return client_.id; }
  const client_info& client() const noexcept { return client_; }

  // The loop's own notes on the channel.
  struct {
    spin_budget budget;
    std::uint64_t idle_since = 0; // cycles
    std::uint64_t until = 0;      // position: what lies below it is still served in a drain
    bool fresh = true;            // served since the clock was last read
    bool active = false;
    bool woken = true; // nothing served since it was woken: says nothing about the budget
  } poll;

 private:
  class slot_answer;
  struct waiting_answer {
    std::uint16_t code, id;
    std::uint32_t detail;
    std::vector<std::byte> bytes;
  };

  // An answer that was made but did not fit behind the others of its frames.
  struct kept_answer {
    std::uint32_t ticket;
    outcome how;
    std::vector<std::byte> bytes;
  };

  bool runs_in_place(const method& m, const record& r) noexcept;
  std::uint32_t run_in_place(const method& m, std::uint16_t code, std::uint32_t first, std::uint32_t count);
  std::uint32_t run_one(const registered_method* m, record& r, std::uint32_t i);
  void run_now(const work& w, const record& r);
  void run_on_worker(const work& w, const record& r);
  bool resolve(const record& r, const method& m, work& w);
  bool resolve_frames(const record& r, const method& m, work& w);
  void serve_frames(const work& w, const record& r);
  ringcall_frames_done run_frames(const work& w, const record& r, class frames_writer& out);
  std::uint32_t keep(outcome o, std::vector<std::byte> bytes);
  void send_kept(const record& r, std::uint32_t ticket);
  bool refers(std::uint64_t bytes) noexcept;
  bool expired(std::uint32_t deadline) noexcept;
  void refuse(const record& r, ringcall_status status, std::string_view text);
  void put(std::uint16_t id, outcome o, sendable_answer& a);
  void put_region(std::uint16_t code, std::uint16_t id, std::uint32_t detail, const ringcall_arena_ref& region) noexcept;
  void put_memory(std::uint16_t code, std::uint16_t id, std::uint32_t detail, std::vector<std::byte> bytes);
  bool move_to_arena(std::uint16_t code, std::uint16_t id, std::uint32_t detail, std::span<const std::byte> bytes);
  // Bytes of server memory for answers that wait, and as many for those that are kept, which are no more than the ring has slots: 1 MiB by default.
  std::size_t waiting_most() const noexcept { return 16 * std::size_t{memory_.answer_arena().size}; }
  static std::size_t trim(std::vector<std::byte>& bytes) noexcept;
  bool may_wait(std::size_t size) const noexcept { return waiting_bytes_ + size <= waiting_most(); }
  bool put_waiting();
  bool send_waiting();
  void watch_time(std::uint16_t method) noexcept;
  std::uint64_t capture_begins() noexcept { return tools_.capture != nullptr ? tools_.clock.ns() : 0; } // 0: not captured
  void capture(const work& w, std::uint16_t method, outcome o, const sendable_answer& a, std::uint64_t taken, std::uint64_t answered) noexcept;
  void capture_refused(const record& r, outcome o, const sendable_answer& a) noexcept;
  void begin_sample(const registered_method* m, const record& r, std::uint32_t i) noexcept;
  void end_sample(std::uint16_t id, std::uint32_t status) noexcept;
  void note_failure(std::uint32_t code) noexcept;
  void note_status(ringcall_status status) noexcept;
  void write_entry(std::uint64_t now_ns) noexcept;
  void poison(ringcall_violation violation) noexcept;

  client_info client_;
  loop_tools& tools_;
  ringcall_ring_control& control_;
  ringcall_server_counters& counters_;
  black_box box_;
  stats_file::entry entry_;
  ringcall_method_stats* serving_ = nullptr; // the method's of the record that is being answered
  struct {
    std::uint32_t failed = 0, on_worker = 0, last_status = 0;
  } run_; // of the records of the run that is being served
  sampler sampler_;
  std::uint64_t taken_at_ = 0; // stamp of the sampled call that is being served; 0: it is none
  bool rung_ = false;
  std::uint64_t calls_ = 0; // taken
  struct {
    std::uint64_t calls = 0, runs = 0;
  } counted_; // in the loop's counters
  struct {
    std::uint64_t rung = 0, saved = 0;
  } bells_; // not counted there yet
  consumer ring_;
  answer_arena arena_;
  std::deque<waiting_answer> waiting_; // answers that found no arena room, in completion order
  std::deque<kept_answer> kept_;
  std::size_t waiting_bytes_ = 0;
  std::size_t kept_bytes_ = 0;
  std::uint32_t tickets_ = 0;
  std::vector<std::unique_ptr<worker_call>> spare_calls_;
  std::uint32_t worker_calls_ = 0;
  worker_line line_;
  std::uint64_t referred_ = 0;             // bytes of the request arena that the run's records have named
  std::uint32_t now_ticks_ = 0;            // 0: not read in this run yet
  std::uint64_t published_at_ = 0;         // cycles
  std::uint64_t checked_at_ = 0;
  std::uint32_t check_every_ = 8;
  std::uint32_t until_check_ = 8;
  std::uint32_t wary_ = 0;
  bool timed_ = false; // a run of more than one record is being served
  bool suspect_ = false;
  bool failed_ = false;
  std::atomic<bool> gone_{false};
  ringcall_violation violation_ = RINGCALL_VIOLATION_NONE;
  segment memory_; // these behind all whose construction may fail
  unique_fd connection_;
};

}  // namespace ringcall
