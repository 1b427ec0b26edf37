// The cases of go/ring_test.go, by the same names.

#include "heap_ring.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <stdexcept>

using namespace ringcall;
using namespace ringcall::test;

namespace {

constexpr std::uint64_t near_48 = (1ull << 48) - 3;
constexpr std::uint64_t near_64 = ~0ull - 2;

void run_laps(heap_ring& r, int calls) {
  for (int i = 0; i < calls; ++i) {
    const auto value = static_cast<std::uint64_t>(i) * 7;
    r.post(value, static_cast<std::uint16_t>(i));
    auto taken = r.take();
    REQUIRE(taken.size() == 1);
    CHECK(value_of(taken[0]) == value);
    r.answer(taken[0], value + 1);
    r.server.answered.publish();
    auto answers = r.reap();
    REQUIRE(answers.size() == 1);
    CHECK(value_of(answers[0]) == value + 1);
    CHECK(answers[0].id == static_cast<std::uint16_t>(i));
  }
}

ringcall_violation copy_second(heap_ring& r, std::uint64_t word) {
  r.put(1);
  r.put(2);
  r.client.posted.publish();
  r.set_word(1, word);
  REQUIRE(r.server.taken.look() == 2);
  record out;
  REQUIRE(r.server.taken.copy(0, out) == RINGCALL_VIOLATION_NONE);
  return r.server.taken.copy(1, out);
}

ringcall_violation copy_first(std::uint32_t shape, std::uint32_t stride = RINGCALL_STRIDE_SMALL) {
  heap_ring r(8, stride);
  r.set_word(0, make_word(0, 1, shape, 0));
  REQUIRE(r.server.taken.look() == 1);
  record out;
  return r.server.taken.copy(0, out);
}

}  // namespace

TEST_CASE("zeroed memory is nothing") {
  heap_ring r;
  CHECK(r.server.taken.look() == 0);
  CHECK(r.client.reaped.look() == 0);
}

TEST_CASE("a half-written run is invisible") {
  heap_ring r;
  r.put(1);
  r.put(2);
  r.put(3);
  CHECK(r.server.taken.look() == 0);
  CHECK(word_position(r.word_at(2)) == 2); // it really was written
}

TEST_CASE("a run is visible as a whole") {
  heap_ring r;
  r.put(10, 7, 3);
  r.put(11, 8, 4);
  r.put(12, 9, 5);
  CHECK(r.client.posted.publish() == 3);
  auto records = r.take();
  REQUIRE(records.size() == 3);
  for (std::uint16_t i = 0; i < 3; ++i) {
    CHECK(value_of(records[i]) == 10u + i);
    CHECK(records[i].id == 7 + i);
    CHECK(records[i].code == 3 + i);
    CHECK(records[i].shape == 8);
  }
}

TEST_CASE("a run of one carries its record") {
  heap_ring r(8, RINGCALL_STRIDE_LARGE);
  std::byte bytes[record_size_max];
  for (std::size_t i = 0; i < sizeof bytes; ++i) bytes[i] = static_cast<std::byte>(i * 3);
  std::memcpy(r.client.posted.next(), bytes, sizeof bytes);
  r.client.posted.put(42, 43, 44, record_size_max);
  r.client.posted.publish();
  auto records = r.take();
  REQUIRE(records.size() == 1);
  CHECK(std::memcmp(records[0].bytes, bytes, sizeof bytes) == 0);
  CHECK(records[0].code == 42);
  CHECK(records[0].id == 43);
  CHECK(records[0].detail == 44);
}

TEST_CASE("a full run of 256 carries every record") {
  heap_ring r(256);
  for (std::uint16_t i = 0; i < RINGCALL_RUN_MAX; ++i) r.put(i * 5u, i);
  CHECK(r.client.room() == 0);
  r.client.posted.publish();
  auto records = r.take();
  REQUIRE(records.size() == RINGCALL_RUN_MAX);
  for (std::uint16_t i = 0; i < RINGCALL_RUN_MAX; ++i) CHECK(value_of(records[i]) == i * 5u);
}

TEST_CASE("runs wrap round the ring's end") {
  heap_ring r(8);
  run_laps(r, 6);
  for (std::uint16_t i = 0; i < 5; ++i) r.put(i + 100u, i);
  r.client.posted.publish();
  auto records = r.take();
  REQUIRE(records.size() == 5);
  CHECK(value_of(records[4]) == 104);
  for (auto& one : records) r.answer(one, value_of(one));
  r.server.answered.publish();
  CHECK(r.reap().size() == 5);
}

