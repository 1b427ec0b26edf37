#include "spin_budget.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>

using ringcall::spin_budget;

TEST_CASE("misses halve the budget down to its floor") {
  spin_budget b(1000, 100);
  b.missed();
  CHECK(b.current() == 500);
  for (int i = 0; i < 10; ++i) b.missed();
  CHECK(b.current() == 100);
}

TEST_CASE("one success restores the full budget") {
  spin_budget b(1000, 100);
  for (int i = 0; i < 10; ++i) b.missed();
  b.met();
  CHECK(b.current() == 1000);
}

namespace {

// A side that polls and is woken waking units after what it slept through; each event comes gap units after the last.
struct poller {
  spin_budget budget{1000, 100};
  std::uint64_t polled = 0;

  bool sleeps(std::uint64_t gap, std::uint64_t waking) {
    const std::uint64_t limit = budget.current();
    polled += std::min(limit, gap);
    if (gap <= limit) return budget.met(), false;
    budget.missed();
    budget.woken(gap + waking);
    return true;
  }
};

}  // namespace

TEST_CASE("a peer that becomes quick is met from its third event on, however long waking takes and whatever it was before") {
  for (const std::uint64_t before : {5'000u, 20'000u, 1'000'000u}) {
    poller p;
    for (int i = 0; i < 1000; ++i) p.sleeps(before, 1500);
    p.budget.contended();
    int slept = 0;
    for (int i = 0; i < 1000; ++i) slept += p.sleeps(160, 1500);
    CHECK(slept <= (before > 8000 ? 2 : 257)); // one that was a little too slow has used up the probes
  }
}

TEST_CASE("both sides asleep find each other awake again") { // the event comes as late as the peer, which is rung for, takes to wake
  poller p;
  while (p.budget.current() > 100) p.budget.missed();
  CHECK(p.sleeps(1700, 1500));
  CHECK_FALSE(p.sleeps(1700, 1500));
  for (int i = 0; i < 100; ++i) CHECK_FALSE(p.sleeps(160, 1500));
}

TEST_CASE("a peer that stays slower than a budget costs little polling") {
  for (const std::uint64_t gap : {1001u, 5000u, 7000u, 9000u}) {
    poller p;
    for (int i = 0; i < 10'000; ++i) p.sleeps(gap, 500);
    CHECK(p.polled / 10'000 < 150); // of which 100 are the floor
  }
}

TEST_CASE("contention goes straight to the floor") {
  spin_budget b(1000, 100);
  b.contended();
  CHECK(b.current() == 100);
}

TEST_CASE("a probe that kept its peer from running is none that met it") { // both on one core
  for (const bool jumps : {false, true}) {
    spin_budget b(1000, 100);
    while (b.current() > 100) b.missed();
    std::uint64_t polled = 0;
    for (int i = 0; i < 10'000; ++i) {
      polled += b.current();
      if (i % 10 == 0) b.missed(), b.woken(300);
      else if (jumps) b.contended();
      else b.yielded();
    }
    CHECK(polled / 10'000 < 120);
  }
}

TEST_CASE("a full budget of 0 never polls") {
  spin_budget b(0, 100);
  CHECK(b.current() == 0);
  b.missed();
  CHECK(b.current() == 0);
  b.met();
  CHECK(b.current() == 0);
}
