#pragma once
// All of a server's statistics at one time, as values; and the difference of two.

#include "observe/histogram.hpp"
#include "observe/stats_view.hpp"

#include "ringcall/stats.h"

#include <array>
#include <cstdint>
#include <map>
#include <vector>

namespace ringcall::observe {

struct method_counts {
  std::uint64_t calls = 0; // a batch counts once
  std::uint64_t batch_records = 0;
  std::array<std::uint64_t, 8> statuses{}; // answers by ringcall_status; that of RINGCALL_OK is not counted
  std::uint64_t worker_calls = 0;
  std::uint64_t sampled = 0;
  std::uint64_t unobserved = 0;
  std::uint64_t other_failures = 0;
  std::map<std::uint32_t, std::uint64_t> failures; // the handler's code -> how often
  std::array<histogram, RINGCALL_STAGES> stages;   // by ringcall_stage

  std::uint64_t not_ok() const noexcept; // answers with another status than ok
};

struct snapshot {
  std::uint64_t at_ns = 0;    // CLOCK_MONOTONIC when it was begun
  std::uint64_t since_ns = 0; // what its counters cover: from the server's start, or from the earlier of two snapshots
  observe::policy policy;
  std::vector<method_counts> methods;            // over all loops, in the view's order
  std::vector<ringcall_loop_stats> loops;
  std::vector<ringcall_channel_stats> channels;  // those that live, each consistent in itself
  std::uint32_t unreadable_channels = 0;         // were being written all the while

  double seconds() const noexcept { return static_cast<double>(at_ns - since_ns) * 1e-9; } // covered; may be 0
  std::uint64_t calls() const noexcept; // over all methods
};

snapshot take(const stats_view& view);

// Counters and histograms become what came since; policy, channels, gauges (asleep, beat, longest_turn) stay the later one's.
// A loop's longest_turn becomes 0 if none as long ended in between.
snapshot delta(const snapshot& now, const snapshot& before);

std::uint64_t monotonic_now_ns() noexcept;

}  // namespace ringcall::observe
