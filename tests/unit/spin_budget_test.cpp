#include "spin_budget.hpp"

#include <doctest/doctest.h>

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

TEST_CASE("at the floor a probe longer than the full budget is tried, ever more rarely") {
  spin_budget b(1000, 100);
  while (b.current() > 100) b.missed();
  int probes = 0;
  for (int i = 0; i < 4096; ++i) {
    b.missed();
    CHECK((b.current() == 100 || b.current() > 1000));
    probes += b.current() > 1000;
  }
  CHECK(probes >= 4096 / 256);
  CHECK(probes < 4096 / 100);
}

TEST_CASE("contention goes straight to the floor") {
  spin_budget b(1000, 100);
  b.contended();
  CHECK(b.current() == 100);
}

TEST_CASE("a full budget of 0 never polls") {
  spin_budget b(0, 100);
  CHECK(b.current() == 0);
  b.missed();
  CHECK(b.current() == 0);
  b.met();
  CHECK(b.current() == 0);
}
