#pragma once
// Reads a server's statistics while its loops write them.

#include "counter.hpp"
#include "ringcall/server_stats.hpp"
#include "ringcall/stats.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace ringcall {

// All loops' histograms of one stage of one method.
struct merged_histogram {
  std::uint64_t count = 0, sum = 0, max = 0; // count: the buckets' sum
  std::array<std::uint64_t, RINGCALL_HISTOGRAM_BUCKETS> buckets{};

  void add(const ringcall_histogram& h) noexcept;
  // The value below or at which so much of all lies; 0 of none.
  std::uint64_t percentile(double quantile) const noexcept;
};

// Of our own file, whose offsets and counts nobody else can have changed. Thread-safe as long as that is mapped.
class stats_reader {
 public:
  explicit stats_reader(const ringcall_stats_header& header) noexcept : header_(&header) {}

  const ringcall_stats_header& header() const noexcept { return *header_; }
  const ringcall_method_info& method(std::uint32_t i) const noexcept { return at<ringcall_method_info>(header_->methods_offset)[i]; }
  const ringcall_loop_stats& loop(std::uint32_t i) const noexcept { return *at<ringcall_loop_stats>(info(i).stats_offset); }
  const ringcall_method_stats& method(std::uint32_t loop, std::uint32_t i) const noexcept { return at<ringcall_method_stats>(info(loop).methods_offset)[i]; }
  // Consistent in itself; none: there is no channel, or it came or went meanwhile.
  std::optional<ringcall_channel_stats> channel(std::uint32_t i) const noexcept;

  merged_histogram merged(std::uint32_t method, std::uint32_t stage) const noexcept;
  // The sum over all loops.
  template <class F>
  std::uint64_t sum(std::uint32_t method, F counter) const noexcept {
    std::uint64_t all = 0;
    for (std::uint32_t l = 0; l < header_->loop_count; ++l) all += recent(counter(this->method(l, method)));
    return all;
  }

  server_stats all() const;

 private:
  template <class T>
  const T* at(std::uint64_t offset) const noexcept {
    return reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(header_) + offset);
  }
  const ringcall_loop_info& info(std::uint32_t loop) const noexcept { return at<ringcall_loop_info>(header_->loops_offset)[loop]; }
  method_stats one(std::uint32_t i) const;

  const ringcall_stats_header* header_;
};

}  // namespace ringcall
