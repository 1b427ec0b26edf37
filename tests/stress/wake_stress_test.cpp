// The want protocol between two threads that sleep as often as they can: a lost wake-up is a hang, found by a time limit.

#include "channel_fixture.hpp"

#include "doorbell.hpp"

#include <doctest/doctest.h>

#include <poll.h>

#include <thread>

using namespace ringcall;
using namespace ringcall::test;

namespace {

bool sleep_on(int fd) {
  pollfd p{fd, POLLIN, 0};
  return poll(&p, 1, 5000) == 1;
}

}  // namespace

TEST_CASE("no wake-up is lost between two sleepers") {
  constexpr int calls = 50'000;
  channel_fixture f;
  std::atomic<bool> lost{false};
  std::thread server([&] {
    for (int served = 0; served < calls && !lost;) {
      if (f.server_side.serve()) {
        ++served;
        continue;
      }
      if (!f.server_side.arm()) continue;
      if (!sleep_on(f.server_side.descriptor())) lost = true;
      f.server_side.answer_bell();
    }
  });
  client& c = f.client_side;
  auto& control = c.memory.control();
  for (int i = 0; i < calls && !lost; ++i) {
    c.put_value(add, pair_request{i, 1});
    c.publish();
    while (c.ring.reaped.look() == 0) {
      std::atomic_ref(control.want_answer).store(c.ring.reaped.position(), std::memory_order_relaxed);
      // PAIR want-answer: with the fence in channel::flush.
      doorbell::fence();
      if (c.ring.reaped.look() != 0) break;
      if (!sleep_on(c.connection.get())) lost = true;
      doorbell::drain(c.connection.get());
      if (lost) break;
    }
    auto replies = c.reap();
    REQUIRE(replies.size() == 1);
    REQUIRE(replies[0].as<std::int64_t>() == i + 1);
  }
  server.join();
  CHECK_FALSE(lost);
  CHECK(f.counters().recovered_wakes == 0);
  CHECK(f.counters().bells_rung > 0);
}
