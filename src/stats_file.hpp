#pragma once
// The server's statistics (stats.h): one memory file, laid out before the loops start, that observers map read-only. Each block has one writer: the header
// the thread that accepts, a loop's part that loop, a channel's entry the loop that has claimed it.

#include "memory_file.hpp"
#include "registry.hpp"
#include "ringcall/options.hpp"
#include "ringcall/stats.h"

#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ringcall {

// What one loop writes. Shares no page with another's.
struct loop_block {
  ringcall_loop_stats& stats;
  std::span<ringcall_method_stats> methods; // in the order of their registration, then "unknown method"
  std::span<ringcall_sample> samples;

  ringcall_method_stats& unknown_method() const noexcept { return methods.back(); }
};

class stats_file {
 public:
  // Throws std::system_error: no memory, no descriptors, a file-size limit.
  stats_file(const std::string& name, std::uint64_t epoch, const options& o, const registry& registered);
  stats_file(const stats_file&) = delete;
  stats_file& operator=(const stats_file&) = delete;

  std::uint64_t size() const noexcept { return region_.get_size(); }
  // A descriptor for an observer: nobody can write through it. Throws std::system_error, without /proc, too.
  unique_fd read_only() const;

  ringcall_stats_header& header() const noexcept { return *at<ringcall_stats_header>(0); }
  std::span<const ringcall_method_info> methods() const noexcept { return {at<ringcall_method_info>(header().methods_offset), header().method_count}; }
  loop_block loop(std::uint32_t number) const noexcept;
  std::span<const ringcall_channel_stats> channels() const noexcept { return {channels_, channel_count_}; }

  // A channel's entry, free again with the object, at the latest with the file.
  class entry {
   public:
    entry() = default;
    entry(entry&& other) noexcept : file_(std::exchange(other.file_, nullptr)), stats_(std::exchange(other.stats_, nullptr)) {}
    entry& operator=(entry&& other) noexcept {
      std::swap(file_, other.file_);
      std::swap(stats_, other.stats_);
      return *this;
    }
    ~entry() {
      if (file_ != nullptr) file_->free(*stats_);
    }
    ringcall_channel_stats* get() const noexcept { return stats_; } // null: none

   private:
    friend class stats_file;
    entry(stats_file& file, ringcall_channel_stats& stats) noexcept : file_(&file), stats_(&stats) {}
    stats_file* file_ = nullptr;
    ringcall_channel_stats* stats_ = nullptr;
  };
  // Thread-safe. Empty when all are taken: more channels than channels_most.
  entry claim() noexcept;

  static constexpr std::uint32_t channels_most = 16384;

 private:
  template <class T>
  T* at(std::uint64_t offset) const noexcept {
    return reinterpret_cast<T*>(static_cast<std::byte*>(region_.get_address()) + offset);
  }
  void free(ringcall_channel_stats& stats) noexcept;

  unique_fd fd_;
  memory_file::mapped_region region_;
  std::uint32_t channel_count_ = 0;
  ringcall_channel_stats* channels_ = nullptr;
  std::mutex mutex_; // free_
  std::vector<std::uint32_t> free_;
};

// Around the writing of a channel's entry: a reader that meets it half-way knows.
class entry_writing {
 public:
  explicit entry_writing(ringcall_channel_stats& stats) noexcept;
  ~entry_writing();
  entry_writing(const entry_writing&) = delete;
  entry_writing& operator=(const entry_writing&) = delete;

 private:
  std::uint64_t& sequence_;
};

}  // namespace ringcall
