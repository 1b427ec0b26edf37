#pragma once
// How long a waiter polls before it sleeps: the full budget while that finds answers, less and less while it does not. Belongs to one thread.

#include "cpu.hpp"

#include <algorithm>
#include <cstdint>
#include <thread>

namespace ringcall::load {

class spinner {
 public:
  explicit spinner(std::chrono::nanoseconds full) { obey(full); }

  // Polls so long from now on; 0: not at all. On one processor the server cannot answer while this one polls.
  void obey(std::chrono::nanoseconds full) {
    full_ = processors_ > 1 ? cpu::cycles_in(full) : 0;
    floor_ = std::min(full_, cpu::cycles_in(std::chrono::microseconds(2)));
    budget_ = full_;
  }

  // Cycles of cpu::cycles to poll.
  std::uint64_t begin() noexcept {
    if (budget_ > floor_ || ++waits_ % probe_every != 0) return budget_;
    return full_;
  }
  void hit() noexcept { budget_ = full_; }
  void miss() noexcept { budget_ = std::max(budget_ / 2, floor_); }

 private:
  static constexpr std::uint32_t probe_every = 32; // at the floor one wait in so many has the full budget

  unsigned processors_ = std::thread::hardware_concurrency();
  std::uint64_t full_ = 0;
  std::uint64_t floor_ = 0;
  std::uint64_t budget_ = 0;
  std::uint32_t waits_ = 0;
};

}  // namespace ringcall::load
