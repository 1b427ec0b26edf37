// The model's memory against the litmus tests that everybody knows: what C++ allows is found, what it forbids is not.

#include "explorer.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

using namespace ringcall::model;

namespace {

enum class action { store, load, fence };
struct access {
  action what;
  std::size_t word = 0;
  order how = order::relaxed;
};
constexpr access stores(std::size_t word, order how = order::relaxed) { return {action::store, word, how}; }
constexpr access loads(std::size_t word, order how = order::relaxed) { return {action::load, word, how}; }
constexpr access release_fence{action::fence};

using thread = std::vector<access>;
struct own {
  std::uint64_t over = 0;
};

struct seen {
  std::set<std::vector<std::uint64_t>> results; // of the second thread's loads, behind what the first one's only load returned
  std::string failure;
};

// Runs two threads; each stores 1, then 2, ...
seen outcomes(const thread& first, const thread& second, bool judge = false) {
  seen s;
  plan p;
  p.words = 2;
  p.judge_memory = judge;
  const thread* const threads[] = {&first, &second};
  for (std::size_t t = 0; t < 2; ++t) {
    const thread& program = *threads[t];
    p.sides[t] = {sizeof(own), [](std::byte* at) { new (at) own; }, [](const std::byte*, const facts&) { return 1u; },
                  [&s, &program, t](std::byte* at, unsigned, tape& tape, facts& f) {
                    std::uint64_t value = 0;
                    std::vector<std::uint64_t> got;
                    for (const access& a : program) {
                      if (a.what == action::store) tape.store(a.word, ++value, a.how);
                      if (a.what == action::fence) tape.release_fence();
                      if (a.what == action::load) got.push_back(tape.load(a.word, a.how));
                    }
                    if (tape.dry) return;
                    reinterpret_cast<own*>(at)->over = 1;
                    if (t == 0 && !got.empty()) f.posted = 1 + got[0]; // kept for the other thread's end
                    if (t == 1 && f.posted != 0) got.insert(got.begin(), f.posted - 1);
                    if (t == 1) s.results.insert(got);
                  },
                  [](const std::byte* at) { return reinterpret_cast<const own*>(at)->over != 0; }, [](unsigned) { return std::string("runs"); }};
  }
  alignas(64) static std::byte nowhere[words_max * 8];
  s.failure = explore(p, nowhere).failure;
  return s;
}

bool saw(const seen& s, std::vector<std::uint64_t> result) { return s.results.contains(result); }

}  // namespace

TEST_CASE("memory: a message that is released and acquired comes with what was stored before") {
  const seen s = outcomes({stores(0, order::plain), stores(1, order::ordered)}, {loads(1, order::ordered), loads(0)});
  CHECK(s.failure == "");
  CHECK_FALSE(saw(s, {2, 0}));
  CHECK(saw(s, {2, 1}));
  CHECK(saw(s, {0, 0}));
  CHECK(saw(s, {0, 1}));
}

TEST_CASE("memory: without release, or without acquire, it may come alone") {
  CHECK(saw(outcomes({stores(0), stores(1)}, {loads(1, order::ordered), loads(0)}), {2, 0}));
  CHECK(saw(outcomes({stores(0), stores(1, order::ordered)}, {loads(1), loads(0)}), {2, 0}));
}

TEST_CASE("memory: a release fence makes a relaxed store carry what was stored before the fence, and no more") {
  CHECK_FALSE(saw(outcomes({stores(0), release_fence, stores(1)}, {loads(1, order::ordered), loads(0)}), {2, 0}));
  CHECK(saw(outcomes({release_fence, stores(0), stores(1)}, {loads(1, order::ordered), loads(0)}), {2, 0}));
}

TEST_CASE("memory: each of two threads may miss the other's store") {
  CHECK(saw(outcomes({stores(0, order::ordered), loads(1, order::ordered)}, {stores(1, order::ordered), loads(0, order::ordered)}), {0, 0}));
}

TEST_CASE("memory: one word is seen in the order of its stores") {
  const seen s = outcomes({stores(0), stores(0)}, {loads(0), loads(0)});
  CHECK_FALSE(saw(s, {2, 1}));
  CHECK_FALSE(saw(s, {1, 0}));
  CHECK(saw(s, {0, 2}));
  CHECK(saw(s, {1, 1}));
}

TEST_CASE("memory: a plain store that is read unordered is a race, a store over an unseen one is found") {
  CHECK(outcomes({stores(0, order::plain)}, {loads(0)}, true).failure == "a plain access races");
  CHECK(outcomes({stores(0)}, {loads(0, order::plain)}, true).failure == "a plain access races");
  CHECK(outcomes({stores(0)}, {stores(0)}, true).failure == "a store overwrites one that its side has not seen");
  CHECK(outcomes({stores(0, order::plain), stores(1, order::ordered)}, {loads(1, order::ordered)}, true).failure == "");
}
