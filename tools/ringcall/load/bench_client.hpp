#pragma once
// One client of a bench: its loop, and what it measured.

#include "client.hpp"
#include "random_value.hpp"
#include "targets.hpp"

#include "observe/histogram.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

namespace ringcall::load {

// Of one method. Latency, in nanoseconds: closed loop, from just before the request was written to the reaping of its answer; open loop, from when the call was
// due, so that the time that it waited for being sent counts, too. Calls that were due and had no answer count with the time that they had waited by the end.
struct method_result {
  observe::histogram latency;
  std::uint64_t calls = 0;   // answered
  std::uint64_t records = 0; // answered inside batches
  std::array<std::uint64_t, 8> statuses{};
  std::uint64_t malformed = 0; // answers
  std::uint64_t unsent = 0;    // open loop: due, never posted
  std::uint64_t unanswered = 0;
  std::string fault;   // the first malformed answer's
  std::string failure; // the first answer's whose status is not ok

  void add(const method_result& other);
  std::uint64_t failed() const noexcept { return calls - statuses[0]; }
};

struct bench_plan {
  std::uint64_t begin_ns; // CLOCK_MONOTONIC
  std::uint64_t end_ns;
  double interval_ns;     // open loop: between a client's calls; 0: closed loop
  double phase_ns;        // of the client's first call
  std::uint32_t inflight;
  std::uint32_t run;
  std::uint64_t deadline_ns; // 0: none
};

// What others may look at meanwhile.
struct bench_progress {
  std::atomic<std::uint64_t> calls{0};
  std::atomic<std::uint64_t> failed{0};
};

class bench_client {
 public:
  bench_client(client& c, const std::vector<target>& targets, const bench_plan& plan, std::uint64_t seed, bench_progress& progress);

  // Until the plan's end, an interrupt or stop, and then until all is answered or 5 s have passed. Throws server_gone, broken_rule; what was measured until then stays.
  void run(const std::atomic<bool>& stop);

  const std::vector<method_result>& results() const noexcept { return results_; } // of each target
  std::uint64_t ended_ns() const noexcept { return ended_ns_; } // when it posted no more

 private:
  bool ends(std::uint64_t now, const std::atomic<bool>& stop) const noexcept;
  void post_closed(std::uint64_t now);
  void post_due(std::uint64_t now);
  bool put(std::uint64_t since_ns);
  void reap();
  void take(const answer& a, std::uint64_t now);
  void drain();
  void count_unsent();
  double due_ns(std::uint64_t number) const noexcept;

  client& client_;
  const std::vector<target>& targets_;
  bench_plan plan_;
  random_bits random_;
  bench_progress& progress_;
  std::vector<method_result> results_;
  std::vector<std::size_t> next_request_;
  std::vector<std::uint64_t> outstanding_; // of each target
  std::uint64_t next_ = 0;                 // open loop: number of the next call
  std::size_t chosen_ = 0;                 // target of the next call
  bool full_ = false;                      // the last put found no room
  std::uint64_t ended_ns_ = 0;
};

}  // namespace ringcall::load
