// Sampled calls: where their time goes, and what a client that lies about it can do.

#include "own_loop.hpp"

#include <doctest/doctest.h>

#include <numeric>

using namespace ringcall;
using namespace ringcall::test;

namespace {

struct sampling_fixture : channel_fixture {
  explicit sampling_fixture(std::uint32_t every = 1) { client_side.sample_every = every; }

  std::vector<reply> serve() {
    client_side.publish();
    server_side.serve();
    return client_side.reap();
  }
  const ringcall_sample& sample(std::uint64_t number) { return stats.block().samples[number - 1]; }
  std::uint64_t samples() { return stats.block().stats.samples; }
  ringcall_times& times(std::uint16_t id) { return client_side.memory.times()[id]; }
};

std::uint64_t counted(const ringcall_histogram& h) { return std::accumulate(std::begin(h.buckets), std::end(h.buckets), std::uint64_t{0}); }

void busy(std::uint64_t ns) {
  for (const std::uint64_t until = monotonic_ns() + ns; monotonic_ns() < until;) cpu::pause();
}

constexpr std::uint64_t long_ns = 30'000'000; // more than a busy machine takes for anything else, with luck: compared by the least of some tries

}  // namespace

TEST_CASE("each sampled call is in every stage's histogram once") {
  sampling_fixture f;
  for (int i = 0; i < 1'000; ++i) {
    f.client_side.put_value(add, pair_request{i, 1});
    const auto r = f.serve();
    REQUIRE(r.size() == 1);
    REQUIRE(r[0].as<std::int64_t>() == i + 1);
  }
  f.server_side.sweep();
  const ringcall_method_stats& m = f.stats_of(add);
  CHECK(f.client_side.sampled == 1'000);
  CHECK(m.calls == 1'000);
  CHECK(m.sampled == 1'000);
  CHECK(m.unobserved == 0);
  for (const auto stage : {RINGCALL_STAGE_TOTAL, RINGCALL_STAGE_QUEUE, RINGCALL_STAGE_HANDLER, RINGCALL_STAGE_RESPONSE}) {
    CHECK(m.stages[stage].count == 1'000);
    CHECK(counted(m.stages[stage]) == 1'000);
  }
  CHECK(m.stages[RINGCALL_STAGE_SERVER_WAKE].count == 0);
  CHECK(m.stages[RINGCALL_STAGE_CLIENT_WAKE].count == 0);
  CHECK(m.stages[RINGCALL_STAGE_TOTAL].sum == m.stages[RINGCALL_STAGE_QUEUE].sum + m.stages[RINGCALL_STAGE_HANDLER].sum + m.stages[RINGCALL_STAGE_RESPONSE].sum);
}

TEST_CASE("one call in so many is sampled, and its neighbours are served as ever") {
  sampling_fixture f(7);
  std::uint64_t answers = 0;
  for (int run = 0; run < 50; ++run) {
    for (int i = 0; i < 30; ++i) f.client_side.put_value(add, pair_request{run, i});
    const auto r = f.serve();
    REQUIRE(r.size() == 30);
    for (int i = 0; i < 30; ++i) answers += r[static_cast<std::size_t>(i)].as<std::int64_t>() == run + i;
  }
  f.server_side.sweep();
  CHECK(answers == 1'500);
  CHECK(f.client_side.sampled == 1'500 / 7);
  CHECK(f.stats_of(add).sampled == f.client_side.sampled);
  CHECK(f.stats_of(add).calls == 1'500);
}

TEST_CASE("sampled calls have the answers of those that are not") {
  channel_fixture plain;
  sampling_fixture sampled;
  auto ask = [](channel_fixture& f) {
    const std::uint32_t past = f.client_side.memory.ticks(monotonic_ns()) - 5; // 0 is no deadline
    f.client_side.put_value(add, pair_request{1, 2});
    f.client_side.put_value(fail, number{7});
    f.client_side.put_value(999, number{7});
    f.client_side.put_value(throw_int, number{7});
    f.client_side.put_raw(add, "1234", 4, 4);
    f.client_side.put_value(grow, number{3'000});
    f.client_side.put_value(add, pair_request{1, 2}, past != 0 ? past : 1);
    f.client_side.put_ref(scale, f.good_batch(3));
    f.client_side.put_ref(echo, f.arena_request(100));
    f.client_side.publish();
    f.server_side.serve();
    return f.client_side.reap();
  };
  const auto a = ask(plain), b = ask(sampled);
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].status == b[i].status);
    CHECK(a[i].detail == b[i].detail);
    CHECK(a[i].bytes == b[i].bytes);
    CHECK((a[i].id | RINGCALL_ID_SAMPLED) == b[i].id);
  }
  sampled.server_side.sweep();
  CHECK(sampled.samples() == a.size());
  for (std::uint64_t i = 0; i < a.size(); ++i) {
    const ringcall_sample* s = nullptr;
    for (std::uint64_t n = 1; n <= sampled.samples(); ++n) {
      if (sampled.sample(n).position == i) s = &sampled.sample(n);
    }
    REQUIRE(s != nullptr);
    CHECK(s->status == b[i].status);
  }
}

TEST_CASE("a handler that takes longer moves its own stage and no other") {
  sampling_fixture f;
  f.methods.add(100, make_method<number, number>([](const number& n) { return busy(n.value), n; }, on_loop));
  // The least of some tries: what else the machine does in one of them says nothing.
  auto stages = [&](std::uint64_t ns) {
    std::array<std::uint64_t, 3> least{~0ull, ~0ull, ~0ull};
    for (int i = 0; i < 8; ++i) {
      f.client_side.put_value(100, number{ns});
      REQUIRE(f.serve().size() == 1);
      f.server_side.sweep();
      const ringcall_sample& s = f.sample(f.samples());
      const std::array<std::uint64_t, 3> now{s.taken - s.posted, s.answered - s.taken, s.observed - s.answered};
      for (std::size_t n = 0; n < 3; ++n) least[n] = std::min(least[n], now[n]);
    }
    return least;
  };
  const auto quick = stages(0), slow = stages(long_ns);
  CHECK(slow[1] >= quick[1] + long_ns * 99 / 100);
  CHECK(slow[0] < quick[0] + long_ns / 2);
  CHECK(slow[2] < quick[2] + long_ns / 2);
}

TEST_CASE("who waits behind a slow handler waits in the queue, and who reaps late in the response") {
  std::uint64_t handler = 0, response = ~0ull; // of the first; the least of some tries, since this thread may be put aside before it reaps
  for (int tries = 0; tries < 5 && response >= handler; ++tries) {
    sampling_fixture f;
    f.methods.add(100, make_method<number, number>([](const number& n) { return busy(n.value), n; }, on_loop));
    f.client_side.put_value(100, number{long_ns});
    f.client_side.put_value(add, pair_request{1, 2});
    REQUIRE(f.serve().size() == 2);
    f.server_side.sweep();
    REQUIRE(f.samples() == 2);
    for (const std::uint64_t n : {1, 2}) {
      const ringcall_sample& s = f.sample(n);
      if (s.position == 0) handler = s.answered - s.taken, response = s.observed - s.answered; // its answer waited for the second's only
      if (s.position == 1) CHECK(s.taken - s.posted >= long_ns * 99 / 100);
      CHECK(s.posted <= s.taken);
      CHECK(s.taken <= s.answered);
      CHECK(s.answered <= s.observed);
    }
  }
  CHECK(response < handler);
}

TEST_CASE("who had to be rung is told apart") {
  sampling_fixture f;
  f.client_side.memory.control().want_answer = 0;
  f.server_side.note_rung();
  for (int i = 0; i < 2; ++i) {
    f.client_side.put_value(add, pair_request{1, 2});
    f.serve();
    f.server_side.sweep();
  }
  REQUIRE(f.samples() == 2);
  CHECK(f.sample(1).flags == (RINGCALL_SAMPLE_SERVER_RUNG | RINGCALL_SAMPLE_CLIENT_RUNG));
  CHECK(f.sample(2).flags == 0);
  for (int stage = 1; stage < RINGCALL_STAGES; ++stage) CHECK(f.stats_of(add).stages[stage].count == (stage == RINGCALL_STAGE_HANDLER ? 2 : 1));
}

TEST_CASE("a batch is one sample with its records") {
  sampling_fixture f;
  f.client_side.put_ref(scale, f.good_batch(100));
  f.serve();
  f.server_side.sweep();
  REQUIRE(f.samples() == 1);
  CHECK(f.sample(1).records == 100);
  CHECK(f.sample(1).flags == RINGCALL_SAMPLE_BATCH);
}

TEST_CASE("the times that the client reads are those that were taken") {
  sampling_fixture f;
  f.client_side.put_value(add, pair_request{1, 2});
  f.serve();
  const ringcall_times& t = f.times(0);
  CHECK(t.posted <= t.taken);
  CHECK(t.taken <= t.answered);
  CHECK(t.answered <= t.observed);
  CHECK(t.posted > f.client_side.memory.clock_count());
}

TEST_CASE("an answer that nobody observed is counted apart") {
  sampling_fixture f;
  f.client_side.put_value(add, pair_request{1, 2});
  f.client_side.publish();
  f.server_side.serve();
  f.server_side.sweep();
  CHECK(f.samples() == 0);
  f.client_side.sample_every = 0; // does not note that it observes it
  REQUIRE(f.client_side.reap().size() == 1);
  f.client_side.sample_every = 1;
  f.client_side.next_id = 0; // the same id
  f.client_side.put_value(add, pair_request{1, 2});
  f.serve();
  f.server_side.sweep();
  CHECK(f.stats_of(add).unobserved == 1);
  CHECK(f.stats_of(add).sampled == 1);
}

TEST_CASE("a call is observed when that is noted, not when it was of an earlier call with its id") {
  sampling_fixture f;
  const std::uint32_t ids = f.client_side.memory.ring().count();
  for (std::uint32_t i = 0; i < ids; ++i) {
    f.client_side.put_value(add, pair_request{1, 1});
    REQUIRE(f.serve().size() == 1);
  }
  f.server_side.sweep();
  REQUIRE(f.samples() == ids);
  f.client_side.put_value(add, pair_request{1, 1}); // has the id of the first
  f.client_side.publish();
  f.server_side.serve();
  f.server_side.sweep();
  CHECK(f.samples() == ids);
  CHECK(f.client_side.reap().size() == 1);
  f.server_side.sweep();
  CHECK(f.samples() == ids + 1);
}

TEST_CASE("what a client lies about its times moves only within what is possible") {
  sampling_fixture f;
  const std::uint64_t attached = f.client_side.memory.clock_count();
  const cpu::monotonic_clock& clock = f.tools.clock;
  for (const std::uint64_t lie : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{1} << 63}) {
    for (const bool of_posted : {true, false}) {
      f.tools.clock.ns();
      f.client_side.next_id = 5;
      f.client_side.put_value(add, pair_request{1, 2});
      f.client_side.publish();
      if (of_posted) f.times(5).posted = lie;
      f.server_side.serve();
      f.client_side.reap();
      if (!of_posted) f.times(5).observed = lie;
      f.server_side.sweep();
      if (f.samples() == 0) continue; // said what it had said before: nothing
      const ringcall_sample& s = f.sample(f.samples());
      CHECK(s.posted >= clock.ns_of(attached));
      CHECK(s.posted <= s.taken);
      CHECK(s.taken <= s.answered);
      CHECK(s.answered <= s.observed);
      CHECK(s.observed <= clock.ns_of(cpu::stamp()));
    }
  }
  CHECK(f.samples() > 5);
}

TEST_CASE("a flagged id that has no times is served and not sampled") {
  channel_fixture f;
  for (const std::uint16_t id : {std::uint16_t{512}, std::uint16_t{0x3fff}, std::uint16_t{0x7fff}}) {
    f.client_side.next_id = id | RINGCALL_ID_SAMPLED;
    f.client_side.put_value(add, pair_request{1, 2});
    f.client_side.put_value(grow, number{3'000});
    f.client_side.publish();
    f.server_side.serve();
    const auto r = f.client_side.reap();
    REQUIRE(r.size() == 2);
    CHECK(r[0].id == (id | RINGCALL_ID_SAMPLED));
    CHECK(r[0].as<std::int64_t>() == 3);
  }
  CHECK_FALSE(f.server_side.poisoned());
  CHECK(f.stats_of(add).sampled + f.stats_of(add).unobserved == 0);
}

TEST_CASE("a flagged id used twice at once is sampled once, and both calls are answered") {
  sampling_fixture f;
  for (int i = 0; i < 300; ++i) {
    f.client_side.next_id = 9;
    f.client_side.put_value(add, pair_request{1, i});
    if (i % 100 == 99) REQUIRE(f.serve().size() == 100);
  }
  f.server_side.sweep();
  CHECK(f.stats_of(add).calls == 300);
  CHECK(f.stats_of(add).sampled + f.stats_of(add).unobserved == 300);
  CHECK_FALSE(f.server_side.poisoned());
}

TEST_CASE("calls whose channel ends before they are observed are counted as such") {
  own_loop l;
  auto c = l.attach();
  c->sample_every = 1;
  for (int i = 0; i < 10; ++i) c->put_value(add, pair_request{1, 2});
  c->put_value(gate_worker, number{5}); // under way at the end
  c->publish();
  REQUIRE(comes_true([&] { return recent(l.stats_of(add).calls) == 10 && recent(l.stats_of(gate_worker).worker_calls) == 1; }));
  c.reset();
  l.gate_.open(5);
  CHECK(comes_true([&] { return recent(l.loop_stats().left) == 1; }));
  CHECK(comes_true([&] { return recent(l.stats_of(add).unobserved) == 10 && recent(l.stats_of(gate_worker).unobserved) == 1; }));
  CHECK(recent(l.stats_of(add).sampled) == 0);
}

TEST_CASE("of many clients and methods, workers' too, every sampled call is counted once") {
  own_loop l;
  std::uint64_t sampled = 0;
  {
    std::vector<std::unique_ptr<client>> clients;
    for (int i = 0; i < 4; ++i) clients.push_back(l.attach());
    for (int round = 0; round < 200; ++round) {
      for (auto& c : clients) {
        c->sample_every = 1 + static_cast<std::uint32_t>(round) % 3;
        for (int i = 0; i < round % 20; ++i) c->put_value(add, pair_request{1, i});
        c->put_value(gate_worker, number{0});
        c->put_value(grow, number{2'000});
        c->publish();
      }
      for (auto& c : clients) REQUIRE(c->await(static_cast<std::size_t>(round % 20) + 2).size() == static_cast<std::size_t>(round % 20) + 2);
    }
    for (auto& c : clients) sampled += c->sampled;
  }
  REQUIRE(comes_true([&] { return recent(l.loop_stats().left) == 4; }));
  auto all = [&](auto what) { return what(l.stats_of(add)) + what(l.stats_of(gate_worker)) + what(l.stats_of(grow)); };
  CHECK(comes_true([&] { return all([](auto& m) { return recent(m.sampled) + recent(m.unobserved); }) == sampled; }));
  CHECK(all([](auto& m) { return recent(m.unobserved); }) == 0);
  CHECK(all([](auto& m) { return recent(m.stages[RINGCALL_STAGE_TOTAL].count); }) == sampled);
  CHECK(recent(l.loop_stats().samples) == sampled);
  for (const ringcall_sample& s : l.stats->loop(0).samples) {
    CHECK(recent(s.posted) <= recent(s.taken));
    CHECK(recent(s.taken) <= recent(s.answered));
    CHECK(recent(s.answered) <= recent(s.observed));
  }
}

TEST_CASE("a server that slept shows as a wake, not as a queue") {
  own_loop l(std::chrono::nanoseconds(0));
  auto c = l.attach();
  c->sample_every = 1;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    REQUIRE(comes_true([&] { return recent(l.loop_stats().asleep) == 1; }));
    REQUIRE(c->call(add, pair_request{1, 2}).status == RINGCALL_OK);
  }
  const auto& m = l.stats_of(add);
  CHECK(comes_true([&] { return recent(m.sampled) == 20; }));
  CHECK(recent(m.stages[RINGCALL_STAGE_SERVER_WAKE].count) > 0);
  CHECK(recent(m.stages[RINGCALL_STAGE_SERVER_WAKE].count) + recent(m.stages[RINGCALL_STAGE_QUEUE].count) == 20);
}
