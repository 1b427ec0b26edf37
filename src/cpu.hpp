#pragma once
// The CPU's own clock and its polite way of waiting.

#include "ringcall/abi.h"

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

// Asks for the line that p lies in, to write to it soon: what was read in between comes along. Compilers make a plain prefetch of it on x86-64.
inline void prefetch_to_write(const void* p) noexcept {
#if defined(__x86_64__)
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(p)));
#else
  __builtin_prefetch(p, 1);
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

// What stamps count on this machine, the same in each of its processes: cycles where all cores' counters agree and keep their rate, else nanoseconds of
// CLOCK_MONOTONIC. Decided once.
ringcall_clock_kind clock_kind() noexcept;

// A count of that clock, which may be compared with those of other threads and processes: read behind what is before it, and some nanoseconds into what is
// behind it at most.
std::uint64_t stamp() noexcept;

// CLOCK_MONOTONIC from the CPU's clock: cheaper to read than the system's, within a few microseconds of it because it is set anew each
// millisecond. Belongs to one thread.
class monotonic_clock {
 public:
  std::uint64_t ns() noexcept { return ns_at(cycles()); }
  // The same of a reading of cycles() just now.
  std::uint64_t ns_at(std::uint64_t now) noexcept {
    if (static_cast<std::int64_t>(now - set_at_) > reset_after_) set();
    return ns_of_cycles(now);
  }
  // Of a stamp, also of one long ago. Never decreases from one stamp to a later one as long as ns is not read in between.
  std::uint64_t ns_of(std::uint64_t stamp) const noexcept { return clock_kind() == RINGCALL_CLOCK_CYCLES ? ns_of_cycles(stamp) : stamp; }
  double ns_per_cycle() const noexcept { return ns_per_cycle_; }

 private:
  std::uint64_t ns_of_cycles(std::uint64_t at) const noexcept {
    return base_ns_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<double>(static_cast<std::int64_t>(at - set_at_)) * ns_per_cycle_));
  }
  void set() noexcept;

  std::int64_t reset_after_ = 0; // the first reading sets it
  std::uint64_t set_at_ = 0;
  std::uint64_t base_ns_ = 0;
  double ns_per_cycle_ = 0;
  std::uint64_t origin_ = 0; // cycles and nanoseconds long enough ago to make the rate better than the first measurement of it
  std::uint64_t origin_ns_ = 0;
};

// For who counts with stamp's clock in another process.
struct clock_description {
  ringcall_clock_kind kind;
  std::uint64_t scale; // nanoseconds a count, 32.32 fixed point
  std::uint64_t count; // a stamp and the CLOCK_MONOTONIC nanoseconds of the same moment
  std::uint64_t ns;
};
clock_description describe_clock(); // thread-safe

}  // namespace ringcall::cpu