TEST_CASE("positions cross 2^48") {
  heap_ring r(4, RINGCALL_STRIDE_SMALL, near_48);
  run_laps(r, 20);
  CHECK(r.client.posted.position() == near_48 + 20);
}

TEST_CASE("positions cross 2^64") {
  heap_ring r(4, RINGCALL_STRIDE_SMALL, near_64);
  run_laps(r, 20);
  CHECK(r.client.posted.position() == 17);
}

TEST_CASE("an answer overwrites its own request when handlers finish in order") {
  heap_ring r;
  r.post(5, 1);
  auto taken = r.take();
  r.answer(taken[0], 6);
  r.server.answered.publish();
  CHECK(word_state(r.word_at(0)) == RINGCALL_STATE_ANSWER);
  std::uint64_t value;
  std::memcpy(&value, r.view.at(0) + RINGCALL_SLOT_RECORD, sizeof value);
  CHECK(value == 6);
}

TEST_CASE("answers come in completion order") {
  heap_ring r;
  for (std::uint16_t id = 0; id < 4; ++id) r.post(id, id);
  std::vector<record> taken;
  for (int i = 0; i < 4; ++i) taken.push_back(r.take().at(0));
  for (int i : {2, 0, 3, 1}) {
    r.answer(taken[static_cast<std::size_t>(i)], static_cast<std::uint64_t>(i) * 10);
    r.server.answered.publish();
  }
  std::vector<std::uint16_t> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(r.reap().at(0).id);
  CHECK(ids == std::vector<std::uint16_t>{2, 0, 3, 1});
}

TEST_CASE("the ring full refuses") {
  heap_ring r(4);
  for (int i = 0; i < 4; ++i) r.post(1);
  CHECK(r.client.room() == 0);
  CHECK(r.client.outstanding() == 4);
}

TEST_CASE("room comes back with the answers copied out") {
  heap_ring r(4);
  for (int i = 0; i < 4; ++i) r.post(1);
  for (int i = 0; i < 2; ++i) r.answer(r.take().at(0), 1);
  CHECK(r.client.room() == 0); // answered, not published
  r.server.answered.publish();
  CHECK(r.client.room() == 0); // published, not copied out
  CHECK(r.reap().size() == 2);
  CHECK(r.client.room() == 2);
}

TEST_CASE("a stale word of the previous lap is nothing") {
  heap_ring r(4);
  run_laps(r, 4);
  r.set_word(4, make_word(0, 1, 8, 0)); // the request that lay there a lap ago
  CHECK(r.server.taken.look() == 0);
  r.set_word(4, make_word(0, 1, 8, RINGCALL_STATE_ANSWER));
  CHECK(r.client.reaped.look() == 0);
}

TEST_CASE("a request is no answer and an answer no request") {
  heap_ring r;
  r.post(1);
  CHECK(r.client.reaped.look() == 0);
  r.set_word(0, make_word(0, 1, 8, RINGCALL_STATE_ANSWER));
  CHECK(r.server.taken.look() == 0);
}

TEST_CASE("a position that is not the next is nothing") {
  heap_ring r;
  r.set_word(0, make_word(1, 1, 8, 0));
  CHECK(r.server.taken.look() == 0);
  r.set_word(0, make_word(8, 1, 8, 0));
  CHECK(r.server.taken.look() == 0);
}

TEST_CASE("a count of 0 is never an error") {
  heap_ring r;
  r.set_word(0, make_word(0, 0, 8, 0));
  CHECK(r.server.taken.look() == 0);
  r.set_word(0, make_word(0, 0, 60, RINGCALL_STATE_ANSWER));
  CHECK(r.client.reaped.look() == 0);
}

TEST_CASE("a count beyond what may be outstanding is seen") {
  heap_ring r(4);
  r.set_word(0, make_word(0, 5, 8, 0));
  CHECK(r.server.taken.look() > r.server.limit());
  r.set_word(0, make_word(0, 1, 8, RINGCALL_STATE_ANSWER));
  CHECK(r.client.reaped.look() > r.client.outstanding());
}

TEST_CASE("a wrong word inside a run is a violation") {
  heap_ring a, b;
  CHECK(copy_second(a, make_word(2, 0, 8, 0)) == RINGCALL_VIOLATION_WORD);
  CHECK(copy_second(b, make_word(1, 0, 8, RINGCALL_STATE_ANSWER)) == RINGCALL_VIOLATION_WORD);
}

TEST_CASE("a count inside a run is a violation") {
  heap_ring r;
  CHECK(copy_second(r, make_word(1, 1, 8, 0)) == RINGCALL_VIOLATION_WORD);
}

