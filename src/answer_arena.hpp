#pragma once
// The server's side of the answer arena: a byte ring of regions, allocated in order, acked by the client in any order, freed in order.
//
// A region is a ringcall_region and its payload, both aligned to 16, contiguous. The FIFO of regions is private; of the segment only the ack
// word is ever read, and all it can do is free the client's own region.
//
// Payloads begin at cache lines, as requests do (go/arena.go), unless one needs the very whole arena. Apart from sharing lines with nobody it decides how
// fast a handler copies its request to its answer: glibc's memcpy uses REP MOVSB for large ones, and where that writes 1 to 31 bytes behind what it reads, modulo 4096,
// as it would with payloads right behind their heads, AMD's Zen 3 copies 20 times as slowly (2 GB/s of 50, measured).

#include "ringcall/abi.h"

#include "segment.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>

namespace ringcall {

class answer_arena {
 public:
  answer_arena(std::byte* base, arena_bounds bounds) : base_(base), bounds_(bounds) {}

  // The largest payload that fits when the arena is empty.
  std::uint32_t capacity() const noexcept { return bounds_.size - sizeof(ringcall_region); }

  // A region for a payload of size bytes; false: no room now. At most capacity().
  bool allocate(std::uint32_t size, ringcall_arena_ref& out) {
    reclaim();
    const std::uint32_t need = span_of(size);
    std::uint32_t at;
    if (!place(need, at)) return false;
    hold(at, at + need, size, out);
    return true;
  }

  // A region for a payload of which only close will say the size: all that is free in one piece, which is at least least bytes; false: not so much is.
  bool open(std::uint32_t least, ringcall_arena_ref& out) {
    reclaim();
    const std::uint32_t begin = regions_.empty() ? origin : regions_.front().begin;
    std::uint32_t at = end_, limit = begin;
    if (regions_.empty() || end_ > begin) { // used: [begin, end_)
      limit = bounds_.size;
      if (begin > limit - at) at = origin, limit = begin;
    }
    if (limit < at || limit - at < sizeof(ringcall_region) + least) return false;
    hold(at, limit, limit - at - std::uint32_t{sizeof(ringcall_region)}, out);
    return true;
  }

  // Says that the payload of the latest allocation, which is not published, takes size bytes and no more.
  void close(std::uint32_t size, ringcall_arena_ref& out) noexcept {
    region_record& latest = regions_.back();
    end_ = latest.end = std::min(latest.begin + span_of(size), latest.end);
    reinterpret_cast<ringcall_region*>(base_ + bounds_.offset + latest.begin)->size = size;
    out.size = size;
  }

  // Takes back the latest allocation, which was not published.
  void undo() noexcept {
    end_ = regions_.back().begin;
    regions_.pop_back();
  }

  std::byte* payload(const ringcall_arena_ref& ref) const noexcept { return base_ + ref.offset; }

 private:
  struct region_record {
    std::uint32_t begin, end; // in the arena
    std::uint64_t ticket;
  };

  static constexpr std::uint32_t line = RINGCALL_CACHE_LINE;
  static constexpr std::uint32_t origin = line - sizeof(ringcall_region); // of the first region: its payload begins at a line

  static std::uint32_t span_of(std::uint32_t size) noexcept { return (std::uint32_t{sizeof(ringcall_region)} + size + line - 1) & ~(line - 1); }

  // Makes [begin, end) the latest region, for a payload of size bytes.
  void hold(std::uint32_t begin, std::uint32_t end, std::uint32_t size, ringcall_arena_ref& out) {
    auto& region = *reinterpret_cast<ringcall_region*>(base_ + bounds_.offset + begin);
    // relaxed: becomes visible with the answer's run; the client acks after it has seen that.
    std::atomic_ref(region.ack).store(0, std::memory_order_relaxed);
    region.size = size;
    region.reserved = 0;
    regions_.push_back({begin, end, ++tickets_});
    end_ = end;
    out = {bounds_.offset + begin + std::uint32_t{sizeof region}, size, tickets_};
  }

  void reclaim() noexcept {
    while (!regions_.empty()) {
      auto& region = *reinterpret_cast<ringcall_region*>(base_ + bounds_.offset + regions_.front().begin);
      // PAIR region-acked: with the client's ack; what it read there happened before we write there again.
      if (std::atomic_ref(region.ack).load(std::memory_order_acquire) != regions_.front().ticket) return;
      regions_.pop_front();
    }
    end_ = origin; // empty: the next payload may use all of it
  }

  bool place(std::uint32_t need, std::uint32_t& at) const noexcept {
    if (regions_.empty()) {
      at = need <= bounds_.size - origin ? origin : 0;
      return need <= bounds_.size;
    }
    const std::uint32_t begin = regions_.front().begin;
    if (end_ > begin) { // used: [begin, end_)
      if (need <= bounds_.size - end_) return at = end_, true;
      at = origin;
      return origin + need <= begin; // the rest up to the end stays unused this time round
    }
    at = end_; // used: [begin, size) and [0, end_)
    return need <= begin - end_;
  }

  std::byte* base_;
  arena_bounds bounds_;
  std::deque<region_record> regions_;
  std::uint32_t end_ = origin;
  std::uint64_t tickets_ = 0;
};

}  // namespace ringcall
