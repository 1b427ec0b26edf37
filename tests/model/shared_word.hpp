#pragma once
// What ring.hpp and run_cursor.hpp are compiled against in the model, in place of std::atomic_ref and std::memcpy: every access to shared memory
// goes to the tape of the side that runs.
//
// A side runs one operation (post, reap, take, ...) again and again, from its beginning, one access further each time: loads made before return
// what they returned, stores made before are not made again. Where the next load is due the explorer decides what it returns; until then the
// operation runs on with zeros, and what comes of that is thrown away. So a thread's state is where its operation began and what it has
// loaded since, and can be copied, compared and continued.

#include "memory.hpp"

#include <atomic>
#include <cstddef>
#include <cstring>
#include <functional>
#include <vector>

namespace ringcall::model {

inline constexpr std::size_t loads_max = 48; // of one operation

struct tape {
  // What was done before.
  const std::uint64_t* loads = nullptr;
  std::size_t loads_count = 0;
  std::size_t stores_count = 0;
  // What this run does.
  memory* live = nullptr;
  int thread = 0;
  std::byte* base = nullptr; // of the shared words; addresses only, nothing lies there
  std::size_t words = 0;
  std::function<void()> before_store; // the side may die here
  // What came of it.
  std::size_t loads_seen = 0, stores_seen = 0;
  bool dry = false; // the next load is due: what follows is not real
  std::size_t load_word = 0;
  order load_order = order::plain;
  const char* failure = nullptr;

  bool is_shared(const void* p) const { return std::less_equal<>()(static_cast<const void*>(base), p) && std::less<>()(p, static_cast<const void*>(base + words_max * 8)); }

  std::size_t word_of(const void* p) {
    const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(p) - base);
    if (!is_shared(p) || offset % 8 != 0 || offset / 8 >= words) return fail("an access outside the ring"), 0;
    return offset / 8;
  }

  std::uint64_t load(std::size_t word, order o) {
    if (dry) return 0;
    if (loads_seen < loads_count) return loads[loads_seen++];
    dry = true;
    load_word = word;
    load_order = o;
    return 0;
  }

  void store(std::size_t word, std::uint64_t value, order o) {
    if (!begins_store()) return;
    live->store(thread, word, value, o);
  }

  void release_fence() {
    if (begins_store()) live->release_fence(thread);
  }

  void fail(const char* why) {
    if (!dry && failure == nullptr) failure = why;
  }
  void expect(bool holds, const char* otherwise) {
    if (!holds) fail(otherwise);
  }

 private:
  bool begins_store() {
    if (dry || failure != nullptr || stores_seen++ < stores_count) return false;
    if (before_store) before_store();
    return true;
  }
};

inline thread_local tape* running = nullptr;

constexpr order order_of(std::memory_order o) { return o == std::memory_order_relaxed ? order::relaxed : order::ordered; }

template <class T>
class shared_word {
 public:
  explicit shared_word(T& word) : address_(&word) { static_assert(sizeof(T) == 8); }
  T load(std::memory_order o) const { return running->load(running->word_of(address_), order_of(o)); }
  void store(T value, std::memory_order o) const { running->store(running->word_of(address_), value, order_of(o)); }

 private:
  void* address_;
};

inline void shared_memcpy(void* to, const void* from, std::size_t size) {
  const bool stores = running->is_shared(to), loads = running->is_shared(from);
  if (!stores && !loads) {
    std::memcpy(to, from, size);
    return;
  }
  running->expect(size % 8 == 0 && stores != loads, "a copy of parts of words");
  for (std::size_t at = 0; at + 8 <= size; at += 8) {
    std::uint64_t word;
    if (stores) {
      std::memcpy(&word, static_cast<const std::byte*>(from) + at, 8);
      running->store(running->word_of(static_cast<std::byte*>(to) + at), word, order::plain);
    } else {
      word = running->load(running->word_of(static_cast<const std::byte*>(from) + at), order::plain);
      std::memcpy(static_cast<std::byte*>(to) + at, &word, 8);
    }
  }
}

}  // namespace ringcall::model
