#include "cpu.hpp"

#include "unique_fd.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace ringcall::cpu {
namespace {

constexpr double rate_error = 1e-3; // the first measurement's, at most

double measure_rate_once() noexcept {
  using clock = std::chrono::steady_clock;
  const auto begin = clock::now();
  const std::uint64_t first = cycles();
  auto now = begin;
  while (now - begin < std::chrono::microseconds(70)) now = clock::now();
  return static_cast<double>(cycles() - first) / static_cast<double>(std::chrono::nanoseconds(now - begin).count());
}

// The median of three: any one may have been interrupted at its edge.
double measure_rate() noexcept {
  double rates[3];
  for (double& r : rates) r = measure_rate_once();
  std::sort(rates, rates + 3);
  return rates[1];
}

double cycles_per_ns() noexcept {
  static const double rate = measure_rate();
  return rate;
}

}  // namespace

std::uint64_t cycles_in(std::chrono::nanoseconds duration) noexcept { return static_cast<std::uint64_t>(cycles_per_ns() * static_cast<double>(duration.count())); }

namespace {

// The kernel has checked what cpuid only promises: it leaves a counter that is not the same on all cores, or stops.
bool kernel_trusts_counter() noexcept {
  char text[32];
  const unique_fd file(open("/sys/devices/system/clocksource/clocksource0/current_clocksource", O_RDONLY | O_CLOEXEC));
  const ssize_t n = file ? read(file.get(), text, sizeof text) : -1;
  if (n <= 0) return false;
  std::string_view source(text, static_cast<std::size_t>(n));
  source = source.substr(0, source.find('\n'));
  return source == "tsc" || source == "kvm-clock";
}

ringcall_clock_kind choose_clock() noexcept {
#if defined(__x86_64__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned invariant = 1u << 8;
  const bool constant = __get_cpuid(0x80000007, &a, &b, &c, &d) != 0 && (d & invariant) != 0;
  return constant && kernel_trusts_counter() ? RINGCALL_CLOCK_CYCLES : RINGCALL_CLOCK_MONOTONIC;
#elif defined(__aarch64__)
  return RINGCALL_CLOCK_CYCLES; // the architecture promises it
#else
  return RINGCALL_CLOCK_MONOTONIC;
#endif
}

std::uint64_t system_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

struct moment {
  std::uint64_t cycles, ns;
};

// Both clocks at one moment: the tightest of a few readings, as each may be interrupted.
moment read_both() noexcept {
  moment best{};
  std::uint64_t least = ~std::uint64_t{0};
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t before = cycles();
    const std::uint64_t ns = system_ns();
    const std::uint64_t took = cycles() - before;
    if (took >= least) continue;
    least = took;
    best = {before + took / 2, ns};
  }
  return best;
}

}  // namespace

ringcall_clock_kind clock_kind() noexcept {
  static const ringcall_clock_kind kind = choose_clock();
  return kind;
}

std::uint64_t stamp() noexcept {
  if (clock_kind() != RINGCALL_CLOCK_CYCLES) return system_ns();
#if defined(__x86_64__)
  _mm_lfence();
  return __rdtsc();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
  return cycles();
#else
  return cycles();
#endif
}

void monotonic_clock::set() noexcept {
  const moment m = read_both();
  const double first = 1 / cycles_per_ns();
  ns_per_cycle_ = first;
  if (origin_ != 0 && clock_kind() == RINGCALL_CLOCK_CYCLES && m.ns - origin_ns_ > 10'000'000) {
    ns_per_cycle_ = static_cast<double>(m.ns - origin_ns_) / static_cast<double>(m.cycles - origin_);
  }
  // The machine has slept: only one of the clocks went on.
  const bool apart = std::abs(ns_per_cycle_ - first) > first * rate_error;
  if (origin_ == 0 || apart) {
    origin_ = m.cycles;
    origin_ns_ = m.ns;
    ns_per_cycle_ = first;
  }
  set_at_ = m.cycles;
  base_ns_ = m.ns;
  reset_after_ = static_cast<std::int64_t>(cycles_in(std::chrono::milliseconds(1)));
}

clock_description describe_clock() {
  static std::mutex mutex;
  static monotonic_clock clock;
  std::lock_guard lock(mutex);
  if (clock_kind() != RINGCALL_CLOCK_CYCLES) {
    const std::uint64_t now = stamp();
    return {RINGCALL_CLOCK_MONOTONIC, std::uint64_t{1} << 32, now, now};
  }
  const std::uint64_t now = cycles();
  const std::uint64_t ns = clock.ns_at(now);
  return {RINGCALL_CLOCK_CYCLES, static_cast<std::uint64_t>(std::llround(clock.ns_per_cycle() * 4294967296.0)), now, ns};
}

}  // namespace ringcall::cpu
