// Turns of clients whose calls wait for a worker, and what becomes of those whose client goes.

#include "client.hpp"
#include "own_loop.hpp"
#include "running_server.hpp"

#include "ringcall/caller.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <mutex>
#include <vector>

using namespace ringcall;
using namespace ringcall::test;

namespace {

enum : std::uint16_t { who = 100, plain, always };

// One worker, which begins its first call and then waits until it may go on. Notes whose calls it ran.
struct one_worker {
  one_worker()
      : server({}, [this](ringcall::server& s) {
          s.on<void, number>(who, [] { return number{caller().id}; });
          for (const auto& [id, where] : {std::pair{plain, on_worker}, std::pair{always, on_worker_always}}) {
            s.on<number, number>(id, [this](const number& n) {
              begun = true;
              may_go.wait(false);
              const std::lock_guard lock(mutex);
              ran.push_back({caller().id, n.value});
              return n;
            }, where);
          }
        }) {}
  ~one_worker() { go(); }

  void go() {
    may_go = true;
    may_go.notify_all();
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> all() {
    const std::lock_guard lock(mutex);
    return ran;
  }

  std::atomic<bool> begun{false}, may_go{false};
  std::mutex mutex;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ran; // client, value
  running_server server;
};

std::uint64_t id_of(client& c) {
  c.put(who, {});
  c.publish();
  const auto answers = c.await(1);
  REQUIRE(answers.size() == 1);
  return answers[0].as<number>().value;
}

void post(client& c, std::uint16_t method, std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) c.put_value(method, number{i});
  c.publish();
}

}  // namespace

TEST_CASE("who posts many calls to workers delays nobody else by more than the ones that a worker has") {
  constexpr std::uint64_t many = 200, few = 5;
  one_worker w;
  client busy(w.server.path), other(w.server.path);
  const std::uint64_t id = id_of(other);
  post(busy, plain, many);
  REQUIRE(comes_true([&] { return w.begun.load(); }));
  post(other, plain, few);
  CHECK(id_of(other) == id); // the loop has taken them
  w.go();
  CHECK(other.await(few).size() == few);
  CHECK(busy.await(many).size() == many);
  const auto ran = w.all();
  REQUIRE(ran.size() == many + few);
  std::uint64_t next = 0, next_busy = 0;
  for (std::size_t i = 0; i < ran.size(); ++i) {
    if (ran[i].first != id) {
      CHECK(ran[i].second == next_busy++);
      continue;
    }
    CHECK(ran[i].second == next++);
    CHECK(i <= 2 * next + 1); // two were with the worker, then each has its turn
  }
}

TEST_CASE("calls that wait for a worker when their client goes are run if somebody wanted that, and else not") {
  one_worker w;
  client leaves(w.server.path), stays(w.server.path);
  post(leaves, plain, 1);
  REQUIRE(comes_true([&] { return w.begun.load(); }));
  post(leaves, plain, 20);
  post(leaves, always, 20);
  id_of(leaves); // the loop has taken them
  leaves.connection.reset();
  REQUIRE(comes_true([&] { return std::atomic_ref(leaves.memory.header().server.state).load() == RINGCALL_STATE_CLOSED; }));
  post(stays, plain, 30);
  w.go();
  CHECK(stays.await(30).size() == 30);
  REQUIRE(comes_true([&] { return w.all().size() >= 1 + 20 + 30; })); // those of the one that left have turns, too
  CHECK(w.all().size() == 1 + 20 + 30);
}
