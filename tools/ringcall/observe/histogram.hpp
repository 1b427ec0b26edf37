#pragma once
// A copy of a stage's histogram, and what can be read from it. Values are nanoseconds.

#include "ringcall/stats.h"

#include <cstdint>
#include <vector>

namespace ringcall::observe {

struct histogram {
  std::uint64_t count = 0; // the buckets' sum: quantiles rest on it
  std::uint64_t sum = 0;
  std::uint64_t max = 0;
  std::vector<std::uint64_t> buckets; // RINGCALL_HISTOGRAM_BUCKETS, or none while count is 0

  // The value that the fraction of all values does not exceed, as the middle of its bucket: at most 1/64 off for values below 2^36; never above max. 0 without values.
  std::uint64_t quantile(double fraction) const noexcept;
  double mean() const noexcept { return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count); }
  // Values in the buckets that lie wholly above the limit, in nanoseconds.
  std::uint64_t above(std::uint64_t limit) const noexcept;
  void add(std::uint64_t value); // for tests, and for tools that make their own
  void add(const histogram& other);
};

std::uint32_t bucket_of(std::uint64_t value) noexcept;
std::uint64_t bucket_low(std::uint32_t bucket) noexcept;  // its least value
std::uint64_t bucket_high(std::uint32_t bucket) noexcept; // its greatest; the last bucket's is that of values up to 2^36

histogram copy(const ringcall_histogram& shared);
// What came between two copies of one histogram. Its max is exact if a new maximum was reached, else the end of the highest bucket that grew.
histogram delta(const histogram& now, const histogram& before);

}  // namespace ringcall::observe
