#pragma once
// A channel's shared memory: made sealed by the server, checked and mapped by both sides. ABI.md has the map.

#include "ringcall/abi.h"
#include "ringcall/options.hpp"

#include "memory_file.hpp"
#include "ringcall/ring.hpp"
#include "unique_fd.hpp"

#include <atomic>
#include <cstdint>
#include <string>

namespace ringcall {

// An arena as attached: private constants.
struct arena_bounds {
  std::uint32_t offset; // from the segment's start
  std::uint32_t size;

  // Whether [at, at + bytes) lies inside, without overflow.
  bool contains(std::uint64_t at, std::uint64_t bytes) const noexcept { return at >= offset && bytes <= size && at - offset <= size - bytes; }
};

class segment {
 public:
  // Allocates, seals, maps and lays out a new one. Throws std::system_error (no memory, no descriptors, EFBIG at a file-size limit).
  static segment create(const options& o, std::uint64_t epoch);
  // Checks type, seals and size, then maps and checks the layout. Takes the descriptor. Throws std::system_error(errc::invalid_segment).
  static segment open(unique_fd fd, std::uint64_t size);

  static std::uint64_t size_for(const options& o) noexcept;

  int descriptor() const noexcept { return fd_.get(); }
  void close_descriptor() noexcept { fd_.reset(); } // the mapping stays

  std::byte* base() const noexcept { return static_cast<std::byte*>(region_.get_address()); }
  std::uint64_t size() const noexcept { return region_.get_size(); }
  std::uint64_t epoch() const noexcept { return epoch_; }

  ringcall_segment_header& header() const noexcept { return *reinterpret_cast<ringcall_segment_header*>(base()); }
  ringcall_ring_control& control() const noexcept { return *reinterpret_cast<ringcall_ring_control*>(base() + entry_.control_offset); }
  ringcall_client_counters& client_counters() const noexcept { return *reinterpret_cast<ringcall_client_counters*>(base() + client_counters_); }
  ringcall_server_counters& server_counters() const noexcept { return *reinterpret_cast<ringcall_server_counters*>(base() + server_counters_); }

  // Null: the segment has none.
  ringcall_times* times() const noexcept { return entry_.times_offset == 0 ? nullptr : reinterpret_cast<ringcall_times*>(base() + entry_.times_offset); } // slot_count of them
  ringcall_black_box* black_box() const noexcept { return black_box_ == 0 ? nullptr : reinterpret_cast<ringcall_black_box*>(base() + black_box_); } // then its runs

  slots ring() const noexcept { return {base() + entry_.slots_offset, entry_.slot_count, entry_.slot_stride}; }
  arena_bounds request_arena() const noexcept { return {entry_.request_arena_offset, entry_.request_arena_size}; }
  arena_bounds answer_arena() const noexcept { return {entry_.answer_arena_offset, entry_.answer_arena_size}; }

  // For a server that gives up before it serves: tells a client that has the segment that nothing of its ran. Before the connection's end.
  void say_closed() const noexcept { std::atomic_ref(header().server.state).store(RINGCALL_STATE_CLOSED, std::memory_order_release); }

  // CLOCK_MONOTONIC in ticks since the channel's base, modulo 2^32.
  std::uint32_t ticks(std::uint64_t monotonic_ns) const noexcept { return static_cast<std::uint32_t>((monotonic_ns - clock_base_ns_) >> tick_shift_); }
  std::uint64_t ticks_ns(std::uint32_t ticks) const noexcept { return std::uint64_t{ticks} << tick_shift_; }

 private:
  segment(unique_fd fd, std::uint64_t size);
  void adopt(); // validates the header and copies what is needed

  unique_fd fd_;
  memory_file::mapped_region region_;
  ringcall_ring_entry entry_{};
  std::uint32_t client_counters_ = 0;
  std::uint32_t server_counters_ = 0;
  std::uint32_t black_box_ = 0;
  std::uint64_t epoch_ = 0;
  std::uint64_t clock_base_ns_ = 0;
  std::uint32_t tick_shift_ = 0;
};

std::uint64_t monotonic_ns() noexcept;

}  // namespace ringcall
