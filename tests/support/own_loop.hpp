#pragma once
// A loop with its statistics and a client or more, without a listening server.

#include "channel_fixture.hpp"
#include "loop.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>
#include <thread>

namespace ringcall::test {

inline std::shared_ptr<spdlog::logger> silent_log() {
  auto log = std::make_shared<spdlog::logger>("silent");
  log->set_level(spdlog::level::off);
  return log;
}

// True as soon as what holds, false after 10 s.
template <class F>
bool comes_true(F what) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!what()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return true;
}

struct own_loop {
  explicit own_loop(std::chrono::nanoseconds spin = std::chrono::microseconds(50)) {
    for (auto& [id, m] : make_methods(gate_, counter)) registered.methods.add(id, std::move(m));
    stats.emplace("test", 1, options{}, registered);
    serving.emplace(registered, 1, spin, silent_log(), *stats, dead, 0);
    pool.emplace(1, std::vector<worker_port*>{&serving->workers()});
    serving->start();
  }
  ~own_loop() {
    serving->drain();
    serving->join();
  }

  std::unique_ptr<client> attach() {
    auto ends = channel_fixture::connections();
    segment made = segment::create({}, 1);
    auto c = std::make_unique<client>(segment::open(unique_fd(checked(fcntl(made.descriptor(), F_DUPFD_CLOEXEC, 3), "dup")), made.size()), std::move(ends.client));
    serving->adopt(std::move(made), std::move(ends.server), {++clients, 77, 3});
    return c;
  }
  ringcall_method_stats& stats_of(std::uint16_t method) { return stats->loop(0).methods[registered.methods.find(method)->index]; }
  ringcall_loop_stats& loop_stats() { return stats->loop(0).stats; }

  gate gate_;
  std::atomic<std::uint64_t> counter{0};
  registry registered;
  std::optional<stats_file> stats;
  dead_segments dead;
  std::optional<loop> serving;
  std::optional<worker_pool> pool;
  std::uint64_t clients = 0;
};

}  // namespace ringcall::test
