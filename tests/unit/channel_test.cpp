// The rules of serving a channel, one side at a time.

#include "channel_fixture.hpp"

#include "doorbell.hpp"

#include <doctest/doctest.h>

using namespace ringcall;
using namespace ringcall::test;

TEST_CASE("a run is answered by one run") {
  channel_fixture f;
  for (std::int32_t i = 0; i < 20; ++i) f.client_side.put_value(add, pair_request{i, 1});
  f.client_side.publish();
  REQUIRE(f.server_side.serve());
  CHECK_FALSE(f.server_side.serve());
  auto replies = f.client_side.reap();
  REQUIRE(replies.size() == 20);
  for (std::int32_t i = 0; i < 20; ++i) CHECK(replies[static_cast<std::size_t>(i)].as<std::int64_t>() == i + 1);
  CHECK(f.counters().runs == 1);
  CHECK(f.counters().calls == 20);
  CHECK(f.counters().bells_rung == 0);
}

TEST_CASE("taken is stored before the handlers run") {
  channel_fixture f;
  std::uint64_t seen = 0;
  f.methods.add(100, make_method<number, number>([&](const number& n) { return seen = f.client_side.memory.control().taken, n; }, on_loop));
  f.client_side.put_value(add, pair_request{});
  f.client_side.put_value(100, number{});
  f.client_side.publish();
  f.server_side.serve();
  CHECK(seen == 2);
}

TEST_CASE("methods of one run may be mixed, failures and all") {
  channel_fixture f;
  f.client_side.put_value(add, pair_request{1, 2});
  f.client_side.put_value(fail, number{7});
  f.client_side.put_value(999, number{7});
  f.client_side.put_value(throw_int, number{7});
  f.client_side.put_value(add, number{7});
  f.client_side.put_value(add, wide_record{}.words[0]);
  f.client_side.put_raw(add, "1234", 4, 4);
  f.client_side.put_value(add, pair_request{3, 4});
  f.client_side.publish();
  f.server_side.serve();
  auto r = f.client_side.reap();
  REQUIRE(r.size() == 8);
  CHECK(r[0].as<std::int64_t>() == 3);
  CHECK(r[1].status == RINGCALL_FAILED);
  CHECK(r[1].detail == 7);
  CHECK(r[1].text() == "failed with 7");
  CHECK(r[2].status == RINGCALL_UNKNOWN_METHOD);
  CHECK(r[2].text() == "no method 999");
  CHECK(r[3].status == RINGCALL_FAILED);
  CHECK(r[6].status == RINGCALL_BAD_REQUEST);
  CHECK(r[7].as<std::int64_t>() == 7);
  CHECK(f.counters().failed == 2);
  CHECK(f.counters().unknown == 1);
  CHECK_FALSE(f.server_side.poisoned());
}

