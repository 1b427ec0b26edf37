// The client and 'ringcall bench' against real servers: what is counted, what a stopped or killed server looks like.

#include "run_tool.hpp"

#include "load/bench_client.hpp"
#include "load/bench_report.hpp"
#include "load/request_arena.hpp"
#include "observe/server.hpp"
#include "observe/snapshot.hpp"

#include "running_server.hpp"
#include "server_process.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <signal.h>

#include <map>

using namespace ringcall::load;
using ringcall::monotonic_ns;
using ringcall::tool::test::run_tool;
using ringcall::tool::test::tool_process;
using ringcall::test::running_server;
using ringcall::test::server_process;

namespace {

constexpr std::uint64_t second = 1'000'000'000;

target raw_target(std::uint16_t id, std::size_t size) {
  method m;
  m.id = id;
  m.name = "method " + std::to_string(id);
  return {m, {std::vector<std::byte>(size)}};
}

bench_plan plan_for(std::uint64_t duration, double rate, std::uint32_t inflight = 1, std::uint32_t run = 1) {
  const std::uint64_t now = monotonic_ns();
  return {now, now + duration, rate == 0 ? 0 : 1e9 / rate, 0, inflight, run, 0};
}

nlohmann::json bench_json(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "bench");
  arguments.push_back("--json");
  const auto r = run_tool(arguments);
  CAPTURE(r.err);
  REQUIRE(r.status == 0);
  return nlohmann::json::parse(r.out);
}

