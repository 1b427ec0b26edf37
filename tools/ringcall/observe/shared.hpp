#pragma once
// Words that a server writes while they are read.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ringcall::observe {

// Statistics are ordered by nothing but their sequence words: relaxed.
template <class T>
T load(const T& word, std::memory_order order = std::memory_order_relaxed) noexcept {
  return std::atomic_ref<T>(const_cast<T&>(word)).load(order);
}

// Word by word: a struct of whole 64-bit words, aligned to them.
template <class T>
T load_struct(const T& shared) noexcept {
  static_assert(sizeof(T) % 8 == 0 && alignof(T) <= 8);
  T mine;
  const auto* from = reinterpret_cast<const std::uint64_t*>(&shared);
  for (std::size_t i = 0; i < sizeof(T) / 8; ++i) {
    const std::uint64_t word = load(from[i]);
    std::memcpy(reinterpret_cast<std::byte*>(&mine) + i * 8, &word, 8);
  }
  return mine;
}

}  // namespace ringcall::observe
