// What clients do is seen by observers, in server::stats(), and what observers change is seen by clients.

#include "observer.hpp"
#include "running_server.hpp"

#include "system.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <optional>

using namespace ringcall;
using namespace ringcall::test;

namespace {

method_stats find(const server_stats& all, std::uint16_t id) {
  for (const method_stats& m : all.methods) {
    if (m.id == id) return m;
  }
  return {};
}

bool adds(client& c, std::int32_t a) { return c.call(add, pair_request{a, 1}).as<std::int64_t>() == a + 1; }

}  // namespace

TEST_CASE("an observer sees what is called") {
  running_server s;
  observer seen(s.path);
  client c(s.path);
  for (int n = 0; n < 100; ++n) REQUIRE(adds(c, n));
  CHECK(comes_true([&] { return find(seen.stats().all(), add).calls == 100; }));
  CHECK(comes_true([&] { return recent(seen.stats().loop(0).calls) == 100; }));
  s.stop();
  CHECK(find(seen.stats().all(), add).calls == 100); // also when the server has ended
}

TEST_CASE("stats say what was called, while a server runs and afterwards") {
  running_server s;
  client c(s.path);
  for (int i = 0; i < 20; ++i) REQUIRE(c.call(add, pair_request{i, 1}).as<std::int64_t>() == i + 1);
  CHECK(c.call(fail, number{5}).status == RINGCALL_FAILED);
  CHECK(comes_true([&] { return find(s.stats(), add).calls == 20; }));
  CHECK(comes_true([&] { return find(s.stats(), fail).failed == 1; }));
  CHECK(comes_true([&] {
    const auto channels = s.stats().channels; // without one that is being written
    return channels.size() == 1 && channels[0].pid == getpid();
  }));
  CHECK_FALSE(s.stats().draining);
  s.stop();
  CHECK(s.stats().draining);
  CHECK(find(s.stats(), add).calls == 20);
  CHECK(s.stats().loops[0].calls == 21);
  CHECK(s.stats().channels.empty());
}


TEST_CASE("what observers ask for reaches the clients that are there and those that come, and ends with them") {
  options o;
  o.sample_every = 1000;
  running_server s(o);
  client c(s.path);
  const auto sampled = [](client& x) { return std::atomic_ref(x.memory.control().sample_every).load(); };
  const auto spin = [](client& x) { return std::atomic_ref(x.memory.control().client_spin).load(); };
  CHECK(comes_true([&] { return sampled(c) == 1000; }));
  CHECK(spin(c) == RINGCALL_SPIN_OWN);
  {
    observer w(s.path);
    w.tell(RINGCALL_COMMAND_SAMPLE, 64);
    CHECK(comes_true([&] { return sampled(c) == 64; }));
    client later(s.path);
    CHECK(comes_true([&] { return sampled(later) == 64; }));
    w.tell(RINGCALL_COMMAND_CLIENT_SPIN, 17);
    CHECK(comes_true([&] { return spin(c) == 17 && spin(later) == 17; }));
    w.tell(RINGCALL_COMMAND_SAMPLE_BASE, 500);
  }
  CHECK(comes_true([&] { return sampled(c) == 500; }));
  CHECK(spin(c) == 17); // not leased
  CHECK(adds(c, 1));
}
