// What channels and loops count in the server's statistics.

#include "own_loop.hpp"

#include <doctest/doctest.h>

using namespace ringcall;
using namespace ringcall::test;

TEST_CASE("calls, statuses and failures' codes are counted by method") {
  channel_fixture f;
  for (int i = 0; i < 5; ++i) f.client_side.put_value(add, pair_request{1, 2});
  for (const std::uint64_t code : {7, 8, 7}) f.client_side.put_value(fail, number{code});
  f.client_side.put_value(999, number{7});
  f.client_side.put_raw(add, "1234", 4, 4);
  f.client_side.publish();
  f.server_side.serve();
  CHECK(f.stats_of(add).calls == 6);
  CHECK(f.stats_of(add).statuses[RINGCALL_BAD_REQUEST] == 1);
  CHECK(f.stats_of(fail).calls == 3);
  CHECK(f.stats_of(fail).statuses[RINGCALL_FAILED] == 3);
  CHECK(f.stats_of(fail).failures[0].code == 7);
  CHECK(f.stats_of(fail).failures[0].count == 2);
  CHECK(f.stats_of(fail).failures[1].code == 8);
  CHECK(f.stats_of(fail).failures[1].count == 1);
  CHECK(f.stats_of(fail).failures[2].used == 0);
  CHECK(f.stats_of(999).calls == 1);
  CHECK(f.stats_of(999).statuses[RINGCALL_UNKNOWN_METHOD] == 1);
}

TEST_CASE("failures with more codes than there is room for are still counted") {
  channel_fixture f;
  for (std::uint64_t code = 0; code < RINGCALL_FAILURE_CODES + 3; ++code) f.client_side.put_value(fail, number{code});
  f.client_side.publish();
  f.server_side.serve();
  CHECK(f.stats_of(fail).other_failures == 3);
  for (const auto& c : f.stats_of(fail).failures) CHECK(c.count == 1);
}

TEST_CASE("a batch counts once, its records apart") {
  channel_fixture f;
  f.client_side.put_ref(scale, f.good_batch(100));
  f.client_side.publish();
  f.server_side.serve();
  CHECK(f.stats_of(scale).calls == 1);
  CHECK(f.stats_of(scale).batch_records == 100);
}

TEST_CASE("runs are counted by their lengths") {
  channel_fixture f;
  for (const std::size_t length : {1, 2, 3, 4, 255, 256, 1}) {
    for (std::size_t i = 0; i < length; ++i) f.client_side.put_value(add, pair_request{1, 2});
    f.client_side.publish();
    f.server_side.serve();
    REQUIRE(f.client_side.reap().size() == length);
  }
  f.server_side.count();
  f.server_side.count(); // once each
  const ringcall_loop_stats& s = f.stats.block().stats;
  CHECK(s.runs == 7);
  CHECK(s.calls == 522);
  const std::uint64_t expected[RINGCALL_RUN_LENGTHS] = {2, 2, 1, 0, 0, 0, 0, 1, 1};
  for (std::size_t i = 0; i < RINGCALL_RUN_LENGTHS; ++i) CHECK(s.run_lengths[i] == expected[i]);
  CHECK(s.bells_saved == 7);
  CHECK(f.stats_of(add).calls == 522);
}

