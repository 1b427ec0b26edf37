#include "observe/histogram.hpp"

#include "observe/shared.hpp"

#include <histogram.hpp> // the server's; in quotes it would be the one beside this file
#include <quantile.hpp>

#include <algorithm>

namespace ringcall::observe {

std::uint32_t bucket_of(std::uint64_t value) noexcept { return ringcall::histogram::index(value); }
std::uint64_t bucket_low(std::uint32_t bucket) noexcept { return ringcall::histogram::lower(bucket); }
std::uint64_t bucket_high(std::uint32_t bucket) noexcept { return ringcall::histogram::upper(bucket); }

std::uint64_t histogram::quantile(double fraction) const noexcept {
  if (count == 0) return 0;
  const std::uint64_t rank = quantile_rank(fraction, count);
  if (rank == count) return max;
  std::uint64_t seen = 0;
  for (std::uint32_t i = 0; i < buckets.size(); ++i) {
    seen += buckets[i];
    if (seen < rank) continue;
    return std::min(bucket_low(i) + (bucket_high(i) - bucket_low(i)) / 2, max);
  }
  return max;
}

std::uint64_t histogram::above(std::uint64_t limit) const noexcept {
  std::uint64_t values = 0;
  for (std::uint32_t i = bucket_of(limit) + 1; i < buckets.size(); ++i) values += buckets[i];
  return values;
}

void histogram::add(std::uint64_t value) {
  buckets.resize(RINGCALL_HISTOGRAM_BUCKETS);
  ++buckets[bucket_of(value)];
  ++count;
  sum += value;
  max = std::max(max, value);
}

void histogram::add(const histogram& other) {
  if (other.count == 0) return;
  buckets.resize(RINGCALL_HISTOGRAM_BUCKETS);
  for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += other.buckets[i];
  count += other.count;
  sum += other.sum;
  max = std::max(max, other.max);
}

histogram copy(const ringcall_histogram& shared) {
  histogram mine;
  if (load(shared.count) == 0) return mine;
  mine.buckets.resize(RINGCALL_HISTOGRAM_BUCKETS);
  std::uint32_t highest = 0;
  for (std::uint32_t i = 0; i < RINGCALL_HISTOGRAM_BUCKETS; ++i) {
    mine.buckets[i] = load(shared.buckets[i]);
    mine.count += mine.buckets[i];
    if (mine.buckets[i] != 0) highest = i;
  }
  mine.sum = load(shared.sum);
  // What is being written may be in its bucket and not yet in the maximum.
  mine.max = std::max(load(shared.max), bucket_low(highest));
  if (mine.count == 0) return {};
  return mine;
}

histogram delta(const histogram& now, const histogram& before) {
  if (before.count == 0) return now;
  histogram d;
  if (now.count <= before.count) return d;
  d.buckets.resize(RINGCALL_HISTOGRAM_BUCKETS);
  std::uint32_t highest = 0;
  for (std::uint32_t i = 0; i < RINGCALL_HISTOGRAM_BUCKETS; ++i) {
    if (now.buckets[i] <= before.buckets[i]) continue;
    d.buckets[i] = now.buckets[i] - before.buckets[i];
    d.count += d.buckets[i];
    highest = i;
  }
  if (d.count == 0) return {};
  d.sum = now.sum > before.sum ? now.sum - before.sum : 0;
  d.max = now.max > before.max ? now.max : std::min(bucket_high(highest), now.max);
  return d;
}

}  // namespace ringcall::observe
