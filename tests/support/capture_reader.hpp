#pragma once
// The reading end of one capture ring, for tests.

#include "ringcall/stats.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace ringcall::test {

struct captured_call {
  ringcall_captured head{};
  std::vector<std::byte> request, answer;

  template <class T>
  static T value(const std::vector<std::byte>& bytes) {
    T v{};
    std::memcpy(&v, bytes.data(), std::min(sizeof v, bytes.size()));
    return v;
  }
};

class capture_reader {
 public:
  explicit capture_reader(ringcall_capture* head) : head_(head), bytes_(head->bytes) {
    if (head->magic != RINGCALL_CAPTURE_MAGIC) throw std::runtime_error("no capture is there");
  }

  // What has been written since.
  std::vector<captured_call> read() {
    std::vector<captured_call> calls;
    // PAIR capture-written: with the release in capture_ring::write.
    const std::uint64_t written = std::atomic_ref(head_->written).load(std::memory_order_acquire);
    while (read_ != written) {
      captured_call c;
      copy(read_, &c.head, sizeof c.head);
      if (c.head.size % 8 != 0 || c.head.size > written - read_ || sizeof c.head + c.head.request_size + c.head.answer_size > c.head.size) throw std::runtime_error("a captured call contradicts itself");
      c.request.resize(c.head.request_size);
      c.answer.resize(c.head.answer_size);
      copy(read_ + sizeof c.head, c.request.data(), c.request.size());
      copy(read_ + sizeof c.head + c.request.size(), c.answer.data(), c.answer.size());
      read_ += c.head.size;
      calls.push_back(std::move(c));
    }
    // PAIR capture-read: with the acquire in capture_ring::has_room.
    std::atomic_ref(head_->read).store(read_, std::memory_order_release);
    return calls;
  }
  std::uint64_t dropped() const { return std::atomic_ref(head_->dropped).load(); }
  ringcall_capture& head() noexcept { return *head_; }

 private:
  void copy(std::uint64_t at, void* to, std::size_t size) const {
    const auto* ring = reinterpret_cast<const std::byte*>(head_ + 1);
    for (std::size_t i = 0; i < size; ++i) static_cast<std::byte*>(to)[i] = ring[(at + i) % bytes_];
  }

  ringcall_capture* head_;
  std::uint64_t bytes_;
  std::uint64_t read_ = 0;
};

}  // namespace ringcall::test
