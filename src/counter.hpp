#pragma once
// Counters that another process may read at any time: each one word with one writer.

#include <atomic>
#include <concepts>
#include <type_traits>

namespace ringcall {

// relaxed, all: readers want a recent value of one word, nothing is ordered by it. One writer, so a load and a store will do.
template <std::integral T>
T recent(const T& word) noexcept {
  return std::atomic_ref(const_cast<T&>(word)).load(std::memory_order_relaxed);
}

template <std::integral T>
void set(T& word, std::type_identity_t<T> value) noexcept {
  std::atomic_ref(word).store(value, std::memory_order_relaxed);
}

template <std::integral T>
void bump(T& word, std::type_identity_t<T> by = 1) noexcept {
  set(word, static_cast<T>(recent(word) + by));
}

}  // namespace ringcall
