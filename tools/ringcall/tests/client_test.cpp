// The client of bench and replay against a ring that the test serves itself: what it stamps, what it believes, when it sleeps.

#include "load/choice.hpp"
#include "load/client.hpp"

#include "cpu.hpp"
#include "counter.hpp"
#include "system.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

using namespace ringcall::load;
using ringcall::monotonic_ns;
using ringcall::segment;
using ringcall::unique_fd;

namespace {

struct ends {
  ends() {
    int fds[2];
    ringcall::checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), "socketpair");
    server.reset(fds[0]);
    client.reset(fds[1]);
  }
  unique_fd server, client;
};

// A channel whose server is the test.
struct own_channel {
  own_channel()
      : memory(segment::create({}, 1)), served(memory.ring(), 0),
        c({std::move(bells.client), {}, segment::open(unique_fd(fcntl(memory.descriptor(), F_DUPFD_CLOEXEC, 0)), memory.size()), "", getpid()}) {}

  void post() {
    REQUIRE(c.put({.method = 1, .bytes = {}, .tag = 0}));
    c.publish();
  }
  // Takes one call; the id that it came with.
  std::uint16_t take() {
    REQUIRE(served.taken.look() == 1);
    ringcall::record r;
    REQUIRE(served.taken.copy(0, r) == RINGCALL_VIOLATION_NONE);
    served.taken.advance(1);
    return r.id;
  }
  void answer(std::uint16_t id) {
    served.answered.put(RINGCALL_OK, id, 0, 0);
    served.answered.publish();
  }
  std::uint32_t reap() {
    return c.reap([](const ringcall::load::answer&) {});
  }

  ends bells;
  segment memory;
  ringcall::consumer served;
  client c;
};

std::uint32_t chosen_of(choice& c, std::uint32_t calls, std::uint32_t every) {
  std::uint32_t chosen = 0;
  for (std::uint32_t i = 0; i < calls; ++i) {
    chosen += c.is_next(every);
    c.advance();
  }
  return chosen;
}

}  // namespace

TEST_CASE("one call of each so many is chosen, at another place each time, and none where none is wanted") {
  choice c;
  CHECK(chosen_of(c, 1000, 0) == 0);
  CHECK(chosen_of(c, 1000, 1) == 1000);
  bool every_one = true, moves = false;
  std::uint32_t before = 64;
  choice spread;
  for (int block = 0; block < 100; ++block) {
    std::uint32_t chosen = 0, place = 0;
    for (std::uint32_t i = 0; i < 64; ++i) {
      if (spread.is_next(64)) ++chosen, place = i;
      spread.advance();
    }
    every_one = every_one && chosen == 1;
    moves = moves || (block != 0 && place != before);
    before = place;
  }
  CHECK(every_one);
  CHECK(moves);
  CHECK(chosen_of(c, 1000, 0) == 0);
  CHECK(chosen_of(c, 1000, ~0u) <= 1);
}

TEST_CASE("a sampled call carries the flag, and when it was posted and its answer seen") {
  own_channel ch;
  ch.post();
  const std::uint16_t plain = ch.take();
  CHECK((plain & RINGCALL_ID_SAMPLED) == 0);
  CHECK(ch.memory.times()[plain].posted == 0);
  ch.answer(plain);
  CHECK(ch.reap() == 1);
  CHECK(ch.memory.times()[plain].observed == 0);

  ringcall::set(ch.memory.control().sample_every, 1);
  const std::uint64_t before = ringcall::cpu::stamp();
  ch.post();
  const std::uint16_t id = ch.take();
  const std::uint64_t taken = ringcall::cpu::stamp();
  REQUIRE((id & RINGCALL_ID_SAMPLED) != 0);
  const ringcall_times& times = ch.memory.times()[id & ~RINGCALL_ID_SAMPLED];
  CHECK(times.posted >= before);
  CHECK(times.posted <= taken);
  CHECK(times.observed == 0);
  ch.answer(id);
  CHECK(ch.reap() == 1);
  CHECK(times.observed >= taken);
  CHECK(times.observed <= ringcall::cpu::stamp());
}

TEST_CASE("a flagged answer to a call that was not sampled, and the reverse, end the channel") {
  for (const std::uint32_t every : {0u, 1u}) {
    CAPTURE(every);
    own_channel ch;
    ringcall::set(ch.memory.control().sample_every, every);
    ch.post();
    ch.answer(ch.take() ^ RINGCALL_ID_SAMPLED);
    CHECK_THROWS_WITH_AS(ch.reap(), doctest::Contains("not outstanding"), broken_rule);
    CHECK(ch.memory.header().client.state == RINGCALL_STATE_POISONED);
  }
}

TEST_CASE("a client polls as long as the server says at that time, and with 0 sleeps at once") {
  constexpr std::uint64_t patience = 100'000'000;
  own_channel ch;
  const std::uint64_t& sleeps = ch.memory.client_counters().sleeps;
  ch.post();
  ringcall::set(ch.memory.control().client_spin, 1'000'000); // longer than any wait of this test
  CHECK_FALSE(ch.c.wait(monotonic_ns() + patience));
  if (std::thread::hardware_concurrency() > 1) CHECK(sleeps == 0); // on one processor nobody polls
  ringcall::set(ch.memory.control().client_spin, 0);
  // Polling on, it would not have slept by its limit; sleeping at once it has, unless it was off its processor all the while.
  const std::uint64_t before = sleeps;
  for (int tries = 0; sleeps == before && tries < 50; ++tries) CHECK_FALSE(ch.c.wait(monotonic_ns() + patience));
  CHECK(sleeps > before);
  ch.answer(ch.take());
  CHECK(ch.c.wait(monotonic_ns() + 30 * patience));
  CHECK(ch.reap() == 1);
}
