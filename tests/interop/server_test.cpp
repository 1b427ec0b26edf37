// A running server: loops, workers, many clients, ends.

#include "running_server.hpp"
#include "server_process.hpp"

#include "ringcall/error.hpp"

#include <doctest/doctest.h>

#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <list>
#include <set>

using namespace ringcall;
using namespace ringcall::test;

namespace {

void call_in_runs(const std::string& path, std::int32_t rounds, std::atomic<int>& wrong) {
  client c(path);
  for (std::int32_t i = 0; i < rounds; ++i) {
    for (std::int32_t k = 0; k < 16; ++k) c.put_value(add, pair_request{i, k});
    c.publish();
    auto replies = c.await(16);
    if (replies.size() != 16) ++wrong;
    for (std::size_t k = 0; k < replies.size(); ++k) wrong += replies[k].as<std::int64_t>() != i + static_cast<std::int32_t>(k);
  }
}

void many_clients(options o, int clients, std::int32_t rounds) {
  running_server s(o);
  std::atomic<int> wrong{0};
  std::list<std::thread> threads;
  for (int i = 0; i < clients; ++i) threads.emplace_back([&] { call_in_runs(s.path, rounds, wrong); });
  for (auto& t : threads) t.join();
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("clients at once on one loop all get their own answers") { many_clients({}, 6, 300); }

TEST_CASE("clients at once on several loops all get their own answers") {
  options o;
  o.loops = 3;
  many_clients(o, 6, 300);
}

TEST_CASE("256 channels live on one loop") {
  running_server s;
  std::list<client> clients;
  for (int i = 0; i < 256; ++i) clients.emplace_back(s.path);
  for (std::int32_t round = 0; round < 3; ++round) {
    std::int32_t i = 0;
    for (client& c : clients) {
      CHECK(c.call(add, pair_request{round, i}).as<std::int64_t>() == round + i);
      ++i;
    }
  }
  // Here and below: a client that is held up between its publish and its bell just as the bounded sleep of a second ends would count, too. That is too rare to mind.
  for (client& c : clients) CHECK(c.memory.server_counters().recovered_wakes == 0);
}

TEST_CASE("worker calls complete out of order and hold nobody up") {
  options o;
  o.workers = 4;
  running_server s(o);
  client c(s.path);
  for (std::uint64_t v : {3, 2, 1}) c.put_value(gate_worker, number{v});
  c.put_value(add, pair_request{20, 22});
  c.publish();
  auto first = c.await(1);
  REQUIRE(first.size() == 1);
  CHECK(first[0].as<std::int64_t>() == 42);
  for (std::uint64_t v : {1, 2, 3}) {
    s.workers_gate.open(v);
    auto r = c.await(1);
    REQUIRE(r.size() == 1);
    CHECK(r[0].as<std::uint64_t>() == v);
  }
  CHECK(c.memory.server_counters().worker_calls == 3);
}

TEST_CASE("more worker calls than any queue holds are all answered") {
  options o;
  o.workers = 1;
  o.slots = 4096;
  running_server s(o);
  client c(s.path);
  for (int run = 0; run < 16; ++run) {
    for (std::uint64_t i = 0; i < 256; ++i) c.put_value(gate_worker, number{1});
    c.publish();
  }
  s.workers_gate.open(1);
  CHECK(c.await(4096).size() == 4096);
}

TEST_CASE("a client may leave while its calls are on workers") {
  options o;
  o.workers = 2;
  running_server s(o);
  {
    client c(s.path);
    for (int i = 0; i < 10; ++i) c.put_value(gate_worker, number{1});
    c.publish();
    while (c.memory.server_counters().worker_calls < 10) std::this_thread::yield();
  }
  client other(s.path);
  CHECK(other.call(add, pair_request{1, 1}).as<std::int64_t>() == 2);
  s.workers_gate.open(1);
  CHECK(other.call(gate_worker, number{1}).as<std::uint64_t>() == 1);
}

TEST_CASE("a call that expires while it waits for a worker never runs") {
  options o;
  o.workers = 1;
  running_server s(o);
  client c(s.path);
  c.put_value(gate_worker, number{1});
  const std::uint32_t deadline = c.memory.ticks(monotonic_ns()) + 1000; // 65 ms
  const std::uint16_t late = c.next_id;
  c.put_value(gate_worker, number{1}, deadline);
  c.publish();
  while (static_cast<std::int32_t>(c.memory.ticks(monotonic_ns()) - deadline) <= 0) std::this_thread::yield();
  s.workers_gate.open(1);
  auto r = c.await(2);
  REQUIRE(r.size() == 2);
  // In whatever order: it expires at once if the loop comes by only after the deadline.
  for (const reply& one : r) CHECK(one.status == (one.id == late ? RINGCALL_EXPIRED : RINGCALL_OK));
  CHECK(c.memory.server_counters().expired == 1);
}

TEST_CASE("a worker's answer that waits for room comes with the ack") {
  running_server s;
  client c(s.path);
  c.keep_regions = true;
  for (int round = 0; round < 20; ++round) {
    REQUIRE(c.call(grow, number{60'000}).bytes.size() == 60'000);
    c.put_value(grow_worker, number{10'000});
    c.publish();
    while (c.memory.server_counters().waited_answers <= static_cast<std::uint64_t>(round)) std::this_thread::yield();
    c.ack(c.regions.back());
    REQUIRE(c.await(1).size() == 1);
    c.ack(c.regions.back());
  }
  CHECK(c.memory.server_counters().recovered_wakes == 0);
}

TEST_CASE("stopping answers what was posted and then says closed") {
  options o;
  o.workers = 1;
  running_server s(o);
  client c(s.path);
  c.put_value(gate_worker, number{1});
  for (int i = 0; i < 100; ++i) c.put_value(add, pair_request{i, 1});
  c.publish();
  REQUIRE(c.await(100).size() == 100);
  CHECK(s.stop() == 0);
  auto rest = c.await(1);
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].as<std::uint64_t>() == 1);
  CHECK(c.memory.header().server.state == RINGCALL_STATE_CLOSED);
  CHECK(c.memory.control().taken == 101);
  CHECK(reads_end(c.connection.get()));
}

TEST_CASE("a second SIGTERM or SIGINT ends a server that waits for a handler at once") {
  for (const int second : {SIGTERM, SIGINT}) {
    CAPTURE(second);
    server_process s;
    client c(s.path);
    c.put_value(served::sleep_worker, number{600'000'000'000});
    c.put_value(served::add, pair_request{20, 22}); // when it is answered, the handler before it was begun
    c.publish();
    REQUIRE(c.await(1).size() == 1);
    s.signal(SIGTERM);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::filesystem::exists(s.path) && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    CHECK_FALSE(std::filesystem::exists(s.path)); // it drains
    CHECK(s.is_alive());
    const int status = s.end(second, std::chrono::seconds(20));
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 128 + second);
  }
}

TEST_CASE("a poisoned channel is closed and harms no other") {
  running_server s;
  client good(s.path), bad(s.path);
  CHECK(bad.call(add, pair_request{1, 1}).status == RINGCALL_OK);
  bad.put_ref(echo, ringcall_arena_ref{0, 64, 0});
  bad.publish();
  CHECK(reads_end(bad.connection.get()));
  CHECK(bad.memory.header().server.state == RINGCALL_STATE_POISONED);
  CHECK(bad.memory.header().server.reason == RINGCALL_VIOLATION_REGION);
  CHECK(good.call(add, pair_request{2, 3}).as<std::int64_t>() == 5);
}

TEST_CASE("with spin 0 every call is parked and none is lost") {
  options o;
  o.spin = std::chrono::nanoseconds(0);
  running_server s(o);
  client c(s.path);
  for (std::int32_t i = 0; i < 300; ++i) {
    while (std::atomic_ref(c.memory.control().want_request).load() != c.ring.posted.position()) std::this_thread::yield();
    REQUIRE(c.call(add, pair_request{i, 0}).as<std::int64_t>() == i);
  }
  CHECK(c.memory.server_counters().sleeps >= 250); // a call that comes between want and the last look at the ring is found by that
  CHECK(c.memory.server_counters().recovered_wakes == 0);
}

TEST_CASE("a run of calls in flight is served without a bell") {
  running_server s;
  client c(s.path);
  c.call(add, pair_request{});
  for (std::int32_t i = 0; i < 20'000; ++i) c.call(add, pair_request{i, 1});
  CHECK(c.memory.server_counters().calls == 20'001);
  CHECK(c.memory.server_counters().bells_rung == 0); // this client never sleeps
}

TEST_CASE("a bad option is refused before anything is served") {
  for (auto change : std::initializer_list<void (*)(options&)>{[](options& o) { o.slots = 100; }, [](options& o) { o.stride = 48; }, [](options& o) { o.request_arena = 1000; },
                                                               [](options& o) { o.loops = 0; }, [](options& o) { o.spin = std::chrono::seconds(2); }}) {
    options o;
    change(o);
    running_server s(o);
    CHECK(s.stop() == 1);
  }
}

TEST_CASE("a server that cannot make its history says so when it runs, not where nobody catches") {
  for (const char* variable : {"RINGCALL_HISTORY", "RINGCALL_REQUESTS"}) {
    setenv(variable, "/nonexistent/directory", 1);
    server s("x");
    unsetenv(variable);
    CHECK(s.run() == 1);
  }
}

TEST_CASE("two handlers for one id are refused") {
  server s("x");
  s.on<number, number>(1, [](const number& n) { return n; });
  CHECK_THROWS_AS((s.on<number, number>(1, [](const number& n) { return n; })), std::system_error);
}