TEST_CASE("a reserved shape is a violation") {
  for (std::uint32_t shape = record_size_max + 1; shape < RINGCALL_SHAPE_FRAMES; ++shape) CHECK(copy_first(shape) == RINGCALL_VIOLATION_SHAPE);
}

TEST_CASE("a shape beyond the slot is a violation") {
  CHECK(copy_first(16) == RINGCALL_VIOLATION_NONE);
  CHECK(copy_first(17) == RINGCALL_VIOLATION_SHAPE);
  CHECK(copy_first(48, RINGCALL_STRIDE_LARGE) == RINGCALL_VIOLATION_NONE);
  CHECK(copy_first(49, RINGCALL_STRIDE_LARGE) == RINGCALL_VIOLATION_SHAPE);
}

TEST_CASE("a batch or arena shape is none") {
  CHECK(copy_first(RINGCALL_SHAPE_FRAMES) == RINGCALL_VIOLATION_NONE);
  CHECK(copy_first(RINGCALL_SHAPE_BATCH) == RINGCALL_VIOLATION_NONE);
  CHECK(copy_first(RINGCALL_SHAPE_ARENA) == RINGCALL_VIOLATION_NONE);
}

TEST_CASE("discard leaves nothing") {
  heap_ring r;
  r.put(1);
  r.put(2);
  r.client.posted.discard();
  CHECK(r.server.taken.look() == 0);
  CHECK(r.client.room() == 8);
  CHECK(r.client.posted.position() == 0);
}

TEST_CASE("a discarded run is overwritten by the next") {
  heap_ring r;
  r.put(1, 1);
  r.put(2, 2);
  r.client.posted.discard();
  r.post(3, 3);
  auto first = r.take();
  REQUIRE(first.size() == 1);
  CHECK(value_of(first[0]) == 3);
  CHECK(r.take().empty());
}

TEST_CASE("a record is copied once even if the writer changes it afterwards") {
  heap_ring r;
  r.post(77, 5);
  REQUIRE(r.server.taken.look() == 1);
  record out;
  REQUIRE(r.server.taken.copy(0, out) == RINGCALL_VIOLATION_NONE);
  std::memset(r.view.at(0) + 8, 0xff, 24);
  CHECK(value_of(out) == 77);
  CHECK(out.id == 5);
}

TEST_CASE("only the words a record needs are copied") {
  heap_ring r(8, RINGCALL_STRIDE_LARGE);
  r.put(1);
  std::memset(r.view.at(0) + RINGCALL_STRIDE_SMALL, 0x55, 32); // bytes that the record does not have
  r.client.posted.publish();
  REQUIRE(r.server.taken.look() == 1);
  record out{};
  REQUIRE(r.server.taken.copy(0, out) == RINGCALL_VIOLATION_NONE);
  CHECK(out.bytes[16] == std::byte{0});
}

TEST_CASE("want is crossed only by the run that contains it") {
  CHECK(crosses(10, 4, 10));
  CHECK(crosses(10, 4, 13));
  CHECK_FALSE(crosses(10, 4, 14));
  CHECK_FALSE(crosses(10, 4, 9));
  CHECK_FALSE(crosses(10, 4, RINGCALL_WANT_NONE));
  CHECK(crosses(near_48, 8, near_48 + 7));
}

TEST_CASE("random runs and completion orders keep every record") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    heap_ring r(16, seed % 2 != 0 ? RINGCALL_STRIDE_SMALL : RINGCALL_STRIDE_LARGE, near_48 - seed * 100);
    std::vector<record> waiting;
    std::set<std::uint64_t> unanswered;
    std::uint64_t posted = 0, reaped = 0;
    while (reaped < 20'000) {
      const std::uint32_t n = std::min(r.client.room(), static_cast<std::uint32_t>(random() % 6));
      for (std::uint32_t i = 0; i < n; ++i) {
        unanswered.insert(posted);
        r.put(posted++);
      }
      if (n != 0) r.client.posted.publish();
      for (auto& taken : r.take()) waiting.push_back(taken);
      for (std::size_t n_answers = random() % 5; n_answers > 0 && !waiting.empty(); --n_answers) {
        const std::size_t pick = random() % waiting.size();
        r.answer(waiting[pick], value_of(waiting[pick]));
        waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(pick));
      }
      if (r.server.answered.pending() != 0) r.server.answered.publish();
      for (auto& a : r.reap()) {
        REQUIRE(unanswered.erase(value_of(a)) == 1);
        ++reaped;
      }
    }
  }
}
