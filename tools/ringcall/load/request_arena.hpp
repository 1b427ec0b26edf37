#pragma once
// The client's book of the request arena: a byte ring. Regions are allocated one behind another and come free in any order; room is made in the order of allocation.
// Nothing of it lies in the segment.

#include "segment.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace ringcall::load {

class request_arena {
 public:
  explicit request_arena(arena_bounds bounds) noexcept : bounds_(bounds), size_(bounds.size & ~(RINGCALL_ARENA_ALIGN - 1u)) {}

  std::uint32_t capacity() const noexcept { return size_; }

  struct region {
    std::uint32_t offset; // from the segment's start
    std::uint64_t number; // for release
  };

  // At least size bytes, aligned to 16; nothing if there is no room now. More than the capacity never finds room.
  std::optional<region> allocate(std::uint64_t size) {
    if (size > size_) return std::nullopt;
    const auto wanted = static_cast<std::uint32_t>(size < RINGCALL_ARENA_ALIGN ? RINGCALL_ARENA_ALIGN : (size + RINGCALL_ARENA_ALIGN - 1) & ~(RINGCALL_ARENA_ALIGN - 1ull));
    if (held_.empty()) next_ = 0;
    const std::uint32_t oldest = held_.empty() ? size_ : held_.front().at;
    std::uint32_t at = next_;
    if (held_.empty() || at > oldest) {
      if (wanted > size_ - at) {
        if (held_.empty() || wanted > oldest) return std::nullopt;
        at = 0;
      }
    } else if (wanted > oldest - at) {
      return std::nullopt;
    }
    held_.push_back({at, false});
    next_ = at + wanted;
    return region{bounds_.offset + at, first_ + held_.size() - 1};
  }

  void release(std::uint64_t number) noexcept {
    held_[number - first_].free = true;
    for (; !held_.empty() && held_.front().free; ++first_) held_.pop_front();
  }

 private:
  struct entry {
    std::uint32_t at;
    bool free;
  };

  arena_bounds bounds_;
  std::uint32_t size_;
  std::uint32_t next_ = 0; // behind the last one; never equal to the oldest's place unless that is all
  std::uint64_t first_ = 0; // number of held_'s first
  std::deque<entry> held_;
};

}  // namespace ringcall::load
