#pragma once
// What is counted of a method beside its calls, and copies of counters.

#include "counter.hpp"
#include "ringcall/stats.h"

#include <atomic>
#include <cstdint>

namespace ringcall {

// A handler failed with this code. For the counters' one writer; readable meanwhile.
inline void count_failure(ringcall_method_stats& m, std::uint32_t code) noexcept {
  for (ringcall_failure_count& f : m.failures) {
    if (recent(f.used) == 0) {
      set(f.code, code);
      std::atomic_ref(f.used).store(1u, std::memory_order_release); // with its code
    }
    if (recent(f.code) == code) return bump(f.count);
  }
  bump(m.other_failures);
}

// Counters of one side as its words are just now.
template <class T>
void copy_counters(T& to, T& from) noexcept {
  auto* t = reinterpret_cast<std::uint64_t*>(&to);
  auto* f = reinterpret_cast<std::uint64_t*>(&from);
  for (std::size_t i = 0; i < sizeof(T) / sizeof *t; ++i) set(t[i], recent(f[i]));
}

}  // namespace ringcall