// Waits until the condition holds, 30 s at most.
template <class F>
bool reached(F condition) {
  for (const std::uint64_t limit = monotonic_ns() + 30 * second; !condition();) {
    if (monotonic_ns() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace

TEST_CASE("regions in the request arena never overlap, and a free arena has room for its whole capacity") {
  request_arena arena({4096, 1000});
  CHECK(arena.capacity() == 992);
  random_bits random(1);
  std::map<std::uint64_t, std::pair<std::uint32_t, std::uint32_t>> held; // by number: offset, end
  std::size_t refused = 0;
  for (int i = 0; i < 100'000; ++i) {
    if (random.below(2) == 0) {
      const std::uint64_t size = random.below(300);
      if (const auto r = arena.allocate(size)) {
        const auto end = static_cast<std::uint32_t>(r->offset + std::max<std::uint64_t>(size, 1));
        REQUIRE(r->offset % 16 == 0);
        REQUIRE(r->offset >= 4096);
        REQUIRE(end <= 4096 + 992);
        for (const auto& [number, other] : held) REQUIRE((end <= other.first || r->offset >= other.second));
        held[r->number] = {r->offset, end};
      } else {
        ++refused;
        REQUIRE_FALSE(held.empty());
      }
    } else if (!held.empty()) {
      const auto one = std::next(held.begin(), static_cast<std::ptrdiff_t>(random.below(held.size())));
      arena.release(one->first);
      held.erase(one);
    }
  }
  CHECK(refused > 0);
  for (const auto& [number, region] : held) arena.release(number);
  CHECK(arena.allocate(992));
  CHECK_FALSE(arena.allocate(993));
}

TEST_CASE("records, payloads and batches are answered, each to its tag") {
  running_server server;
  client c(attach(server.path));
  std::vector<std::byte> payload(5000);
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<std::byte>(i * 7);
  const ringcall::test::pair_request pairs[3] = {{1, 2}, {3, 4}, {5, 6}};
  REQUIRE(c.put({.method = ringcall::test::add, .bytes = std::as_bytes(std::span(pairs, 1)), .tag = 1}));
  REQUIRE(c.put({.method = ringcall::test::echo, .bytes = payload, .tag = 2}));
  REQUIRE(c.put({.method = ringcall::test::add, .bytes = std::as_bytes(std::span(pairs)), .tag = 3, .batch = 3, .answer_size = 8}));
  REQUIRE(c.put({.method = 999, .bytes = {}, .tag = 4}));
  c.publish();
  std::map<std::uint64_t, std::vector<std::byte>> answers;
  std::map<std::uint64_t, std::uint16_t> statuses;
  while (answers.size() < 4 && c.wait(monotonic_ns() + 30 * second)) {
    c.reap([&](const answer& a) {
      answers[a.tag].assign(a.bytes.begin(), a.bytes.end());
      statuses[a.tag] = a.status;
    });
  }
  REQUIRE(answers.size() == 4);
  const auto sum = [](const std::vector<std::byte>& bytes, std::size_t i) {
    std::int64_t value = 0;
    std::memcpy(&value, bytes.data() + 8 * i, 8);
    return value;
  };
  CHECK(sum(answers[1], 0) == 3);
  CHECK(answers[2] == payload);
  REQUIRE(answers[3].size() == 24);
  CHECK(sum(answers[3], 2) == 11);
  CHECK(statuses[4] == RINGCALL_UNKNOWN_METHOD);
  CHECK(c.outstanding() == 0);
}

TEST_CASE("a client fills the ring and both arenas for long, and gets every answer") {
  ringcall::options o;
  o.slots = 16;
  running_server server(o);
  client c(attach(server.path));
  random_bits random(9);
  std::uint64_t posted = 0, answered = 0, wrong = 0;
  std::vector<std::byte> payload(20'000, std::byte{5});
  constexpr std::uint64_t calls = 20'000;
  while (answered < calls) {
    while (posted < calls && c.put({.method = ringcall::test::echo, .bytes = std::span(payload).first(random.below(40) == 0 ? random.below(20'000) : random.below(100)), .tag = posted})) ++posted;
    c.publish();
    REQUIRE(c.wait(monotonic_ns() + 30 * second));
    answered += c.reap([&](const answer& a) { wrong += a.status != RINGCALL_OK && a.status != RINGCALL_NO_ROOM; });
  }
  CHECK(wrong == 0);
  CHECK(c.outstanding() == 0);
}

TEST_CASE("a closed loop's counts are the server's") {
  running_server server;
  const auto report = bench_json({server.path, std::to_string(ringcall::test::count), "--request-size", "8", "--for", "1s", "--inflight", "40", "--run", "10", "--clients", "2"});
  CHECK(report["all"]["calls"].get<std::uint64_t>() > 0);
  CHECK(report["all"]["calls"] == server.counter.load());
  CHECK(report["all"]["latency_ns"]["count"] == report["all"]["calls"]);
  CHECK(report["all"]["failures"].empty());
}

TEST_CASE("a bench's calls are sampled as often as an observer asks, and their stages add up to the whole") {
  running_server server;
  ringcall::observe::server watched(server.path);
  watched.sample(1);
  const auto bench = [&] {
    return bench_json({server.path, std::to_string(ringcall::test::count), "--request-size", "8", "--for", "1s", "--inflight", "40", "--run", "10"})["all"]["calls"].get<std::uint64_t>();
  };
  const auto counted = [&] {
    ringcall::observe::method_counts all;
    for (const auto& m : ringcall::observe::take(watched.stats()).methods) {
      all.calls += m.calls;
      all.sampled += m.sampled;
      all.unobserved += m.unobserved;
      for (std::size_t i = 0; i < RINGCALL_STAGES; ++i) all.stages[i].add(m.stages[i]);
    }
    return all;
  };
  const std::uint64_t calls = bench();
  CHECK(reached([&] { return counted().sampled >= calls; })); // the last ones are counted when the channel has ended
  const auto all = counted();
  CHECK(all.calls == calls);
  CHECK(all.sampled == calls);
  CHECK(all.unobserved == 0);
  std::uint64_t parts = 0;
  for (const auto stage : {RINGCALL_STAGE_QUEUE, RINGCALL_STAGE_SERVER_WAKE, RINGCALL_STAGE_HANDLER, RINGCALL_STAGE_RESPONSE, RINGCALL_STAGE_CLIENT_WAKE}) parts += all.stages[stage].sum;
  CHECK(all.stages[RINGCALL_STAGE_TOTAL].count == calls);
  CHECK(all.stages[RINGCALL_STAGE_TOTAL].sum == parts);
  CHECK(parts > 0);
  watched.sample(0);
  const std::uint64_t more = bench();
  CHECK(reached([&] { return counted().calls == calls + more; }));
  CHECK(counted().sampled == calls);
}

TEST_CASE("an open loop sends as many calls as were due") {
  running_server server;
  const auto report = bench_json({server.path, std::to_string(ringcall::test::count), "--request-size", "8", "--for", "500ms", "--rate", "2000", "--clients", "2"});
  const std::uint64_t unsent = report["all"]["unsent"];
  CHECK(report["all"]["calls"].get<std::uint64_t>() + unsent == 1000);
  CHECK(report["all"]["calls"] == server.counter.load());
  CHECK(report["all"]["latency_ns"]["count"] == 1000);
}

TEST_CASE("a server stopped for 100 ms shows in an open loop as the calls that were due meanwhile waited") {
  server_process server;
  client c(attach(server.path));
  const std::vector<target> targets{raw_target(ringcall::test::served::add, 8)};
  bench_progress progress;
  constexpr double rate = 1000;
  bench_client loop(c, targets, plan_for(second, rate), 1, progress);
  const std::atomic<bool> stop{false};
  std::thread thread([&] { loop.run(stop); });
  CHECK(reached([&] { return progress.calls > 50; }));
  kill(c.server_pid(), SIGSTOP);
  std::this_thread::sleep_for(std::chrono::milliseconds(100)); // the stop itself
  kill(c.server_pid(), SIGCONT);
  thread.join();
  const method_result& r = loop.results()[0];
  CHECK(r.unanswered == 0);
  CHECK(r.latency.count == r.calls + r.unsent);
  CHECK(r.latency.max >= 90'000'000);
  // A hundred were due in that time; the one that a closed loop would have had under way would be one.
  CHECK(r.latency.above(20'000'000) >= 60);
  CHECK(r.latency.quantile(0.99) >= 60'000'000);
}

TEST_CASE("a rate that the server cannot keep is told as calls that were not sent, and counts in the latencies") {
  server_process server;
  constexpr std::uint16_t sleep_on_loop = 10;
  client c(attach(server.path));
  target t = raw_target(sleep_on_loop, 8);
  const std::uint64_t ns = 5'000'000;
  std::memcpy(t.requests[0].data(), &ns, sizeof ns);
  const std::vector<target> targets{t};
  bench_progress progress;
  bench_client loop(c, targets, plan_for(second / 2, 10'000), 1, progress);
  loop.run(std::atomic<bool>{false});
  const method_result& r = loop.results()[0];
  // The ring takes 512 of 5,000 and those that were answered: 100 at most in the time.
  CHECK(r.unsent >= 4000);
  CHECK(r.latency.count == r.calls + r.unsent);
  CHECK(r.latency.quantile(0.5) >= 100'000'000);
}

TEST_CASE("a killed server ends a bench with status 1 and a message that says what became of the calls") {
  server_process server;
  tool_process bench({"bench", server.path, "1", "--request-size", "8", "--for", "60s"});
  client watcher(attach(server.path));
  {
    ringcall::observe::server watched(server.path);
    REQUIRE(reached([&] { return ringcall::observe::take(watched.stats()).calls() != 0; }));
  }
  server.end(SIGKILL, std::chrono::seconds(10));
  const auto r = bench.wait();
  CHECK(r.status == 1);
  CHECK(r.err.find("the server") != std::string::npos);
  CHECK_THROWS_WITH_AS(while (!watcher.wait(monotonic_ns() + 30 * second)) {}, doctest::Contains("the server died"), server_gone);
}

TEST_CASE("calls in flight when the server dies are told apart: those that may have run, those that never started") {
  server_process server;
  client c(attach(server.path));
  constexpr std::uint16_t crash = 6;
  for (std::uint64_t i = 0; i < 3; ++i) REQUIRE(c.put({.method = crash, .bytes = {}, .tag = i}));
  c.publish();
  CHECK_THROWS_WITH_AS(c.wait(monotonic_ns() + 30 * second), doctest::Contains("of 3 calls in flight 3 may have run, 0 never started"), server_gone);
}

TEST_CASE("a server that leaves on purpose is told as such") {
  auto server = std::make_unique<running_server>();
  client c(attach(server->path));
  server->stop();
  CHECK_THROWS_WITH_AS(c.wait(monotonic_ns() + 30 * second), doctest::Contains("left on purpose"), server_gone);
}

TEST_CASE("what cannot be asked is refused with status 2, what is not there with status 1") {
  running_server server;
  const auto complaint = [&](std::vector<std::string> arguments, int status) {
    arguments.insert(arguments.begin(), "bench");
    const auto r = run_tool(arguments);
    CHECK(r.status == status);
    CHECK(r.out.empty());
    return r.err;
  };
  CHECK(complaint({server.path, "nosuch"}, 2).find("give its number") != std::string::npos);
  CHECK(complaint({server.path, "1"}, 2).find("--request-hex or --request-size") != std::string::npos);
  CHECK(complaint({server.path, "1", "--request-hex", "0g"}, 2).find("hexadecimal") != std::string::npos);
  CHECK(complaint({server.path, "1", "--run", "300"}, 2).find("1 to 256") != std::string::npos);
  CHECK(complaint({server.path, "1", "--request-size", "10000000", "--for", "10s"}, 1).find("request arena") != std::string::npos);
  CHECK(complaint({server.directory / "other", "1"}, 1).find("other") != std::string::npos);
}

TEST_CASE("requests that the method does not understand end with status 1, handlers that fail with 0") {
  running_server server;
  const auto misunderstood = run_tool({"bench", server.path, std::to_string(ringcall::test::add), "--request-size", "3", "--for", "1s"});
  CHECK(misunderstood.status == 1);
  CHECK(misunderstood.out.find("bad request") != std::string::npos);
  const auto failing = run_tool({"bench", server.path, std::to_string(ringcall::test::throw_int), "--request-size", "8", "--for", "1s"});
  CHECK(failing.status == 0);
  CHECK(failing.out.find("failed; the first") != std::string::npos);
}

TEST_CASE("percentile files begin with the least value, end with the greatest, and count every value") {
  ringcall::observe::histogram h;
  for (std::uint64_t v = 1; v <= 1000; ++v) h.add(v * 1000);
  const std::string text = hgrm_of(h);
  CHECK(text.find("       Value     Percentile TotalCount 1/(1-Percentile)") == 0);
  CHECK(text.find("1000.000 1.000000000000       1000\n") != std::string::npos);
  CHECK(text.find("Total count    =         1000]") != std::string::npos);
  double last = 0;
  std::istringstream lines(text.substr(text.find('\n')));
  double value, fraction;
  std::uint64_t count, before = 0;
  for (std::string line; std::getline(lines, line);) {
    if (std::sscanf(line.c_str(), "%lf %lf %lu", &value, &fraction, &count) != 3) continue;
    CHECK(value >= last);
    CHECK(count >= before);
    CHECK(static_cast<double>(count) >= fraction * 1000 - 0.001);
    last = value;
    before = count;
  }
  CHECK(before == 1000);
}
