#include "cpu.hpp"

#include <algorithm>

namespace ringcall::cpu {
namespace {

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

void monotonic_clock::set(std::uint64_t now) noexcept {
  set_at_ = now;
  base_ns_ = static_cast<std::uint64_t>(std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count());
  ns_per_cycle_ = 1 / cycles_per_ns();
  reset_after_ = cycles_in(std::chrono::milliseconds(1));
}

}  // namespace ringcall::cpu
