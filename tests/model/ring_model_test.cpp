// The real text of ring.hpp and run_cursor.hpp, explored exhaustively over the model's memory, death included; and each mutation of it caught.
// RINGCALL_MODEL_LONG=1 explores larger rings, too (minutes, gigabytes).

#include "mutations.hpp"
#include "ring_client.hpp"
#include "ring_mutants.hpp"
#include "ring_server.hpp"

#include <doctest/doctest.h>

#include <sys/mman.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace ringcall::model;

namespace {

constexpr std::uint64_t near_48 = (1ull << 48) - 2;
constexpr std::uint64_t near_64 = ~0ull - 1;

bool is_long() { return std::getenv("RINGCALL_MODEL_LONG") != nullptr; }

// Where the sides believe the ring to lie. Who goes there other than through the model's memory crashes.
std::byte* forbidden() {
  static void* const page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  REQUIRE(page != MAP_FAILED);
  return static_cast<std::byte*>(page);
}

template <class Ring>
findings explore_ring(const setting& s) {
  plan p;
  p.words = s.effects_word() + 1;
  p.first[s.taken_word()] = s.start;
  p.mortal = s.mortal;
  p.judge_memory = s.judge_memory;
  p.sides = {client_side<Ring>(s, forbidden()).make(), server_side<Ring>(s, forbidden()).make()};
  return explore(p, forbidden());
}

void expect_sound(const char* what, const setting& s) {
  const auto begin = std::chrono::steady_clock::now();
  const findings f = explore_ring<as_written_ring>(s);
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("ring  %-58s %9zu states %9zu steps %8zu deaths  %.2f s\n", what, f.states, f.steps, f.deaths, took);
  CAPTURE(what);
  CAPTURE(f.way);
  CHECK(f.failure == "");
  CHECK(f.ends > 0);
  CHECK((s.mortal == -1) == (f.deaths == 0));
}

// Explores one setting after another until something is found: first what the sides notice by themselves, then what only a look at the memory does.
template <class Ring>
findings search(std::vector<setting> settings, slip mistake = slip::none) {
  findings f;
  std::size_t states = 0;
  for (const bool judge : {false, true}) {
    for (setting s : settings) {
      s.judge_memory = judge;
      s.mistake = mistake;
      f = explore_ring<Ring>(s);
      f.states = states += f.states;
      if (!f.failure.empty()) return f;
    }
  }
  return f;
}

void expect_caught(const char* name, const char* what, const findings& f) {
  std::printf("ring  caught %-22s %-66s %7zu states: %s\n", name, what, f.states, f.failure.c_str());
  CAPTURE(name);
  CHECK(f.failure != "");
}

const std::vector<setting> hunting_grounds{{.slots = 2, .requests = 4}, {.slots = 2, .requests = 4, .start = near_48}, {.slots = 4, .requests = 5, .start = near_48}};

template <std::size_t... I>
void expect_all_caught(std::index_sequence<I...>) {
  (expect_caught(mutations[I].name, mutations[I].what, search<std::tuple_element_t<I, mutants>>(hunting_grounds)), ...);
}

}  // namespace

TEST_CASE("model: the ring is sound over laps and wraps, whatever the order of completion") {
  expect_sound("2 slots, 7 requests in runs of 1 and 2", {.slots = 2, .requests = 7});
  expect_sound("the same across 2^48", {.slots = 2, .requests = 7, .start = near_48});
  expect_sound("the same across 2^64", {.slots = 2, .requests = 7, .start = near_64});
  expect_sound("4 slots, 5 requests in runs of 1 to 3, across 2^48", {.slots = 4, .requests = 5, .run_max = 3, .start = near_48});
  expect_sound("4 slots, 6 requests, workers only", {.slots = 4, .requests = 6, .inline_too = false, .in_place = false});
  expect_sound("4 slots, 7 requests in runs of 1 to 3, served in place", {.slots = 4, .requests = 7, .run_max = 3, .for_workers = false, .inline_too = false});
  if (!is_long()) return;
  expect_sound("4 slots, 8 requests in runs of 1 and 2, across 2^48", {.slots = 4, .requests = 8, .start = near_48});
  expect_sound("4 slots, 6 requests in runs of 1 to 4", {.slots = 4, .requests = 6, .run_max = 4});
  expect_sound("2 slots, 40 requests", {.slots = 2, .requests = 40});
}

TEST_CASE("model: a client that dies at any access leaves nothing half-written to see") {
  expect_sound("2 slots, 5 requests, the client dies", {.slots = 2, .requests = 5, .start = near_48, .mortal = 0});
  expect_sound("4 slots, 4 requests in runs of 1 to 3, the client dies", {.slots = 4, .requests = 4, .run_max = 3, .mortal = 0});
  if (!is_long()) return;
  expect_sound("4 slots, 6 requests in runs of 1 and 2, the client dies", {.slots = 4, .requests = 6, .mortal = 0});
  expect_sound("2 slots, 10 requests, the client dies", {.slots = 2, .requests = 10, .mortal = 0});
}

TEST_CASE("model: a server that dies at any access leaves answers, and a verdict on the rest that is true") {
  expect_sound("2 slots, 5 requests, the server dies", {.slots = 2, .requests = 5, .start = near_48, .mortal = 1});
  expect_sound("4 slots, 4 requests in runs of 1 to 3, no workers, the server dies", {.slots = 4, .requests = 4, .run_max = 3, .mortal = 1, .for_workers = false});
  if (!is_long()) return;
  expect_sound("4 slots, 4 requests, the server dies", {.slots = 4, .requests = 4, .mortal = 1});
  expect_sound("2 slots, 7 requests, the server dies", {.slots = 2, .requests = 7, .mortal = 1});
  expect_sound("4 slots, 6 requests in runs of 1 to 3, no workers, the server dies", {.slots = 4, .requests = 6, .run_max = 3, .mortal = 1, .for_workers = false});
}

TEST_CASE("model: each mutation of ring.hpp and run_cursor.hpp is caught") { expect_all_caught(std::make_index_sequence<std::size(mutations)>()); }

TEST_CASE("model: each mistake in the use of the ring is caught") {
  const std::vector<setting> alive{{.slots = 2, .requests = 4}}, dying{{.slots = 2, .requests = 4, .mortal = 1}};
  const auto caught = [](const char* name, const char* what, slip mistake, const std::vector<setting>& where) {
    expect_caught(name, what, search<as_written_ring>(where, mistake));
  };
  caught("room_before_copy", "a request is written over an answer that was not copied out", slip::room_before_copy, alive);
  caught("answer_before_copy", "an answer is written over a request that was not copied out", slip::answer_before_copy, {{.slots = 2, .requests = 4, .for_workers = false, .in_place = false}});
  caught("taken_late", "taken is stored after the handlers have run", slip::taken_late, dying);
  caught("taken_unfenced", "no release fence behind the store of taken", slip::taken_unfenced, dying);
  caught("taken_before_drain", "taken is read before the answers are drained", slip::taken_before_drain, dying);
  caught("no_drain", "answers are not drained", slip::no_drain, dying);
  caught("verdict_one_off", "the last call below taken counts as never started", slip::verdict_one_off, dying);
  caught("judged_alive", "calls are judged while the server lives", slip::judged_alive, dying);
}
