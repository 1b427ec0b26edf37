// What a recording takes over from a server's statistics, and what it leaves out.

#include "fake_stats.hpp"

#include "profile/recorder.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace ringcall::profile;
using namespace ringcall::tool::test;
namespace observe = ringcall::observe;

namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t start = 1'000'000 * ms;

// A call of 1, 2 and 3 us that was posted so long after the recording's start.
ringcall_sample sample_at(std::uint64_t after, std::uint16_t method = 0) {
  ringcall_sample s{};
  s.posted = start + after;
  s.taken = s.posted + 1'000;
  s.answered = s.taken + 2'000;
  s.observed = s.answered + 3'000;
  s.method = method;
  s.channel = 1;
  s.records = 1;
  return s;
}

}  // namespace

TEST_CASE("a recording has what came between its beginning and its end, and nothing else") {
  fake_stats stats;
  const observe::stats_view view(stats.memory());
  stats.count_calls(0, 1'000);
  stats.record(sample_at(0));
  stats.add_channel(0, 4242, 1'000);
  recorder rec(view, "", start);
  stats.count_calls(0, 640);
  for (int i = 0; i < 10; ++i) stats.record(sample_at(static_cast<std::uint64_t>(i) * ms));
  stats.count_failures(1, 7, 3);
  stats.channel(0).client.sleeps += 5;
  CHECK(rec.poll(start + 20 * ms) == 10);
  rec.end_slice(start + 100 * ms);
  CHECK(rec.calls() == 640);
  stats.count_calls(1, 3);
  stats.add_channel(3, 4343, 77);
  const recording r = rec.finish(start + 200 * ms);

  REQUIRE(r.methods.size() == 3);
  CHECK(r.methods[0].name == "calc.add");
  CHECK(r.methods[0].counts.calls == 640);
  CHECK(r.methods[0].total().count == 10);
  CHECK(r.methods[0].counts.stages[RINGCALL_STAGE_HANDLER].quantile(0.5) == doctest::Approx(2'000).epsilon(0.02));
  CHECK(r.methods[1].counts.failures.at(7) == 3);
  CHECK(r.methods[2].is_unknown);
  CHECK(r.length == 200 * ms);
  REQUIRE(r.calls.size() == 10);
  CHECK(r.calls[9].posted == 9 * ms);
  CHECK(r.calls[9].stages() == stage_times{6'000, 1'000, 0, 2'000, 3'000, 0});
  REQUIRE(r.slices.size() == 2);
  CHECK(r.slices[0].calls == 640);
  CHECK(r.slices[0].totals[0].size() == 1);
  CHECK(r.slices[0].totals[0][0].count == 10);
  CHECK(r.slices[1].calls == 3);
  CHECK(r.slices[1].from == 100 * ms);
  REQUIRE(r.channels.size() == 2);
  CHECK(r.channels[0].id == 4); // it came in the recording: all it did counts
  CHECK(r.channels[0].server.calls == 77);
  CHECK(r.channels[1].server.calls == 0);
  CHECK(r.channels[1].client.sleeps == 5);
}

TEST_CASE("a method that its server describes as oneway is recorded as such") {
  fake_stats stats({.interface_text = "service calc: fingerprint 1\ncalc 1: name add, kind oneway, request 8\ncalc 2: name divide, kind call, request 8, answer 8\n"});
  const observe::stats_view view(stats.memory());
  recorder rec(view, "", start);
  const recording r = rec.finish(start + 200 * ms);
  CHECK(r.methods[0].oneway);
  CHECK_FALSE(r.methods[1].oneway);
}

TEST_CASE("a filter leaves other methods out of everything") {
  fake_stats stats;
  const observe::stats_view view(stats.memory());
  recorder rec(view, "divide", start);
  stats.count_calls(0, 5);
  stats.count_calls(1, 7);
  stats.record(sample_at(ms, 0));
  stats.record(sample_at(ms, 1));
  const recording r = rec.finish(start + 10 * ms);
  REQUIRE(r.methods.size() == 1);
  CHECK(r.methods[0].counts.calls == 7);
  REQUIRE(r.calls.size() == 1);
  CHECK(r.calls[0].method == 0);
  CHECK(r.slices[0].calls == 7);
  CHECK(r.slices[0].totals.size() == 1);
}

TEST_CASE("samples that were overwritten before they were read are counted as missed") {
  fake_stats stats;
  const observe::stats_view view(stats.memory());
  recorder rec(view, "", start);
  for (std::uint64_t i = 0; i < RINGCALL_SAMPLES + 100; ++i) stats.record(sample_at(i));
  const recording r = rec.finish(start + 10 * ms);
  CHECK(r.samples_missed == 100);
  CHECK(r.calls.size() == RINGCALL_SAMPLES);
  CHECK(r.methods[0].total().count == RINGCALL_SAMPLES + 100);
}

TEST_CASE("samples from before the recording or from the future are left out") {
  fake_stats stats;
  const observe::stats_view view(stats.memory());
  recorder rec(view, "", start);
  ringcall_sample early = sample_at(0), late = sample_at(0);
  early.posted = start - 1;
  late.observed = std::numeric_limits<std::uint64_t>::max();
  stats.record(early);
  stats.record(late);
  stats.record(sample_at(1));
  CHECK(rec.finish(start + 10 * ms).calls.size() == 1);
}

TEST_CASE("calls are thinned evenly when there are many, and the slowest stay") {
  call_store store(100, 3);
  for (std::uint64_t i = 0; i < 10'000; ++i) store.add({.posted = i, .taken = i, .answered = i, .observed = i + (i == 4'321 ? 1'000 : i % 7)});
  recording r;
  store.move_into(r);
  CHECK(r.calls.size() >= 50);
  CHECK(r.calls.size() <= 100);
  for (std::size_t i = 1; i < r.calls.size(); ++i) REQUIRE(r.calls[i].posted - r.calls[i - 1].posted == r.calls[1].posted - r.calls[0].posted);
  REQUIRE(r.slowest.size() == 3);
  CHECK(r.slowest[0].posted == 4'321);
  CHECK(r.slowest[1].total() == 6);
}

TEST_CASE("a loop that neither sleeps nor looks at its clock stands still") {
  fake_stats stats;
  const observe::stats_view view(stats.memory());
  auto& loop = stats.loop();
  loop.beat = start;
  recorder rec(view, "", start);
  const auto look = [&](std::uint64_t from, std::uint64_t to, bool beating) {
    for (std::uint64_t at = from; at < to; at += 10 * ms) {
      if (beating) loop.beat = start + at;
      rec.poll(start + at);
    }
  };
  SUBCASE("while it beats there is nothing to tell") {
    look(0, 2'000 * ms, true);
    CHECK(rec.finish(start + 2'000 * ms).still.empty());
  }
  SUBCASE("when it goes on, the time between two beats is told") {
    look(0, 500 * ms, true);
    look(500 * ms, 1'500 * ms, false);
    look(1'500 * ms, 2'000 * ms, true);
    const recording r = rec.finish(start + 2'000 * ms);
    REQUIRE(r.still.size() == 1);
    CHECK(r.still[0].from == 490 * ms);
    CHECK(r.still[0].to == 1'500 * ms);
  }
  SUBCASE("also if it does not go on until the end") {
    look(0, 500 * ms, true);
    look(500 * ms, 1'500 * ms, false);
    const recording r = rec.finish(start + 1'500 * ms);
    REQUIRE(r.still.size() == 1);
    CHECK(r.still[0].to == 1'500 * ms);
  }
  SUBCASE("one that sleeps beats each second only") {
    loop.asleep = 1;
    look(0, 1'500 * ms, false);
    CHECK(rec.finish(start + 1'500 * ms).still.empty());
  }
  SUBCASE("one that is stopped in its sleep is told as long as it was seen so") {
    loop.asleep = 1;
    for (std::uint64_t at = 0; at < 1'500 * ms; at += 10 * ms) rec.poll(start + at, at >= 700 * ms && at < 1'200 * ms);
    loop.beat = start + 1'500 * ms;
    rec.poll(start + 1'500 * ms);
    const recording r = rec.finish(start + 1'510 * ms);
    REQUIRE(r.still.size() == 1);
    CHECK(r.still[0].stopped);
    CHECK(r.still[0].from == 700 * ms);
    CHECK(r.still[0].to == 1'190 * ms);
  }
  SUBCASE("not if it was the recorder that stood still") {
    rec.poll(start);
    loop.beat = start + 3'000 * ms;
    CHECK(rec.finish(start + 3'000 * ms).still.empty());
  }
}

TEST_CASE("a longest turn of before the recording is not told as its own") {
  fake_stats stats;
  const observe::stats_view view(stats.memory());
  stats.loop().longest_turn = 9 * ms;
  stats.loop().longest_turn_at = start - ms;
  recorder rec(view, "", start);
  SUBCASE("no longer one came") { CHECK_FALSE(rec.finish(start + ms).loops[0].longest_turn_end); }
  SUBCASE("a longer one came") {
    stats.loop().longest_turn = 10 * ms;
    stats.loop().longest_turn_at = start + 20 * ms;
    const recording r = rec.finish(start + 30 * ms);
    CHECK(r.loops[0].longest_turn_end == 20 * ms);
    CHECK(r.loops[0].counts.longest_turn == 10 * ms);
  }
}
