// Two threads on one ring over heap memory, so that ThreadSanitizer sees every access.

#include "heap_ring.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

using namespace ringcall;
using namespace ringcall::test;

namespace {

// Serves until calls are answered: copies runs out, answers in a random order, in runs of random length.
void serve(heap_ring& r, std::uint64_t calls, unsigned seed, std::atomic<bool>& failed) {
  std::mt19937 random(seed);
  std::vector<record> waiting;
  std::uint64_t answered = 0;
  while (answered < calls && !failed) {
    const std::uint32_t count = r.server.taken.look();
    if (count > r.server.limit()) failed = true;
    for (std::uint32_t i = 0; i < count; ++i) {
      record one;
      if (r.server.taken.copy(i, one) != RINGCALL_VIOLATION_NONE) failed = true;
      waiting.push_back(one);
    }
    r.server.taken.advance(count);
    if (waiting.empty()) {
      std::this_thread::yield();
      continue;
    }
    for (std::size_t n = 1 + random() % 8; n > 0 && !waiting.empty(); --n) {
      const std::size_t pick = random() % waiting.size();
      r.answer(waiting[pick], value_of(waiting[pick]) * 3);
      waiting[pick] = waiting.back();
      waiting.pop_back();
      ++answered;
    }
    r.server.answered.publish();
  }
}

}  // namespace

TEST_CASE("no record is lost, doubled or torn between two threads") {
  constexpr std::uint64_t calls = 100'000;
  for (unsigned seed = 1; seed <= 4; ++seed) {
    heap_ring r(seed % 2 != 0 ? 8 : 128, seed < 3 ? RINGCALL_STRIDE_SMALL : RINGCALL_STRIDE_LARGE, (1ull << 48) - 1000);
    std::atomic<bool> failed{false};
    std::thread server([&] { serve(r, calls, seed, failed); });
    std::mt19937 random(seed * 77);
    std::vector<std::uint64_t> value_by_id(65536, 0);
    std::vector<std::uint16_t> free_ids;
    for (std::uint16_t id = 0; id < r.view.count(); ++id) free_ids.push_back(id);
    std::uint64_t posted = 0, reaped = 0;
    while (reaped < calls && !failed) {
      for (std::uint64_t n = std::min({std::uint64_t{random() % 9}, std::uint64_t{r.client.room()}, calls - posted}); n > 0; --n) {
        const std::uint16_t id = free_ids.back();
        free_ids.pop_back();
        value_by_id[id] = ++posted;
        r.put(posted, id);
      }
      if (r.client.posted.pending() != 0) r.client.posted.publish();
      const std::uint32_t count = r.client.reaped.look();
      if (count == 0) std::this_thread::yield();
      if (count > r.client.outstanding()) failed = true;
      for (std::uint32_t i = 0; i < count; ++i) {
        record a;
        if (r.client.reaped.copy(i, a) != RINGCALL_VIOLATION_NONE || value_by_id[a.id] == 0 || value_of(a) != value_by_id[a.id] * 3) failed = true;
        value_by_id[a.id] = 0;
        free_ids.push_back(a.id);
        ++reaped;
      }
      r.client.reaped.advance(count);
    }
    server.join();
    CHECK_FALSE(failed);
    CHECK(reaped == calls);
  }
}
