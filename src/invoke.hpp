#pragma once
// Runs a handler and turns whatever happens into a status; nothing escapes.

#include "ringcall/abi.h"
#include "ringcall/method.hpp"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace ringcall {

// What a handler is to work on: one request, or the areas of a batch.
struct work {
  const method* target;
  std::span<const std::byte> request; // a single call's, or all frames
  std::uint32_t frames_count = 0;     // not 0: so many requests, each behind its ringcall_frame_request
  const std::byte* batch_requests = nullptr;
  std::byte* batch_answers = nullptr;
  std::uint32_t batch_count = 0; // 0: a single call
};

struct outcome {
  ringcall_status status;
  std::uint32_t detail; // the handler's code if it failed
};

// An answer that the channel can send: where it lies after the handler ran.
class sendable_answer : public answer {
 public:
  std::size_t size() const noexcept { return size_; }
  bool in_slot() const noexcept { return bytes_ == nullptr || bytes_ == inline_bytes_; }
  const std::byte* bytes() const noexcept { return bytes_; }
  virtual const ringcall_arena_ref* region() const noexcept { return nullptr; } // set when the bytes lie in the answer arena
  void clear() noexcept { bytes_ = nullptr, size_ = 0; }
  // The server memory in which the bytes lie if neither slot nor arena has them.
  std::vector<std::byte> take_memory() noexcept { return std::move(memory_); }
  // A message: as much of it as fits somewhere.
  void set_message(std::string_view text) noexcept;

 protected:
  using answer::answer;
  ~sendable_answer() = default;

  std::vector<std::byte> memory_; // grow's, where there is no arena room
};

outcome invoke(const work& w, sendable_answer& out) noexcept;

// In a catch block: what the exception means for the caller, its message in out.
outcome caught(sendable_answer& out) noexcept;

}  // namespace ringcall
