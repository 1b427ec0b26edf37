#pragma once
// What a killed process leaves behind for the checks: a page shared by all processes of a test, in which each handler marks first of all
// that it runs; and the calls that every script makes.

#include "ringcall/server.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

namespace ringcall::kill {

enum method_id : std::uint16_t { twice = 1, echo = 2, twice_worker = 3 };

struct request {
  std::uint32_t call;  // whose mark is set
  std::uint32_t check; // a request that was taken half written does not have it
};
struct reply {
  std::uint64_t value;
};

constexpr request make_request(std::uint32_t call) noexcept { return {call, call * 2654435761u ^ 0x5bd1e995u}; }
constexpr std::uint64_t answer_to(std::uint32_t call) noexcept { return std::uint64_t{call} * 2 + 1; }

inline constexpr std::size_t echo_size = 200;
std::array<std::byte, echo_size> make_echo(std::uint32_t call) noexcept; // a request, then bytes that depend on the call

// The calls of a script by phase; a phase begins when the one before it has been answered. caller/script.go makes the same.
enum phase : int { attach, one, run, arena, batch, worker, two_runs, leave, over };
inline constexpr std::array<const char*, over> phase_names{"attach", "one", "run", "arena", "batch", "worker", "two runs", "close"};
inline constexpr std::uint32_t call_one = 0, call_run = 1, run_size = 4, call_arena = 5, call_batch = 6, batch_size = 4, call_worker = 10, call_pair = 11, call_last = 13, calls = 14;
// Not of the script: those of the bystanders.
inline constexpr std::uint32_t call_bystander = 30, call_newcomer = 31;

struct marks {
  std::array<std::atomic<std::uint32_t>, 32> ran; // executions begun, by call
  std::atomic<std::uint32_t> torn;                // requests that were not as they were written
  std::atomic<int> phase;                         // which the script, if it is the victim, is about to begin

  void clear() noexcept;
};

// A page that forked processes share with this one, for the life of the process.
marks& shared_marks();

void add_methods(server& s, marks& m);

}  // namespace ringcall::kill
