// Buckets of histograms: where values go, and how far off a bucket may be.

#include "histogram.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <random>

using namespace ringcall;

TEST_CASE("small values have buckets of their own") {
  for (std::uint32_t v = 0; v < 64; ++v) {
    CHECK(histogram::index(v) == v);
    CHECK(histogram::lower(v) == v);
    CHECK(histogram::upper(v) == v);
  }
}

TEST_CASE("buckets follow one another without gap or overlap") {
  for (std::uint32_t b = 0; b < RINGCALL_HISTOGRAM_BUCKETS; ++b) {
    CHECK(histogram::index(histogram::lower(b)) == b);
    CHECK(histogram::index(histogram::upper(b)) == b);
    if (b + 1 < RINGCALL_HISTOGRAM_BUCKETS) CHECK(histogram::index(histogram::upper(b) + 1) == b + 1);
  }
}

TEST_CASE("a bucket is at most 1/32 of its lower bound wide") {
  for (std::uint32_t b = 64; b < RINGCALL_HISTOGRAM_BUCKETS; ++b) CHECK((histogram::upper(b) - histogram::lower(b) + 1) * 32 <= histogram::lower(b));
}

TEST_CASE("the index is what stats.h says it is") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t v = random() >> random() % 64;
    std::uint64_t log2 = 0;
    while (v >> log2 > 1) ++log2;
    const std::uint64_t e = log2 - 5;
    REQUIRE(histogram::index(v) == (v < 64 ? v : v >> 36 != 0 ? 1023 : 32 * e + (v >> e)));
  }
}

TEST_CASE("what is too long has the last bucket") {
  CHECK(histogram::index((1ull << 36) - 1) == 1023);
  CHECK(histogram::index(1ull << 36) == 1023);
  CHECK(histogram::index(~0ull) == 1023);
}

TEST_CASE("a recorded value is counted, summed and compared") {
  auto h = std::make_unique<ringcall_histogram>();
  for (const std::uint64_t v : {5ull, 1000ull, 1001ull, 70ull}) histogram::record(*h, v);
  CHECK(h->count == 4);
  CHECK(h->sum == 2076);
  CHECK(h->max == 1001);
  CHECK(h->buckets[5] == 1);
  CHECK(h->buckets[histogram::index(1000)] == 2);
  CHECK(h->buckets[histogram::index(70)] == 1);
}
