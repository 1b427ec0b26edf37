#pragma once
// Where a handler puts an answer of variable size.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string_view>

namespace ringcall {

// Thrown by answer::resize beyond what the answer arena can ever hold. A handler that lets it pass gives its caller the same message.
class answer_too_large : public std::exception {
 public:
  answer_too_large(std::size_t size, std::size_t capacity);
  const char* what() const noexcept override { return text_; }

 private:
  char text_[160];
};

// Valid while the handler runs, on the thread that runs it.
class answer {
 public:
  answer(const answer&) = delete;
  answer& operator=(const answer&) = delete;

  // Room for an answer of exactly size bytes, to be filled in place: in the slot if it fits there, else in the answer arena, else (no room
  // there now) in server memory. The bytes are not initialised; an earlier result is void, also when this throws: answer_too_large beyond
  // the arena's capacity, std::bad_alloc.
  std::span<std::byte> resize(std::size_t size) {
    bytes_ = nullptr;
    size_ = 0;
    std::byte* bytes = inline_bytes_;
    if (size > inline_room_) [[unlikely]] bytes = grow(size);
    bytes_ = bytes;
    size_ = size;
    return {bytes, size};
  }

  // Copies text or bytes into the answer.
  void assign(std::string_view text);

 protected:
  answer(std::byte* inline_bytes, std::size_t inline_room) noexcept : inline_bytes_(inline_bytes), inline_room_(inline_room) {}
  ~answer() = default;
  virtual std::byte* grow(std::size_t size) = 0;

  std::byte* inline_bytes_;
  std::size_t inline_room_;
  std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ringcall
