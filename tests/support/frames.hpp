#pragma once
// Frames for tests: requests as a client would write them, answers in plain memory.

#include "ringcall/wire.hpp"

#include "invoke.hpp"
#include "system.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace ringcall::test {

// Behind the frame lies no memory: a read past its end is a crash. Begins at a multiple of 8.
class guarded_frame {
 public:
  explicit guarded_frame(std::span<const std::byte> bytes) : size_(bytes.size()) {
    const std::size_t pages = (size_ + page - 1) / page + 1;
    mapped_ = pages * page;
    base_ = static_cast<std::byte*>(checked(mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), "mmap"));
    checked(mprotect(base_ + mapped_ - page, page, PROT_NONE), "mprotect");
    begin_ = base_ + mapped_ - page - (size_ + 7) / 8 * 8;
    assign(bytes);
  }
  ~guarded_frame() { munmap(base_, mapped_); }
  guarded_frame(const guarded_frame&) = delete;
  guarded_frame& operator=(const guarded_frame&) = delete;

  void assign(std::span<const std::byte> bytes) { std::ranges::copy(bytes, begin_); }
  std::span<std::byte> bytes() const { return {begin_, size_}; }

 private:
  static constexpr std::size_t page = 4096;
  std::size_t size_;
  std::size_t mapped_;
  std::byte* base_;
  std::byte* begin_;
};

// What a client sends for these parameters.
template <class... Args>
std::vector<std::byte> request_frame(const Args&... args) {
  using layout = wire::struct_layout<wire::codec<Args>...>;
  const std::size_t size = layout::fixed ? layout::size : (wire::padded(layout::size) + ... + wire::codec<Args>::tail_size(args));
  std::vector<std::byte> frame(size);
  wire::writer w(frame, layout::size);
  std::size_t i = 0;
  (wire::codec<Args>::write(w, layout::offsets[i++], args), ...);
  if (!layout::fixed) w.finish();
  return frame;
}

// An answer in memory that is full of 0xff before.
struct memory_answer final : sendable_answer {
  memory_answer() : sendable_answer(nullptr, 0) {}
  std::byte* grow(std::size_t size) override {
    ++resized;
    memory.assign(size, std::byte{0xff});
    return memory.data();
  }
  std::string text() const { return {reinterpret_cast<const char*>(bytes()), size()}; }

  int resized = 0;
  std::vector<std::byte> memory;
};

template <class R>
std::vector<std::byte> answer_frame(const R& value) {
  memory_answer out;
  wire::write_answer(out, value);
  return out.memory;
}

template <class T>
T read_one(std::span<const std::byte> frame) {
  return std::get<0>(wire::read_request<T>(frame));
}

template <class T>
void poke(std::span<std::byte> frame, std::size_t at, T value) {
  std::memcpy(frame.data() + at, &value, sizeof value);
}
template <class T>
T peek(std::span<const std::byte> frame, std::size_t at) {
  T value;
  std::memcpy(&value, frame.data() + at, sizeof value);
  return value;
}

}  // namespace ringcall::test
