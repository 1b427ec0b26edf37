#include "answer_arena.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <random>

using namespace ringcall;

namespace {

struct fixture {
  alignas(64) std::byte memory[4096 + 64];
  arena_bounds bounds{64, 4096};
  answer_arena arena{memory, bounds};

  void ack(const ringcall_arena_ref& ref) { reinterpret_cast<ringcall_region*>(memory + ref.offset - sizeof(ringcall_region))->ack = ref.ticket; }
};

}  // namespace

TEST_CASE("a payload of the whole capacity fits an empty arena") {
  fixture f;
  ringcall_arena_ref ref{};
  REQUIRE(f.arena.allocate(f.arena.capacity(), ref));
  CHECK(f.bounds.contains(ref.offset, ref.size));
  ringcall_arena_ref more{};
  CHECK_FALSE(f.arena.allocate(1, more));
  f.ack(ref);
  CHECK(f.arena.allocate(f.arena.capacity(), more));
}

TEST_CASE("payloads begin at cache lines, but for one of the whole capacity") {
  fixture f;
  for (const std::uint32_t size : {1u, 64u, 1000u, f.arena.capacity() - 64, f.arena.capacity() - 63, f.arena.capacity()}) {
    ringcall_arena_ref ref{};
    REQUIRE(f.arena.allocate(size, ref));
    CHECK(ref.offset % RINGCALL_CACHE_LINE == (size > f.arena.capacity() - 64 ? sizeof(ringcall_region) : 0));
    CHECK(f.bounds.contains(ref.offset, ref.size));
    f.ack(ref);
  }
}

TEST_CASE("an emptied arena starts over, wherever it stood") {
  fixture f;
  for (int i = 0; i < 50; ++i) {
    ringcall_arena_ref small{}, whole{};
    REQUIRE(f.arena.allocate(100u + static_cast<std::uint32_t>(i) * 16, small));
    f.ack(small);
    REQUIRE(f.arena.allocate(f.arena.capacity(), whole));
    f.ack(whole);
  }
}

TEST_CASE("a wrong or early ack frees nothing but the region itself") {
  fixture f;
  ringcall_arena_ref a{}, b{}, c{};
  REQUIRE(f.arena.allocate(2000, a));
  REQUIRE(f.arena.allocate(1000, b));
  reinterpret_cast<ringcall_region*>(f.memory + a.offset - sizeof(ringcall_region))->ack = b.ticket;
  CHECK_FALSE(f.arena.allocate(2000, c));
}

TEST_CASE("regions acked out of order are freed in allocation order") {
  fixture f;
  ringcall_arena_ref a{}, b{}, c{}, d{};
  REQUIRE(f.arena.allocate(1200, a));
  REQUIRE(f.arena.allocate(1200, b));
  REQUIRE(f.arena.allocate(1200, c));
  f.ack(b);
  CHECK_FALSE(f.arena.allocate(1200, d));
  f.ack(a);
  CHECK(f.arena.allocate(1200, d));
}

TEST_CASE("undo gives the latest region back") {
  fixture f;
  ringcall_arena_ref a{}, b{};
  REQUIRE(f.arena.allocate(1000, a));
  REQUIRE(f.arena.allocate(2900, b));
  f.arena.undo();
  REQUIRE(f.arena.allocate(2900, b));
  CHECK(b.offset > a.offset);
}

TEST_CASE("living regions never overlap and never leave the arena") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    fixture f;
    std::deque<ringcall_arena_ref> living;
    for (int i = 0; i < 5000; ++i) {
      ringcall_arena_ref ref{};
      const auto size = static_cast<std::uint32_t>(1 + random() % 900);
      const bool later = random() % 2 != 0; // its size is said
      if (random() % 2 != 0 && (later ? f.arena.open(size, ref) : f.arena.allocate(size, ref))) {
        REQUIRE(ref.size >= size);
        if (later) f.arena.close(random() % 4 == 0 ? ref.size : size, ref);
        REQUIRE(ref.offset % RINGCALL_CACHE_LINE == 0);
        REQUIRE(f.bounds.contains(ref.offset - sizeof(ringcall_region), ref.size + sizeof(ringcall_region)));
        for (const auto& other : living) {
          const bool apart = ref.offset + ref.size <= other.offset - sizeof(ringcall_region) || other.offset + other.size <= ref.offset - sizeof(ringcall_region);
          REQUIRE(apart);
        }
        living.push_back(ref);
      } else if (!living.empty()) {
        const auto pick = static_cast<std::ptrdiff_t>(random() % living.size());
        f.ack(living[static_cast<std::size_t>(pick)]);
        living.erase(living.begin() + pick);
      }
    }
  }
}