TEST_CASE("an expired request is answered and never run") {
  channel_fixture f;
  const std::uint32_t now = f.client_side.memory.ticks(monotonic_ns());
  f.client_side.put_value(count, number{1}, now - 1 == 0 ? 1 : now - 1);
  f.client_side.put_value(count, number{2}, now + 100'000);
  f.client_side.publish();
  f.server_side.serve();
  auto r = f.client_side.reap();
  REQUIRE(r.size() == 2);
  CHECK(r[0].status == RINGCALL_EXPIRED);
  CHECK(r[1].status == RINGCALL_OK);
  CHECK(f.counter == 1);
  CHECK(f.counters().expired == 1);
}

TEST_CASE("a large record travels in the arena both ways") {
  channel_fixture f;
  const wide_record w{{1, 2, 3, 4, 5}};
  std::memcpy(f.client_side.arena(), &w, sizeof w);
  f.client_side.put_ref(wide, f.arena_request(sizeof w));
  f.client_side.publish();
  f.server_side.serve();
  auto r = f.client_side.reap();
  REQUIRE(r.size() == 1);
  CHECK(r[0].as<wide_record>().words[0] == 5);
  CHECK(r[0].as<wide_record>().words[4] == 1);
}

TEST_CASE("the whole request arena is one payload") {
  channel_fixture f;
  const std::uint32_t size = 60'000;
  std::memset(f.client_side.arena(), 0x33, size);
  f.client_side.put_ref(echo, f.arena_request(size));
  f.client_side.publish();
  f.server_side.serve();
  auto r = f.client_side.reap();
  REQUIRE(r.size() == 1);
  CHECK(r[0].bytes == std::vector<std::byte>(size, std::byte{0x33}));
}

TEST_CASE("an answer that is resized keeps its last size and leaks nothing") {
  channel_fixture f;
  for (int i = 0; i < 1000; ++i) {
    f.client_side.put(resize_twice, {});
    f.client_side.publish();
    f.server_side.serve();
    auto r = f.client_side.reap();
    REQUIRE(r.size() == 1);
    REQUIRE(r[0].bytes == std::vector<std::byte>(4, std::byte{3}));
  }
  CHECK(f.counters().waited_answers == 0);
}

TEST_CASE("an answer without room waits for an ack and loses nothing") {
  channel_fixture f;
  f.client_side.keep_regions = true;
  for (int i = 0; i < 3; ++i) f.client_side.put_value(grow, number{40'000});
  f.client_side.publish();
  f.server_side.serve();
  REQUIRE(f.client_side.reap().size() == 1);
  CHECK(f.counters().waited_answers == 2);
  CHECK(f.client_side.memory.control().want_ack == 1);
  for (int i = 0; i < 2; ++i) {
    CHECK_FALSE(f.server_side.serve());
    f.client_side.ack(f.client_side.regions.back());
    CHECK(f.server_side.serve());
    auto r = f.client_side.reap();
    REQUIRE(r.size() == 1);
    CHECK(r[0].bytes.size() == 40'000);
  }
  CHECK(f.client_side.memory.control().want_ack == 0);
  CHECK(f.server_side.idle());
}

TEST_CASE("beyond the bounded memory an answer has no room, and says so") {
  channel_fixture f;
  f.client_side.keep_regions = true;
  for (int i = 0; i < 40; ++i) f.client_side.put_value(grow, number{60'000});
  f.client_side.publish();
  f.server_side.serve();
  std::size_t no_room = 0, ok = 0;
  for (int turn = 0; turn < 40; ++turn) {
    for (auto& r : f.client_side.reap()) {
      no_room += r.status == RINGCALL_NO_ROOM;
      ok += r.status == RINGCALL_OK;
    }
    while (!f.client_side.regions.empty()) {
      f.client_side.ack(f.client_side.regions.back());
      f.client_side.regions.pop_back();
    }
    f.server_side.serve();
  }
  CHECK(ok + no_room == 40);
  CHECK(no_room == f.counters().no_room);
  CHECK(no_room >= 10);
}

TEST_CASE("more waiting answers than a run holds go out in several runs") {
  options o;
  o.slots = 1024;
  channel_fixture f(o);
  f.client_side.keep_regions = true;
  f.client_side.put_value(grow, number{65'000});
  f.client_side.publish();
  f.server_side.serve();
  REQUIRE(f.client_side.reap().size() == 1);
  for (int run = 0; run < 3; ++run) {
    for (int i = 0; i < 200; ++i) f.client_side.put_value(grow, number{20});
    f.client_side.publish();
    f.server_side.serve();
  }
  REQUIRE(f.counters().waited_answers >= 590);
  f.client_side.ack(f.client_side.regions.back());
  f.client_side.keep_regions = false;
  REQUIRE(f.server_side.serve());
  std::size_t answered = 0;
  for (auto replies = f.client_side.reap(); !replies.empty(); replies = f.client_side.reap()) { // which checks each run's length
    answered += replies.size();
  }
  CHECK(answered == 600);
}

TEST_CASE("a handler that swallows the refusal of its size answers with nothing") {
  channel_fixture f;
  f.client_side.put(swallow, {});
  f.client_side.put_value(add, pair_request{1, 2});
  f.client_side.publish();
  f.server_side.serve();
  auto r = f.client_side.reap();
  REQUIRE(r.size() == 2);
  CHECK(r[0].status == RINGCALL_OK);
  CHECK(r[0].bytes.empty());
  CHECK(r[1].as<std::int64_t>() == 3);
}

TEST_CASE("a single call of a method for batches only is refused") {
  channel_fixture f;
  method m = make_batch_method<number, number>([](std::span<const number>, std::span<number>) {}, on_loop);
  m.call = nullptr;
  f.methods.add(100, std::move(m));
  f.client_side.put_value(100, number{1});
  f.client_side.publish();
  f.server_side.serve();
  auto r = f.client_side.reap();
  REQUIRE(r.size() == 1);
  CHECK(r[0].status == RINGCALL_BAD_REQUEST);
  CHECK(r[0].text().find("batches only") != std::string::npos);
}

TEST_CASE("an answer larger than the arena is refused with both sizes") {
  channel_fixture f;
  auto call_grow = [&](std::uint64_t size) {
    f.client_side.put_value(grow, number{size});
    f.client_side.publish();
    f.server_side.serve();
    return f.client_side.reap().at(0);
  };
  const reply over = call_grow(65'536);
  CHECK(over.status == RINGCALL_TOO_LARGE);
  CHECK(over.text().find("65536") != std::string::npos);
  CHECK(over.text().find("65520") != std::string::npos);
  CHECK(call_grow(65'520).bytes.size() == 65'520);
}

TEST_CASE("a batch is answered in its own area") {
  channel_fixture f;
  const ringcall_batch_ref ref = f.good_batch(100);
  auto* in = reinterpret_cast<std::uint64_t*>(f.client_side.arena());
  for (std::uint64_t i = 0; i < 100; ++i) in[i] = i;
  f.client_side.put_ref(scale, ref);
  f.client_side.publish();
  f.server_side.serve();
  auto r = f.client_side.reap();
  REQUIRE(r.size() == 1);
  CHECK(r[0].as<std::uint32_t>() == 100);
  auto* out = reinterpret_cast<std::uint64_t*>(f.client_side.memory.base() + ref.answer_offset);
  for (std::uint64_t i = 0; i < 100; ++i) CHECK(out[i] == i * 10);
  CHECK(f.counters().batch_records == 100);
}

TEST_CASE("a batch for a method without batches or with other sizes is refused") {
  channel_fixture f;
  ringcall_batch_ref other = f.good_batch(10);
  other.answer_size = 4;
  f.client_side.put_ref(echo, f.good_batch(10));
  f.client_side.put_ref(scale, other);
  f.client_side.publish();
  f.server_side.serve();
  auto r = f.client_side.reap();
  REQUIRE(r.size() == 2);
  CHECK(r[0].text().find("takes no batches") != std::string::npos);
  CHECK(r[1].text().find("8 and 8") != std::string::npos);
}

TEST_CASE("arming notices what was posted meanwhile") {
  channel_fixture f;
  CHECK(f.server_side.arm());
  f.client_side.put_value(add, pair_request{});
  f.client_side.ring.posted.publish(); // no bell: as if its read of want had come before our store
  CHECK_FALSE(f.server_side.arm());
}

TEST_CASE("only the run that crosses want rings") {
  channel_fixture f;
  CHECK(f.server_side.arm());
  f.client_side.put_value(add, pair_request{});
  f.client_side.publish();
  char byte;
  CHECK(recv(f.server_side.descriptor(), &byte, 1, MSG_DONTWAIT) == 1);
  f.client_side.put_value(add, pair_request{});
  f.client_side.publish();
  CHECK(recv(f.server_side.descriptor(), &byte, 1, MSG_DONTWAIT) == -1);
  f.client_side.memory.control().want_answer = 1;
  f.server_side.serve();
  CHECK(f.counters().bells_rung == 0);
  f.server_side.serve();
  CHECK(f.counters().bells_rung == 1);
}

TEST_CASE("a wake-up that was lost is counted, one that is late is not") {
  channel_fixture lost, late;
  for (channel_fixture* f : {&lost, &late}) {
    REQUIRE(f->server_side.arm());
    f->client_side.put_value(add, pair_request{});
    f->client_side.ring.posted.publish(); // no bell
    f->server_side.suspect_lost_wake();   // the bounded sleep ended
    f->server_side.serve();
  }
  doorbell::ring(late.client_side.connection.get());
  for (channel_fixture* f : {&lost, &late}) f->server_side.settle_suspicion();
  CHECK(lost.counters().recovered_wakes == 1);
  CHECK(late.counters().recovered_wakes == 0);
}

TEST_CASE("closing stores its state after the final taken") {
  channel_fixture f;
  f.client_side.put_value(add, pair_request{});
  f.client_side.publish();
  f.server_side.serve();
  f.server_side.close();
  CHECK(f.client_side.memory.header().server.state == RINGCALL_STATE_CLOSED);
  CHECK(f.client_side.memory.control().taken == 1);
  CHECK(reads_end(f.client_side.connection.get()));
}

TEST_CASE("a slow handler keeps nobody's answer back") {
  channel_fixture f;
  f.tools.publish_after = cpu::cycles_in(std::chrono::microseconds(5));
  f.tools.slow_after = cpu::cycles_in(std::chrono::microseconds(20));
  std::size_t published_before = 99;
  f.methods.add(100, make_method<number, number>([&](const number& n) {
                  const std::uint64_t until = monotonic_ns() + n.value;
                  while (monotonic_ns() < until) {
                  }
                  return n;
                }, on_loop));
  f.methods.add(101, make_method<number, number>([&](const number& n) { return published_before = f.counters().answers, n; }, on_loop));
  for (int round = 0; round < 3; ++round) { // by the third the server knows which method is slow
    const std::uint64_t before = f.counters().answers;
    for (int i = 0; i < 4; ++i) f.client_side.put_value(100, number{50'000});
    f.client_side.put_value(101, number{0});
    f.client_side.publish();
    f.server_side.serve();
    f.client_side.reap();
    while (!f.client_side.reap().empty()) {
    }
    published_before -= before;
  }
  CHECK(published_before == 4);
}

TEST_CASE("a quick answer does not wait for the slow handler behind it") {
  channel_fixture f;
  f.tools.publish_after = cpu::cycles_in(std::chrono::seconds(100)); // only what comes before a slow handler publishes early
  f.tools.slow_after = cpu::cycles_in(std::chrono::microseconds(200));
  std::uint64_t published = 0;
  f.methods.add(100, make_method<number, number>([&](const number& n) {
                  published = f.counters().answers;
                  const std::uint64_t until = monotonic_ns() + n.value;
                  while (monotonic_ns() < until) {
                  }
                  return n;
                }, on_loop));
  std::uint64_t early = 0;
  for (int round = 0; round < 8; ++round) {
    const std::uint64_t before = f.counters().answers;
    f.client_side.put_value(add, pair_request{1, 2});
    f.client_side.put_value(100, number{1'000'000});
    f.client_side.publish();
    f.server_side.serve();
    while (!f.client_side.reap().empty()) {
    }
    early = published - before;
  }
  CHECK(early == 1); // by the eighth round the server knows
}
