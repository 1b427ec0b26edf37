#pragma once
// What the targets share: taking an input apart, and what happens when something does not hold.

#include "targets.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ringcall::fuzz {

inline void must(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// Hands out an input piece by piece; zeros behind its end.
class script {
 public:
  explicit script(input bytes) noexcept : bytes_(bytes) {}

  bool over() const noexcept { return bytes_.empty(); }
  template <class T>
  T take() noexcept {
    T value{};
    const input from = take(sizeof value);
    if (!from.empty()) std::memcpy(&value, from.data(), from.size());
    return value;
  }
  std::uint8_t byte() noexcept { return take<std::uint8_t>(); }
  // As many as there are.
  input take(std::size_t count) noexcept {
    const input first = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(first.size());
    return first;
  }
  input rest() noexcept { return take(bytes_.size()); }

 private:
  input bytes_;
};

}  // namespace ringcall::fuzz
