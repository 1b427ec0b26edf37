// The protocols of ring.hpp, doorbell.hpp and channel.cpp as models, explored exhaustively. Each is right as written, and each mutation of it
// (a fence removed, stores swapped, a copy after its overwriting) is found.

#include "explore.hpp"

#include <doctest/doctest.h>

using namespace ringcall::test;

namespace {

program without(program p, std::size_t at) {
  p.erase(p.begin() + static_cast<std::ptrdiff_t>(at));
  return p;
}

program swapped(program p, std::size_t a, std::size_t b) {
  std::swap(p[a], p[b]);
  return p;
}

// -- sleeping and waking: published 0, want 1

const program publisher{{op::store_release, 0, 1}, {op::fence}, {op::load, 1, 0}, {op::ring_if_set, 0}};
const program sleeper{{op::store, 1, 1}, {op::fence}, {op::load, 0, 0}, {op::end_if_set, 0}, {op::block}};

// Whether the sleeper can sleep for ever although something was published.
bool loses_a_wakeup(const program& p, const program& s) {
  bool lost = false;
  explore({p, s}, {}, [&](const world& w, bool stuck) { lost |= stuck && w.threads[1].at == s.size() - 1 && !w.threads[1].ended && w.memory[0] == 1; });
  return lost;
}

// -- a run of two records: records 0 and 1, the first slot's word 2

const program run_writer{{op::store, 0, 1}, {op::store, 1, 1}, {op::store_release, 2, 1}};
const program run_reader{{op::load, 2, 0}, {op::end_if_zero, 0}, {op::load, 0, 1}, {op::load, 1, 2}};

// Whether a run can be seen that is not all there.
bool tears_a_run(const program& w, const program& r) {
  bool torn = false;
  explore({w, r}, {}, [&](const world& x, bool) {
    const auto& reader = x.threads[1];
    torn |= reader.at == r.size() && !reader.ended && (reader.registers[1] == 0 || reader.registers[2] == 0);
  });
  return torn;
}

// -- answered in place: record 0 (request 7, answer 9, next request 8), word 1 (0 request, 1 answer)

const program server{{op::load, 0, 0}, {op::store, 0, 9}, {op::store_release, 1, 1}};
const program client{{op::load, 1, 0}, {op::end_if_zero, 0}, {op::load, 0, 1}, {op::store, 0, 8}};

// Whether the server can work on anything but the request, or the client get anything but the answer.
bool mixes_records(const program& s, const program& c) {
  world first;
  first.memory[0] = 7;
  bool mixed = false;
  explore({s, c}, first, [&](const world& w, bool) {
    mixed |= w.threads[0].at == s.size() && w.threads[0].registers[0] != 7;
    mixed |= w.threads[1].at >= 3 && !w.threads[1].ended && w.threads[1].registers[1] != 9;
  });
  return mixed;
}

// -- death: taken 0, the handler's effect 1; the server may die after any of its steps, its buffer drains all the same

const program dying{{op::store, 0, 1}, {op::fence}, {op::store, 1, 1}};

// Whether a call whose effect is there can be called never started.
bool denies_an_effect(const program& p) {
  bool denied = false;
  for (std::size_t steps = 0; steps <= p.size(); ++steps) {
    const program killed(p.begin(), p.begin() + static_cast<std::ptrdiff_t>(steps));
    explore({killed}, {}, [&](const world& w, bool) { denied |= w.memory[1] == 1 && w.memory[0] == 0; });
  }
  return denied;
}

}  // namespace

TEST_CASE("model: no wake-up is lost") { CHECK_FALSE(loses_a_wakeup(publisher, sleeper)); }

TEST_CASE("model: without the publisher's fence a wake-up is lost") { CHECK(loses_a_wakeup(without(publisher, 1), sleeper)); }

TEST_CASE("model: without the sleeper's fence a wake-up is lost") { CHECK(loses_a_wakeup(publisher, without(sleeper, 1))); }

TEST_CASE("model: without the last look a wake-up is lost") { CHECK(loses_a_wakeup(publisher, {sleeper[0], sleeper[1], sleeper[4]})); }

TEST_CASE("model: reading want before publishing loses a wake-up") {
  CHECK(loses_a_wakeup({publisher[2], publisher[0], publisher[1], publisher[3]}, sleeper));
}

TEST_CASE("model: a run is seen whole or not at all") { CHECK_FALSE(tears_a_run(run_writer, run_reader)); }

TEST_CASE("model: storing the first word early tears the run") {
  CHECK(tears_a_run(swapped(run_writer, 0, 2), run_reader));
  CHECK(tears_a_run(swapped(run_writer, 1, 2), run_reader));
}

TEST_CASE("model: storing the first word without release tears the run") {
  program relaxed = run_writer;
  relaxed[2].what = op::store;
  CHECK(tears_a_run(relaxed, run_reader));
}

TEST_CASE("model: looking at the records before the word tears the run") {
  CHECK(tears_a_run(run_writer, {run_reader[2], run_reader[3], run_reader[0], run_reader[1]}));
}

TEST_CASE("model: request and answer in one slot are never mixed") { CHECK_FALSE(mixes_records(server, client)); }

TEST_CASE("model: overwriting a request before it was copied out is found") { CHECK(mixes_records(swapped(server, 0, 1), client)); }

TEST_CASE("model: copying a request out after its answer was published is found") { CHECK(mixes_records({server[1], server[2], server[0]}, client)); }

TEST_CASE("model: publishing an answer before it is written is found") { CHECK(mixes_records({server[0], server[2], server[1]}, client)); }

TEST_CASE("model: what has run is never called never started") { CHECK_FALSE(denies_an_effect(dying)); }

TEST_CASE("model: storing taken late is found") { CHECK(denies_an_effect(swapped(dying, 0, 2))); }

TEST_CASE("model: storing taken without a fence is found") { CHECK(denies_an_effect(without(dying, 1))); }
