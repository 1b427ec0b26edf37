#pragma once
// Real traffic for an observer: a memory file with a ring for each loop, into which the loop writes every call. It never waits for the reader.

#include "ringcall/stats.h"

#include "memory_file.hpp"


#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringcall {

// One loop's ring, written by its thread alone. The observer can write anywhere in it: nothing is read from it but its word read, and that only
// counts if it moves forward to what has been written.
class capture_ring {
 public:
  capture_ring(ringcall_capture* head, std::uint64_t bytes) noexcept : head_(head), bytes_(bytes) {}

  struct call {
    std::uint16_t method, status;
    std::uint32_t detail;
    std::uint64_t channel;
    std::uint64_t taken, answered; // CLOCK_MONOTONIC
  };
  // Writes the call, or counts it as dropped.
  void write(const call& c, std::span<const std::byte> request, std::span<const std::byte> answer) noexcept;
  ringcall_capture& head() const noexcept { return *head_; }

 private:
  bool has_room(std::uint64_t size) noexcept;
  void put(std::uint64_t at, const void* bytes, std::size_t size) noexcept;

  ringcall_capture* head_;
  std::uint64_t bytes_;
  std::uint64_t written_ = 0;
  std::uint64_t read_ = 0; // as last believed
  std::uint64_t dropped_ = 0;
};

// The file. Made in steps, since its memory may be much, by one thread; used by the loops once it is ready.
class capture_file {
 public:
  static constexpr std::uint64_t bytes_least = 64u << 10, bytes_most = 1u << 30; // of one ring

  // bytes: of each ring, a power of two. Throws std::system_error, also if it is more than a quarter of the machine's memory.
  capture_file(std::size_t loops, std::uint64_t bytes);
  // Allocates some more of it, for about a millisecond. True: it is ready. Throws std::system_error.
  bool prepare();

  std::uint64_t bytes() const noexcept { return bytes_; }
  int descriptor() const noexcept { return fd_.get(); }
  void close_descriptor() noexcept { fd_.reset(); } // the mapping stays
  capture_ring& ring(std::size_t loop) noexcept { return rings_[loop]; }

 private:
  void map();

  std::size_t loops_;
  std::uint64_t bytes_, part_size_;
  std::uint64_t allocated_ = 0;
  unique_fd fd_;
  memory_file::mapped_region region_;
  std::vector<capture_ring> rings_;
};

}  // namespace ringcall
