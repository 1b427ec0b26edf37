#pragma once
// Log-linear histograms of nanoseconds (stats.h): which bucket a value has, what a bucket stands for. Pure, but for record.

#include "counter.hpp"
#include "ringcall/stats.h"

#include <algorithm>
#include <bit>
#include <cstdint>

namespace ringcall::histogram {

inline constexpr std::uint32_t half = 1u << RINGCALL_HISTOGRAM_BITS; // buckets of each power of two, from the second on

// The bucket of a value.
constexpr std::uint32_t index(std::uint64_t value) noexcept {
  if (value < 2 * half) return static_cast<std::uint32_t>(value);
  const auto e = static_cast<std::uint32_t>(std::bit_width(value)) - RINGCALL_HISTOGRAM_BITS - 1;
  return std::min<std::uint32_t>(half * e + static_cast<std::uint32_t>(value >> e), RINGCALL_HISTOGRAM_BUCKETS - 1);
}

// The least value of a bucket.
constexpr std::uint64_t lower(std::uint32_t bucket) noexcept {
  if (bucket < 2 * half) return bucket;
  const std::uint32_t e = bucket / half - 1;
  return std::uint64_t{bucket - half * e} << e;
}

// The largest value of a bucket; the last one holds larger ones, too.
constexpr std::uint64_t upper(std::uint32_t bucket) noexcept { return lower(bucket + 1) - 1; }

// Counts a value. For the histogram's one writer; readable meanwhile.
inline void record(ringcall_histogram& h, std::uint64_t value) noexcept {
  bump(h.buckets[index(value)]);
  bump(h.sum, value);
  if (value > recent(h.max)) set(h.max, value);
  bump(h.count);
}

}  // namespace ringcall::histogram
