// When a finding is worth a reader's time. All of the findings' numbers are here; each has a test on both of its sides.
#pragma once

#include <cstdint>

namespace ringcall::profile::thresholds {

constexpr std::uint64_t ms = 1'000'000;

// Samples of one method: below `some` nothing is said of its times, below `for_p99` the mean is spoken of in the p99's place.
constexpr std::uint64_t samples_some = 10;
constexpr std::uint64_t samples_for_p99 = 100;
constexpr std::uint64_t samples_for_tail = 1000;

// Shares of a method's time near its p99.
constexpr double wake_share = 0.4;
constexpr double queue_share = 0.4;
constexpr double response_share = 0.4;
constexpr double handler_share = 0.8;
// Of a queue's time: as long a handler explains it.
constexpr double blocker_share = 0.5;
constexpr double long_run = 8; // calls in a run, on average
// A call that waits though so few are under way waits for a loop that does not run.
constexpr double alone = 1.5;
constexpr double sleepy = 0.1; // sleeps of the loops by their runs: they had time for more
constexpr double load = 1.5;   // by the host's processors

constexpr double tail_ratio = 20;      // p99 by p50
constexpr std::uint64_t turn = 1 * ms; // in which a loop looked at no other channel
constexpr std::uint64_t client_stop = 100 * ms;
constexpr std::uint64_t server_stop = 300 * ms;
constexpr std::uint64_t pause = 500 * ms; // without any call
constexpr double pause_calls = 100;       // that would have come in it

// Shares of calls.
constexpr double failed_share = 0.01;
constexpr double cancelled_share = 0.01;
constexpr double arena_wait_share = 0.001;
constexpr double ring_wait_share = 0.01;
constexpr double unobserved_share = 0.05;
constexpr double missed_share = 0.05;

// Spinning is proposed only if it need not be longer.
constexpr double client_spin_us = 50; // what clients do that were not told
constexpr double spin_least_us = 50;
constexpr double spin_most_us = 1000;

}  // namespace ringcall::profile::thresholds
