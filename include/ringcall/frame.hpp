#pragma once
// The bytes of a frame: what walks through them and what fills them, apart from what they mean (codec.hpp). The rules are in FRAME.md.

#include "ringcall/error.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>

namespace ringcall::wire {

// Head of everything that has a block.
struct extent {
  std::uint32_t size;  // of the block, in bytes, without padding behind it
  std::uint32_t count; // of elements; of text and bytes the size again
};

constexpr std::size_t round_up(std::size_t size, std::size_t align) noexcept { return (size + align - 1) / align * align; }
constexpr std::size_t padded(std::size_t size) noexcept { return round_up(size, 8); }

[[noreturn]] void throw_bad_extent(extent found, std::size_t stride);
[[noreturn]] void throw_outside(std::size_t begin, std::size_t size, std::size_t room);
[[noreturn]] void throw_left_over(std::size_t end, std::size_t size);
[[noreturn]] void throw_wrong_size(std::size_t size, std::size_t head_size, bool fixed);
[[noreturn]] void throw_changed();

// Walks the blocks of a frame, or of a sequence's block, in order. All that it hands out lies inside.
class cursor {
 public:
  // position: of the end of the heads.
  cursor(const std::byte* base, std::size_t size, std::size_t position) noexcept : base_(base), size_(size), position_(position) {}
  cursor() noexcept = default;

  // The next block. Nothing has no block.
  const std::byte* block(std::size_t size) {
    if (size == 0) return base_;
    const std::size_t begin = padded(position_);
    if (begin > size_ || size > size_ - begin) [[unlikely]] throw_outside(begin, size, size_);
    position_ = begin + size;
    return base_ + begin;
  }

  // After the last block: nothing may be left over but padding.
  void finish() const {
    if (padded(position_) != padded(size_)) [[unlikely]] throw_left_over(position_, size_);
  }

  const std::byte* base() const noexcept { return base_; }

 private:
  const std::byte* base_ = nullptr;
  std::size_t size_ = 0;
  std::size_t position_ = 0;
};

// Fills a frame: heads where they belong, blocks one after another. The frame may lie in shared memory: it is never read.
class writer {
 public:
  writer(std::span<std::byte> frame, std::size_t head_size) noexcept : base_(frame.data()), size_(frame.size()), position_(head_size) {}

  // The next block's offset. More than the frame was made for: the value has changed since its size was asked for, which is a data race of the
  // handler's; throws rather than writing over it.
  std::size_t block(std::size_t size) {
    if (size == 0) return position_;
    const std::size_t begin = padded(position_);
    if (begin > size_ || size > size_ - begin) [[unlikely]] throw_changed();
    clear(position_, begin - position_);
    position_ = begin + size;
    return begin;
  }

  // A whole block and its extent, whose head lies at offset at.
  void put(std::size_t at, const void* bytes, std::size_t size, std::size_t count) {
    const std::size_t begin = block(size);
    if (size != 0) std::memcpy(base_ + begin, bytes, size);
    store(at, extent{static_cast<std::uint32_t>(size), static_cast<std::uint32_t>(count)});
  }

  std::byte* at(std::size_t offset) noexcept { return base_ + offset; }

  // A value without padding.
  template <class T>
  void store(std::size_t at, const T& value) noexcept {
    std::memcpy(base_ + at, &value, sizeof value);
  }
  void clear(std::size_t at, std::size_t size) noexcept {
    if (size != 0) std::memset(base_ + at, 0, size);
  }

  // The end of what was written so far.
  std::size_t position() const noexcept { return position_; }

  void finish() {
    if (padded(position_) != size_) [[unlikely]] throw_changed();
    clear(position_, size_ - position_);
  }

 private:
  std::byte* base_;
  std::size_t size_;
  std::size_t position_;
};

}  // namespace ringcall::wire
