#pragma once
// The CPU's own clock and its polite way of waiting.

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace ringcall::cpu {

// Tells the core that this is a polling loop: fewer speculative loads of the polled line, less power.
inline void pause() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory"); // yield is a no-op on most cores; isb waits about as long as x86's pause
#endif
}

// Cycles of a constant-rate counter, about 10 ns to read. For durations within one thread only.
inline std::uint64_t cycles() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#elif defined(__aarch64__)
  std::uint64_t value;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

// How many cycles the duration takes. The first call measures the rate for 200 us.
std::uint64_t cycles_in(std::chrono::nanoseconds duration) noexcept;

// CLOCK_MONOTONIC from the CPU's clock: cheaper to read than the system's, within a few microseconds of it because it is set anew each
// millisecond. Belongs to one thread.
class monotonic_clock {
 public:
  std::uint64_t ns() noexcept {
    const std::uint64_t now = cycles();
    if (now - set_at_ > reset_after_) set(now);
    return base_ns_ + static_cast<std::uint64_t>(static_cast<double>(now - set_at_) * ns_per_cycle_);
  }

 private:
  void set(std::uint64_t now) noexcept;

  std::uint64_t reset_after_ = 0; // the first reading sets it
  std::uint64_t set_at_ = 0;
  std::uint64_t base_ns_ = 0;
  double ns_per_cycle_ = 0;
};

}  // namespace ringcall::cpu
