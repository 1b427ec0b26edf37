#pragma once
// What a server has done and where its calls' time went, as a value: server::stats().

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ringcall {

// Where a sampled call's time went; total is the sum of the others. stats.h says where each begins and ends.
enum class stage : std::uint8_t { total, queue, server_wake, handler, response, client_wake };
inline constexpr std::size_t stage_count = 6;

// Of the calls that were sampled. Percentiles are at most 1/32 above the truth, the rest is exact.
struct stage_stats {
  std::uint64_t count = 0;
  std::chrono::nanoseconds mean{}, p50{}, p90{}, p99{}, p999{}, max{};
};

struct method_stats {
  std::uint16_t id = 0; // of the last entry none: it has the requests for methods that there are not
  std::string name;     // "service.method" where the interface's description tells, else "method N"
  std::uint64_t calls = 0;         // a batch, or frames, count once
  std::uint64_t batch_records = 0; // records inside batches and frames
  std::uint64_t worker_calls = 0;
  std::uint64_t failed = 0; // answered with any other status than ok
  std::uint64_t expired = 0; // of those
  std::uint64_t sampled = 0;
  std::array<stage_stats, stage_count> stages;

  const stage_stats& operator[](stage s) const noexcept { return stages[static_cast<std::size_t>(s)]; }
};

struct loop_stats {
  std::uint64_t calls = 0, runs = 0, turns = 0, sleeps = 0;
  std::uint64_t bells_rung = 0, bells_saved = 0;
  std::uint64_t attached = 0, left = 0, poisoned = 0; // channels so far
  std::chrono::nanoseconds longest_turn{}; // in which it looked at no other channel
  bool asleep = false;
};

struct channel_stats {
  std::uint64_t id = 0;
  std::int32_t pid = 0; // of the client when it attached
  std::uint32_t loop = 0;
  std::uint64_t calls = 0, runs = 0, answers = 0;
  std::uint64_t waiting = 0; // answers that wait for arena room
  bool polled = false; // its loop polls it; else it sleeps on its bell
};

struct server_stats {
  std::uint64_t epoch = 0; // 0: the server has not run yet, and all else is empty
  bool draining = false;   // it ends, or has ended
  std::uint64_t sample_every = 0; // one call in so many is sampled; 0: none
  std::uint64_t observers = 0;
  std::uint64_t refused = 0; // attaches
  std::vector<method_stats> methods; // those registered, and one for all others
  std::vector<loop_stats> loops;
  std::vector<channel_stats> channels; // those that are attached
};

}  // namespace ringcall