TEST_CASE("a loop that has slept and served says so") {
  own_loop l;
  auto c = l.attach();
  for (int i = 0; i < 10; ++i) REQUIRE(c->call(add, pair_request{1, 2}).status == RINGCALL_OK);
  REQUIRE(c->call(gate_worker, number{0}).status == RINGCALL_OK);
  REQUIRE(comes_true([&] { return recent(l.loop_stats().asleep) == 1; }));
  const std::uint64_t before = monotonic_ns();
  CHECK(comes_true([&] { return recent(l.loop_stats().calls) == 11; }));
  CHECK(recent(l.loop_stats().attached) == 1);
  CHECK(recent(l.loop_stats().left) == 0);
  CHECK(recent(l.loop_stats().sleeps) > 0);
  CHECK(recent(l.loop_stats().turns) > 0);
  CHECK(recent(l.loop_stats().longest_turn) > 0);
  CHECK(recent(l.loop_stats().recovered_wakes) == 0);
  CHECK(recent(l.stats_of(add).calls) == 10);
  CHECK(recent(l.stats_of(gate_worker).worker_calls) == 1);
  CHECK(comes_true([&] { return recent(l.loop_stats().beat) > before; })); // though nobody calls
  c.reset();
  CHECK(comes_true([&] { return recent(l.loop_stats().left) == 1; }));
}

TEST_CASE("a channel's entry is there while the channel is, and right when it sleeps") {
  own_loop l;
  auto c = l.attach();
  for (int i = 0; i < 20; ++i) REQUIRE(c->call(add, pair_request{1, 2}).status == RINGCALL_OK);
  const ringcall_channel_stats& s = l.stats->channels()[0];
  REQUIRE(comes_true([&] { return recent(s.taken) == 20 && recent(s.polled) == 0 && recent(s.sequence) % 2 == 0; }));
  CHECK(recent(s.id) == 1);
  CHECK(recent(s.pid) == 77);
  CHECK(recent(s.answered) == 20);
  CHECK(recent(s.server.calls) == 20);
  CHECK(recent(s.segment_size) == c->memory.size());
  CHECK(recent(s.attached) != 0);
  CHECK(recent(s.updated) >= recent(s.attached));
  c->memory.client_counters().calls = 5;
  REQUIRE(c->call(add, pair_request{1, 2}).status == RINGCALL_OK);
  CHECK(comes_true([&] { return recent(s.client.calls) == 5; }));
  c.reset();
  CHECK(comes_true([&] { return recent(s.id) == 0; }));
}

TEST_CASE("a busy channel's entry is kept up to date") {
  own_loop l(std::chrono::seconds(1)); // parks only where it is preempted
  auto c = l.attach();
  const ringcall_channel_stats& s = l.stats->channels()[0];
  REQUIRE(c->call(add, pair_request{1, 2}).status == RINGCALL_OK);
  CHECK(comes_true([&] { return c->call(add, pair_request{1, 2}).status == RINGCALL_OK && recent(s.taken) > 1; }));
  CHECK(comes_true([&] { return c->call(add, pair_request{1, 2}).status == RINGCALL_OK && recent(s.polled) == 1; }));
}

TEST_CASE("a client that breaks a rule is counted") {
  own_loop l;
  auto c = l.attach();
  c->put_ref(echo, ringcall_arena_ref{0, 16, 0});
  c->publish();
  CHECK(comes_true([&] { return recent(l.loop_stats().poisoned) == 1; }));
}

TEST_CASE("the policy reaches the channels that there are and those that come") {
  own_loop l;
  auto before = l.attach();
  REQUIRE(before->call(add, pair_request{1, 2}).status == RINGCALL_OK);
  CHECK(recent(before->memory.control().sample_every) == 0);
  CHECK(recent(before->memory.control().client_spin) == RINGCALL_SPIN_OWN);
  l.serving->set_policy(64, 20, 1'000);
  CHECK(comes_true([&] { return recent(before->memory.control().sample_every) == 64 && recent(before->memory.control().client_spin) == 20; }));
  auto behind = l.attach();
  CHECK(comes_true([&] { return recent(behind->memory.control().sample_every) == 64 && recent(behind->memory.control().client_spin) == 20; }));
  l.serving->set_policy(0, RINGCALL_SPIN_OWN, 50'000);
  CHECK(comes_true([&] { return recent(before->memory.control().sample_every) == 0 && recent(behind->memory.control().client_spin) == RINGCALL_SPIN_OWN; }));
  CHECK(behind->call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
}
