// Each finding appears when its threshold is reached, and not before.

#include "fake_recording.hpp"

#include "profile/documents.hpp"
#include "profile/findings.hpp"
#include "profile/thresholds.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

using namespace ringcall::profile;
using namespace ringcall::tool::test;

namespace {

constexpr std::uint64_t ms = 1'000'000;

const finding* found(const std::vector<finding>& all, const std::string& rule) {
  const auto f = std::find_if(all.begin(), all.end(), [&](const finding& each) { return each.rule == rule; });
  return f == all.end() ? nullptr : &*f;
}
bool has(const recording& r, const std::string& rule) {
  const std::vector<finding> all = find(r);
  return found(all, rule) != nullptr;
}
std::string what(const recording& r, const std::string& rule) {
  const std::vector<finding> all = find(r);
  const finding* f = found(all, rule);
  REQUIRE_MESSAGE(f != nullptr, "no finding " << rule);
  return f->what;
}
std::string advice(const recording& r, const std::string& rule) {
  const std::vector<finding> all = find(r);
  const finding* f = found(all, rule);
  REQUIRE_MESSAGE(f != nullptr, "no finding " << rule);
  return f->advice;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// A second client on the same loop.
void share_loop(recording& r) {
  channel c = r.channels[0];
  c.id = 2;
  r.channels.push_back(c);
}

// One method "quote" with so many calls of these times.
recording with_calls(const fake_call& c, std::size_t count = 1000) {
  recording r = quiet_recording();
  add_calls(r, add_method(r, "quote"), count, c);
  complete(r);
  return r;
}

}  // namespace

TEST_CASE("calls that wait for their client's wake-up are found, with the share of p99 and how long to spin") {
  fake_call c{.queue = 1'000, .handler = 2'000, .response = 17'000, .client_rung = true};
  const recording r = with_calls(c);
  CHECK(what(r, "client-wake") == "Calls of `quote` about as slow as p99 are 85 % wake-up of the client (17.0 µs of 20.0 µs): clients sleep before their answer is there.");
  CHECK(advice(r, "client-wake") == "Keep calls in flight, or raise the clients' spin (ringcall tune quotes --client-spin 100us).");
  c.response = 1'900; // 39 %
  CHECK_FALSE(has(with_calls(c), "client-wake"));
  c.response = 2'100; // 41 %
  CHECK(has(with_calls(c), "client-wake"));
}

TEST_CASE("calls that wait for the server's wake-up are found, with the time between calls") {
  fake_call c{.queue = 50'000, .handler = 2'000, .response = 1'000, .server_rung = true};
  recording r = with_calls(c);
  r.loops[0].counts.runs = 100'000; // one each 100 us
  CHECK(what(r, "server-wake") == "Calls of `quote` about as slow as p99 are 94 % wake-up of the server (50.0 µs of 53.0 µs): it sleeps between calls, of which a run comes each 100 µs to a loop.");
  CHECK(contains(advice(r, "server-wake"), "--server-spin 200us"));
  SUBCASE("spinning is not proposed where it would have to be long") {
    r.loops[0].counts.runs = 1'000;
    CHECK(advice(r, "server-wake") == "Keep calls in flight.");
  }
  SUBCASE("what is proposed is well above what is in force") {
    r.loops[0].counts.runs = 1'000'000;
    CHECK(contains(advice(r, "server-wake"), "--server-spin 100us"));
  }
  SUBCASE("one processor is warned of") {
    r.host.processors = 1;
    CHECK(contains(advice(r, "server-wake"), "one processor"));
  }
  SUBCASE("the server's name is quoted where the shell needs it") {
    r.server.name = "it's; here";
    CHECK(contains(advice(r, "server-wake"), "ringcall tune 'it'\\''s; here' --server-spin"));
  }
  c.queue = 1'900;
  CHECK_FALSE(has(with_calls(c), "server-wake"));
}

TEST_CASE("several methods with the same fault are one finding") {
  recording r = quiet_recording();
  for (const char* name : {"a", "b", "c", "d", "e", "f"}) add_calls(r, add_method(r, name), 200, {.response = 100'000, .client_rung = true});
  complete(r);
  CHECK(contains(what(r, "client-wake"), "Calls of `a` about as slow as p99 are"));
  CHECK(contains(what(r, "client-wake"), "so it is with `b`, `c`, `d` and 2 more"));
}

TEST_CASE("queueing behind a long handler names it") {
  recording r = quiet_recording();
  add_calls(r, add_method(r, "quote"), 1000, {.queue = 900'000});
  add_calls(r, add_method(r, "report.render"), 200, {.handler = 950'000});
  complete(r);
  CHECK(contains(what(r, "queue"), "queueing"));
  CHECK(contains(what(r, "queue"), "it waits behind `report.render`, whose handler runs up to 950 µs"));
  CHECK(advice(r, "queue") == "Register `report.render` with ringcall::on_worker, or split its work.");
  share_loop(r);
  CHECK(advice(r, "queue") == "Register `report.render` with ringcall::on_worker, split its work, or give the server more loops.");
}

TEST_CASE("queueing behind long runs says how long they are, and else that the server is the limit") {
  const fake_call c{.queue = 50'000};
  recording r = with_calls(c);
  r.length /= 10; // three under way, on average
  r.loops[0].counts.runs = r.loops[0].counts.calls / 8;
  CHECK(contains(what(r, "queue"), "the other calls of its run, which has 8 calls on average"));
  r.loops[0].counts.runs = r.loops[0].counts.calls / 7;
  CHECK(contains(what(r, "queue"), "slower than clients post them"));
  CHECK(contains(advice(r, "queue"), "a channel belongs to one loop"));
  share_loop(r);
  CHECK(contains(advice(r, "queue"), "Give the server more loops"));
  CHECK(contains(advice(r, "queue"), "keep fewer calls in flight"));
  r.methods[0].on_worker = true;
  CHECK(contains(what(r, "queue"), "free worker"));
  CHECK_FALSE(has(with_calls({.queue = 1'900}), "queue"));
}

TEST_CASE("a call that queues though nothing is before it waits for a loop that does not run: the host's load is told, and no loops are asked for") {
  recording r = with_calls({.queue = 50'000}); // one under way at times
  CHECK(contains(what(r, "queue"), "few calls are under way, so it waits for a loop that goes to sleep or wakes, or has no processor."));
  CHECK(advice(r, "queue") == "Leave the server and its clients a processor each (`ringcall doctor` looks at load and limits); more loops would not help.");
  r.host.load = 5.9;
  CHECK_FALSE(contains(what(r, "queue"), "load"));
  r.host.load = 6; // on four
  CHECK(contains(what(r, "queue"), "a loop that has no processor: the host's load is 6 on 4 processors."));
  r.loops[0].counts.sleeps = r.loops[0].counts.runs / 10;
  CHECK(contains(advice(r, "queue"), "raise the server's spin (ringcall tune quotes --server-spin 100us)"));
  r.length /= 10; // three under way; the loop sleeps all the same
  CHECK(contains(what(r, "queue"), "has no processor"));
  r.loops[0].counts.sleeps = 0;
  CHECK_FALSE(contains(what(r, "queue"), "has no processor"));
}

TEST_CASE("answers that lie ready while the client is busy are found") {
  CHECK(contains(what(with_calls({.response = 90'000}), "response"), "Calls of `quote` about as slow as p99 are 97 % response"));
  CHECK_FALSE(has(with_calls({.response = 1'900}), "response"));
}

TEST_CASE("time in handlers is noted") {
  CHECK(contains(what(with_calls({.handler = 90'000}), "handler"), "98 % handler"));
  CHECK_FALSE(has(with_calls({.handler = 7'000}), "handler"));
}

TEST_CASE("a heavy tail is found from a thousand samples on") {
  const auto tailed = [](std::size_t count, std::uint64_t slow) {
    recording r = quiet_recording();
    const std::size_t m = add_method(r, "quote");
    add_calls(r, m, count - count / 50, {});
    add_calls(r, m, count / 50, {.handler = slow});
    complete(r);
    return r;
  };
  CHECK(contains(what(tailed(1000, 100'000), "heavy-tail"), "`quote` takes 2"));
  CHECK_FALSE(has(tailed(999, 100'000), "heavy-tail"));
  CHECK_FALSE(has(tailed(1000, 70'000), "heavy-tail"));
}

TEST_CASE("a long turn of the loop names the handler that explains it, or says that none does") {
  recording r = with_calls({});
  r.loops[0].counts.longest_turn = 5 * ms;
  CHECK_FALSE(has(r, "long-turn")); // it was before the recording
  r.loops[0].longest_turn_end = 3'000 * ms;
  CHECK(contains(what(r, "long-turn"), "Loop 0 looked at no other channel for 5.00 ms, until 3.00 s into the recording: no sampled handler took so long"));
  SUBCASE("that of a server that was stopped is not told twice") {
    r.still = {{0, 2'000 * ms, 3'000 * ms}};
    CHECK_FALSE(has(r, "long-turn"));
    r.still[0].loop = 1;
    CHECK(has(r, "long-turn"));
    return;
  }
  add_call(r, add_method(r, "report.render"), 0, {.handler = 4'900'000});
  CHECK(contains(what(r, "long-turn"), "`report.render` has handlers that run up to 4.90 ms"));
  r.loops[0].counts.longest_turn = ms - 1;
  CHECK_FALSE(has(r, "long-turn"));
}

TEST_CASE("a server that stood still is a problem") {
  recording r = with_calls({});
  r.still = {{0, 1'000 * ms, 1'299 * ms}};
  CHECK_FALSE(has(r, "server-stopped"));
  r.still = {{0, 1'000 * ms, 1'300 * ms}, {0, 4'000 * ms, 6'000 * ms}};
  CHECK(contains(what(r, "server-stopped"), "Loop 0 stood still for 2.00 s, from 4.00 s on, and 1 time more"));
  CHECK(find(r).front().rule == "server-stopped");
  CHECK(contains(what(r, "server-stopped"), "neither slept"));
  r.still[1].stopped = true;
  CHECK(contains(what(r, "server-stopped"), "Loop 0 stood still for 2.00 s, from 4.00 s on, and 1 time more: the process was STOPPED"));
}

TEST_CASE("a client that left its answer lying is a problem, and is named") {
  recording r = with_calls({});
  add_call(r, 0, 1'000 * ms, {.response = 99 * ms});
  CHECK_FALSE(has(r, "client-stopped"));
  add_call(r, 0, 1'000 * ms, {.response = 2'000 * ms});
  CHECK(contains(what(r, "client-stopped"), "An answer for client 4712 (gateway) lay ready for 2.00 s"));
}

TEST_CASE("a pause amid calls is noted") {
  const auto with_pause = [](std::uint64_t from, std::uint64_t to) {
    recording r = quiet_recording();
    const std::size_t m = add_method(r, "quote");
    for (std::uint64_t at = 0; at < r.length; at += 10 * ms) {
      if (at < from || at >= to) add_call(r, m, at, {});
    }
    complete(r);
    return r;
  };
  CHECK(contains(what(with_pause(2'000 * ms, 3'000 * ms), "pause"), "No call was taken for 1.00 s, from 2.00 s on"));
  CHECK_FALSE(has(with_pause(2'000 * ms, 2'400 * ms), "pause"));
  CHECK_FALSE(has(with_pause(0, 3'000 * ms), "pause")); // before the first
}

TEST_CASE("nothing is concluded from how long the answer of a oneway method lies there, and the reports say why") {
  recording r = with_calls({.response = 90'000});
  add_calls(r, 0, 20, {.response = 2'000 * ms});
  for (const char* rule : {"response", "heavy-tail", "client-stopped"}) CHECK(has(r, rule));
  recording woken = with_calls({.response = 90'000, .client_rung = true});
  CHECK(has(woken, "client-wake"));
  CHECK_FALSE(contains(text_report(r, find(r)), "oneway"));
  r.methods[0].oneway = woken.methods[0].oneway = true;
  for (const char* rule : {"response", "heavy-tail", "client-stopped"}) CHECK_FALSE(has(r, rule));
  CHECK_FALSE(has(woken, "client-wake"));
  CHECK(contains(html_report(r, find(r)), "Nobody waits for quote (oneway)"));
  CHECK(contains(text_report(r, find(r)), "(oneway)"));
}

TEST_CASE("a server's end and its draining are told") {
  recording r = with_calls({});
  CHECK_FALSE(has(r, "server-ended"));
  r.server.policy.draining = true;
  CHECK(has(r, "draining"));
  r.end = ending::server_ended;
  r.length = 4'200 * ms;
  CHECK(contains(what(r, "server-ended"), "after 4.20 s of the 10.0 s"));
}

TEST_CASE("full arenas and rings are found from their shares of calls on") {
  recording r = with_calls({}); // 64,000 calls
  r.channels[0].client.arena_waits = 63;
  r.channels[0].client.ring_waits = 639;
  r.loops[0].counts.waited_answers = 63;
  for (const char* rule : {"request-arena", "answer-arena", "ring-full"}) CHECK_FALSE(has(r, rule));
  r.channels[0].client.arena_waits = 64;
  r.channels[0].client.ring_waits = 640;
  r.loops[0].counts.waited_answers = 64;
  for (const char* rule : {"request-arena", "answer-arena", "ring-full"}) CHECK(has(r, rule));
}

TEST_CASE("clients that broke a rule, and lost wakes, are problems") {
  recording r = with_calls({});
  CHECK_FALSE(has(r, "poisoned"));
  r.loops[0].counts.poisoned = 1;
  CHECK(contains(what(r, "poisoned"), "1 client broke a rule"));
  CHECK_FALSE(has(r, "recovered-wakes"));
  r.channels[0].client.recovered_wakes = 1;
  CHECK(has(r, "recovered-wakes"));
}

TEST_CASE("failures are noted, and from a hundredth of the calls on a problem, with their codes") {
  recording r = with_calls({}); // 64,000 calls
  CHECK_FALSE(has(r, "failures"));
  r.methods[0].counts.statuses[RINGCALL_FAILED] = 639;
  r.methods[0].counts.failures = {{7, 600}, {9, 39}};
  CHECK(what(r, "failures") == "Handlers failed: 639 of 64,000 calls of `quote` (1.0 %) - code 7: 600, code 9: 39.");
  CHECK(found(find(r), "failures")->level == severity::note);
  r.methods[0].counts.statuses[RINGCALL_FAILED] = 640;
  CHECK(find(r).front().level == severity::problem);
}

TEST_CASE("expired calls, unknown methods, bad requests and answers without room are problems") {
  recording r = with_calls({});
  for (const char* rule : {"expired", "unknown-method", "bad-request", "no-room"}) CHECK_FALSE(has(r, rule));
  r.methods[0].counts.statuses[RINGCALL_EXPIRED] = 5;
  r.methods[0].counts.statuses[RINGCALL_BAD_REQUEST] = 5;
  r.methods[0].counts.statuses[RINGCALL_TOO_LARGE] = 5;
  const std::size_t unknown = add_method(r, "unknown method");
  r.methods[unknown].is_unknown = true;
  r.methods[unknown].counts.calls = 5;
  for (const char* rule : {"expired", "unknown-method", "bad-request", "no-room"}) CHECK(found(find(r), rule)->level == severity::problem);
  CHECK(what(r, "unknown-method") == "5 calls were for methods that this server has not.");
}

TEST_CASE("calls that their callers left are found from a hundredth on") {
  recording r = with_calls({});
  r.channels[0].client.cancelled = 639;
  CHECK_FALSE(has(r, "cancelled"));
  r.channels[0].client.cancelled = 640;
  CHECK(has(r, "cancelled"));
}

TEST_CASE("few samples are said to be few, and nothing is concluded from almost none") {
  const fake_call slow{.response = 1'000'000, .client_rung = true};
  CHECK_FALSE(has(with_calls(slow, 100), "few-samples"));
  CHECK(contains(what(with_calls(slow, 99), "few-samples"), "What is said of `quote` rests on 99 samples"));
  CHECK(contains(what(with_calls(slow, 99), "client-wake"), "The mean of `quote`"));
  CHECK(contains(what(with_calls(slow, 1), "few-samples"), "1 sample:"));
  CHECK_FALSE(has(with_calls(slow, 9), "client-wake"));
}

TEST_CASE("a recording without calls, or without samples, says so and why") {
  recording r = quiet_recording();
  add_method(r, "quote");
  CHECK(find(r).size() == 1);
  CHECK(contains(what(r, "no-calls"), "No call was made in 10.0 s."));
  r.methods[0].counts.calls = 50;
  CHECK(contains(what(r, "no-samples"), "50 calls were made, but none of them was sampled"));
  CHECK(contains(advice(r, "no-samples"), "--sample 1"));
}

TEST_CASE("samples that are missing are told from a twentieth on") {
  recording r = with_calls({});
  r.samples_missed = 49;
  r.methods[0].counts.unobserved = 52;
  CHECK_FALSE(has(r, "missed-samples"));
  CHECK_FALSE(has(r, "unobserved"));
  r.samples_missed = 50;
  r.methods[0].counts.unobserved = 53;
  CHECK(has(r, "missed-samples"));
  CHECK(contains(what(r, "unobserved"), "53 of 1,053 sampled calls"));
}

TEST_CASE("a rate in force that is another than the one asked for is told") {
  recording r = with_calls({});
  CHECK_FALSE(has(r, "other-rate"));
  r.server.policy.sample_every = 16;
  CHECK(contains(what(r, "other-rate"), "One call in 16 is sampled, not one in 64"));
}

TEST_CASE("a recording in which nothing stands out says so") {
  const std::vector<finding> all = find(with_calls({}));
  REQUIRE(all.size() == 1);
  CHECK(all[0].rule == "nothing");
}

TEST_CASE("absurd numbers give findings, not faults") {
  recording r = with_calls({});
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (auto& h : r.methods[0].counts.stages) {
    h.sum = h.max = h.count = most;
    std::fill(h.buckets.begin(), h.buckets.end(), most);
  }
  r.methods[0].counts.calls = r.methods[0].counts.unobserved = most;
  r.methods[0].counts.statuses.fill(most);
  r.loops[0].counts.longest_turn = r.loops[0].counts.calls = most;
  r.loops[0].longest_turn_end = most;
  r.channels[0].client.cancelled = most;
  r.still = {{9, most, 0}, {9, 0, most}};
  r.slices[3].from = most;
  r.length = 0;
  CHECK(find(r).size() > 3);
}
