#pragma once
// A statistics file as a server makes it, filled by tests: every word is in the open, so that they can also break it.

#include "observe/histogram.hpp"

#include "ringcall/stats.h"
#include "unique_fd.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ringcall::tool::test {

struct fake_method {
  std::string name;
  std::uint32_t request_size = 8;
  std::uint32_t answer_size = 8;
  bool on_worker = false;
  bool takes_batches = false;
};

// A method "unknown method" comes behind those given, as in a server's.
struct fake_shape {
  std::vector<fake_method> methods = {{"calc.add"}, {"calc.divide"}};
  std::uint32_t loops = 1;
  std::uint32_t channels = 8;
  std::string name = "calc";
  std::string interface_text = {};
};

class fake_stats {
 public:
  explicit fake_stats(const fake_shape& shape = {});
  ~fake_stats();
  fake_stats(const fake_stats&) = delete;
  fake_stats& operator=(const fake_stats&) = delete;

  ringcall_stats_header& header() noexcept { return *reinterpret_cast<ringcall_stats_header*>(base_); }
  ringcall_method_info& method_info(std::uint32_t m) noexcept { return at<ringcall_method_info>(header().methods_offset, m); }
  ringcall_loop_info& loop_info(std::uint32_t l) noexcept { return at<ringcall_loop_info>(header().loops_offset, l); }
  ringcall_loop_stats& loop(std::uint32_t l = 0) noexcept { return at<ringcall_loop_stats>(loop_info(l).stats_offset); }
  ringcall_method_stats& method(std::uint32_t m, std::uint32_t l = 0) noexcept { return at<ringcall_method_stats>(loop_info(l).methods_offset, m); }
  ringcall_channel_stats& channel(std::uint32_t c) noexcept { return at<ringcall_channel_stats>(header().channels_offset, c); }
  ringcall_sample& sample_entry(std::uint64_t index, std::uint32_t l = 0) noexcept { return at<ringcall_sample>(loop_info(l).samples_offset, index % RINGCALL_SAMPLES); }

  // What a server does. Durations and times in nanoseconds.
  void count_calls(std::uint32_t m, std::uint64_t calls, std::uint32_t l = 0);
  void count_failures(std::uint32_t m, std::uint32_t code, std::uint64_t count, std::uint32_t l = 0);
  void record(std::uint32_t m, ringcall_stage stage, std::uint64_t ns, std::uint64_t times = 1, std::uint32_t l = 0);
  // Numbers the sample, puts it into the ring and its stages into the histograms.
  void record(ringcall_sample s, std::uint32_t l = 0);
  // The channel's id is entry + 1.
  void add_channel(std::uint32_t entry, std::int32_t pid, std::uint64_t calls = 0);

  // The file as an observer gets it.
  int descriptor() const noexcept { return read_only_.get(); }
  std::span<const std::byte> memory() const noexcept { return {base_, size_}; }

 private:
  template <class T>
  T& at(std::uint64_t offset, std::uint64_t index = 0) noexcept {
    return reinterpret_cast<T*>(base_ + offset)[index];
  }

  std::byte* base_ = nullptr;
  std::size_t size_ = 0;
  unique_fd file_, read_only_;
};

}  // namespace ringcall::tool::test
