#pragma once
// A thread that serves its own channels: polls the active ones, sleeps on the bells of the others.

#include "capture.hpp"
#include "channel.hpp"
#include "dead_segments.hpp"
#include "log_limit.hpp"
#include "registry.hpp"
#include "stats_file.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace spdlog {
class logger;
}

namespace ringcall {

class loop {
 public:
  // number: of its part of the statistics, which must outlive it, as dead must.
  loop(const registry& registered, std::size_t workers, std::chrono::nanoseconds spin, std::shared_ptr<spdlog::logger> log, stats_file& stats, dead_segments& dead, std::uint32_t number);
  ~loop();

  worker_port& workers() noexcept { return workers_; }
  void start();
  // Thread-safe. After drain a channel is closed at once. Takes memory and connection only if it does not throw.
  void adopt(segment&& memory, unique_fd&& connection, const client_info& client);
  // Thread-safe: answer what has been posted, close all channels, end the thread.
  void drain() noexcept;
  // Thread-safe: from its next turn on the loop writes its calls into its ring of the capture; null: no more.
  void set_capture(std::shared_ptr<capture_file> c) noexcept;
  void join(); // waits for the drain's end
  // Thread-safe: from now on its clients are to sample one call in sample_every (0: none) and poll so many microseconds before they sleep (RINGCALL_SPIN_OWN: as
  // they like), and itself polls so many nanoseconds.
  void set_policy(std::uint32_t sample_every, std::uint32_t client_spin_us, std::uint64_t server_spin_ns);
  // Thread-safe: channels now, those on their way included.
  std::size_t channels() const noexcept { return channels_count_.load(std::memory_order_relaxed); } // relaxed: a hint for balancing

 private:
  struct arrival {
    segment memory;
    unique_fd connection;
    client_info client;
  };

  struct policy {
    std::uint32_t sample_every = 0;
    std::uint32_t client_spin_us = RINGCALL_SPIN_OWN;
    std::uint64_t server_spin_ns = 0;
    bool operator==(const policy&) const = default;
  };

  void run();
  bool turn();
  bool poll_alone(channel& c);
  bool serve(channel& c);
  void read_clock();
  void note_time(std::uint64_t now);
  void note_awake();
  void tick(std::uint64_t now);
  void sum_up(std::uint64_t now_ns);
  std::uint64_t now_ns() noexcept { return tools_.clock.ns(); }
  void apply_policy();
  void sleep();
  void look_at_bells(int timeout_ms);
  bool take_arrivals(); // false: drain
  void take(arrival& a);
  template <class F>
  bool guarded(channel& c, F work) noexcept;
  void finish_worker_calls();
  bool park(channel& c);
  void activate(channel& c);
  void remove(channel& c, const char* why);
  void forget(std::unique_ptr<channel> c) noexcept;
  void ended(const client_info& client) noexcept;
  void close_all();
  void wake() noexcept;

  const registry& registered_;
  stats_file& stats_file_;
  dead_segments& dead_;
  const std::uint32_t number_;
  unique_fd epoll_;
  unique_fd wake_fd_;
  worker_port workers_;
  loop_tools tools_;
  std::shared_ptr<spdlog::logger> log_;
  log_limit closed_lines_, poisoned_lines_, failed_lines_; // each by itself: none hides another
  std::thread thread_;

  std::shared_ptr<capture_file> capture_; // whose ring the tools have
  std::vector<std::unique_ptr<channel>> channels_;
  std::vector<channel*> active_;
  std::vector<std::unique_ptr<channel>> leaving_; // gone, but with calls on workers

  std::uint64_t spin_full_, spin_floor_; // cycles
  std::uint64_t bells_every_, jump_, tick_every_;
  std::uint64_t now_ = 0;
  std::uint64_t bells_looked_at_ = 0;
  std::uint64_t turns_ = 0, longest_turn_ = 0; // cycles
  std::uint64_t ticked_at_ = 0, ticks_ = 0;
  std::uint32_t idle_turns_ = 0; // since something was served
  bool at_once_ = false;         // the last look at the only active channel found a run

  policy policy_; // in force
  bool policy_is_due_ = false; // another is wanted

  std::mutex mutex_; // all up to attention_
  std::vector<arrival> arrivals_;
  bool draining_ = false;
  policy wanted_policy_;
  std::shared_ptr<capture_file> next_capture_; // the one to take
  std::atomic<bool> attention_{false}; // one of these changed
  std::atomic<std::size_t> channels_count_{0};
};

}  // namespace ringcall
