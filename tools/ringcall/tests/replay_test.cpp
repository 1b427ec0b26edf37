// 'ringcall replay' against real servers: answers that are those of then, and answers that are not.

#include "run_tool.hpp"

#include "load/client.hpp"
#include "load/recording.hpp"

#include "running_server.hpp"
#include "server_process.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <map>

using namespace ringcall::load;
using ringcall::monotonic_ns;
using ringcall::tool::test::run_tool;
using ringcall::tool::test::tool_process;
using ringcall::test::running_server;

namespace {

struct pair {
  std::int32_t a, b;
};
struct sum {
  std::int64_t value;
};

const std::string sums =
    "service sums: version 1\n"
    "sums 20: name add, kind call, request 8, answer 8\n"
    "sums 20.a: type i32, offset 0\n"
    "sums 20.b: type i32, offset 4\n"
    "sums 20.return: type i64\n"
    "sums 21: name draw, kind call, request 8, answer 8\n"
    "sums 21.a: type i32, offset 0\n"
    "sums 21.b: type i32, offset 4\n"
    "sums 21.return: type i64\n";

std::atomic<std::uint64_t> served{0}; // calls of add so far

// Waits until so many more were served, 30 s at most.
bool serves(std::uint64_t more) {
  const std::uint64_t wanted = served + more;
  for (const std::uint64_t limit = monotonic_ns() + 30'000'000'000; served < wanted;) {
    if (monotonic_ns() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

// A server of sums; wrong: for so many a's the sum is another one.
auto serving(std::int32_t wrong_below, const std::string& description = sums) {
  return [=](ringcall::server& s) {
    s.on<pair, sum>(20, [=](const pair& p) {
      ++served;
      if (p.a == 7) throw ringcall::failure(static_cast<std::uint32_t>(p.b), "seven");
      return sum{std::int64_t{p.a} + p.b + (p.a < wrong_below)};
    });
    s.on<pair, sum>(21, [](const pair&) {
      static std::int64_t drawn = 0;
      return sum{++drawn};
    });
    s.describe("sums", fingerprint_of(description), description);
  };
}

// Calls of both methods in turn as the server answers them, gap_ns apart.
void record_calls(const std::string& server_path, const std::string& file, int calls, std::uint64_t gap_ns, const std::string& description = sums) {
  client c(attach(server_path));
  recording_writer to(file, "sums", 1, description, 1000);
  for (std::int32_t i = 0; i < calls; ++i) {
    const pair p{i, 5};
    const auto method = static_cast<std::uint16_t>(20 + i % 2);
    REQUIRE(c.put({.method = method, .bytes = std::as_bytes(std::span(&p, 1))}));
    c.publish();
    REQUIRE(c.wait(monotonic_ns() + 30'000'000'000));
    c.reap([&](const answer& a) {
      ringcall_captured captured{};
      captured.method = method;
      captured.status = a.status;
      captured.detail = a.detail;
      captured.taken = 1000 + static_cast<std::uint64_t>(i) * gap_ns;
      captured.answered = captured.taken + 50;
      captured.request_size = sizeof p;
      captured.answer_size = static_cast<std::uint32_t>(a.bytes.size());
      std::vector<std::byte> body(sizeof p);
      std::memcpy(body.data(), &p, sizeof p);
      body.insert(body.end(), a.bytes.begin(), a.bytes.end());
      body.resize((body.size() + 7) / 8 * 8);
      captured.size = static_cast<std::uint32_t>(sizeof captured + body.size());
      to.add(captured, body);
    });
  }
  to.end(0, 1000 + static_cast<std::uint64_t>(calls) * gap_ns);
}

}  // namespace

TEST_CASE("a replay to a server that answers the same ends with status 0, at any speed") {
  running_server then({}, serving(0));
  const std::string file = then.directory / "r";
  record_calls(then.path, file, 100, 1'000'000);
  running_server now({}, serving(0));
  for (const char* const speed : {"1", "10", "max"}) {
    CAPTURE(speed);
    const auto r = run_tool({"replay", file, now.path, "--speed", speed, "--methods", "sums.add"});
    CAPTURE(r.err);
    CAPTURE(r.out);
    CHECK(r.status == 0);
    CHECK(r.out.find("all answers are those of then") != std::string::npos);
    CHECK(r.out.find("50 of 50 calls") == 0);
  }
}

TEST_CASE("the recorded gaps are kept, divided by the speed") {
  running_server server({}, serving(0));
  const std::string file = server.directory / "r";
  record_calls(server.path, file, 40, 10'000'000);
  const auto seconds = [&](const char* speed) {
    const auto r = run_tool({"replay", file, server.path, "--speed", speed, "--ignore", "draw", "--json"});
    REQUIRE(r.status == 0);
    return nlohmann::json::parse(r.out)["seconds"].get<double>();
  };
  CHECK(seconds("1") >= 0.39);
  CHECK(seconds("2") >= 0.195);
  double least = 1;
  for (int tries = 0; tries < 5 && least >= 0.39; ++tries) least = std::min(least, seconds("max"));
  CHECK(least < 0.39); // two thousandths of it, were it not for others on the machine
}

TEST_CASE("a server that answers otherwise is told with the values, and ends with status 1") {
  running_server then({}, serving(0));
  const std::string file = then.directory / "r";
  record_calls(then.path, file, 40, 1000);
  running_server now({}, serving(20));
  const auto r = run_tool({"replay", file, now.path, "--methods", "add"});
  CHECK(r.status == 1);
  CHECK(r.out.find("sums.add {\"a\":0,\"b\":5}\n  then {\"return\":5}\n  now  {\"return\":6}\n") != std::string::npos);
  CHECK(r.out.find("and 5 more differences") != std::string::npos);
}

namespace {

const std::string conversions =
    "service conversions: version 1\n"
    "conversions 20: name convert, kind call, request 8, answer 16\n"
    "conversions 20.a: type i32, offset 0\n"
    "conversions 20.b: type i32, offset 4\n"
    "conversions 20.return: type converted\n"
    "conversions 21: name convert_all, kind call, request 8, answer 8\n"
    "conversions 21.a: type i32, offset 0\n"
    "conversions 21.b: type i32, offset 4\n"
    "conversions 21.return: type converted[]\n"
    "converted: size 16, align 8\n"
    "converted.value: type f64, offset 0\n"
    "converted.unit: type u8, offset 8\n";

// A server whose answers, b of them in a frame, have this in their padding.
auto converting(std::uint8_t in_padding, std::uint8_t unit, const std::string& description = conversions) {
  const auto put = [=](std::span<std::byte> to) {
    const double value = 0.5;
    std::ranges::fill(to, std::byte{in_padding});
    std::memcpy(to.data(), &value, sizeof value);
    to[8] = std::byte{unit};
  };
  return [=](ringcall::server& s) {
    s.on_bytes(20, [=](std::span<const std::byte>, ringcall::answer& out) { put(out.resize(16)); });
    s.on_bytes(21, [=](std::span<const std::byte>, ringcall::answer& out) {
      const auto frame = out.resize(8 + 2 * 16);
      const std::uint32_t extent[2] = {2 * 16, 2};
      std::memcpy(frame.data(), extent, sizeof extent);
      for (std::size_t i = 0; i < 2; ++i) put(frame.subspan(8 + 16 * i, 16));
    });
    if (!description.empty()) s.describe("conversions", fingerprint_of(description), description);
  };
}

}  // namespace

TEST_CASE("answers that differ in nothing but padding are those of then, if it is known where that is") {
  running_server then({}, converting(0xee, 1));
  const std::string file = then.directory / "r";
  record_calls(then.path, file, 40, 1000, conversions);
  running_server same({}, converting(0, 1));
  const auto r = run_tool({"replay", file, same.path});
  CAPTURE(r.out);
  CHECK(r.status == 0);
  CHECK(r.out.find("all answers are those of then") != std::string::npos);

  running_server other({}, converting(0xee, 2));
  const auto differs = run_tool({"replay", file, other.path});
  CHECK(differs.status == 1);
  CHECK(differs.out.find("and 35 more differences") != std::string::npos);

  record_calls(then.path, file, 40, 1000, "");
  running_server undescribed({}, converting(0, 1, ""));
  const auto bytes = run_tool({"replay", file, undescribed.path});
  CHECK(bytes.status == 1);
  CHECK(bytes.out.find("and 35 more differences") != std::string::npos);
}

TEST_CASE("methods whose answers may differ are ignored, and still told") {
  running_server then({}, serving(0));
  const std::string file = then.directory / "r";
  record_calls(then.path, file, 40, 1000);
  running_server now({}, serving(0));
  CHECK(run_tool({"replay", file, now.path}).status == 1);
  const auto r = run_tool({"replay", file, now.path, "--ignore", "sums.draw"});
  CHECK(r.status == 0);
  CHECK(r.out.find("sums.draw (ignored)") != std::string::npos);
}

TEST_CASE("an interface that differs in what was called is refused with the line, in what was not is played") {
  running_server then({}, serving(0));
  const std::string file = then.directory / "r";
  record_calls(then.path, file, 10, 1000);
  std::string other = sums;
  other.replace(other.find("sums 21.b"), 9, "sums 21.c");
  running_server now({}, serving(0, other));
  const auto r = run_tool({"replay", file, now.path});
  CHECK(r.status == 1);
  CHECK(r.err.find("sums.draw: \"sums 21.b: type i32, offset 4\" is in the recording, not in the server") != std::string::npos);
  CHECK(run_tool({"replay", file, now.path, "--methods", "sums.add"}).status == 0);
}

TEST_CASE("a recording that is cut off or foreign is refused with status 1") {
  running_server server({}, serving(0));
  const std::string file = server.directory / "r";
  record_calls(server.path, file, 10, 1000);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 20);
  auto r = run_tool({"replay", file, server.path});
  CHECK(r.status == 1);
  CHECK(r.err.find("cut off") != std::string::npos);
  r = run_tool({"replay", std::getenv("RINGCALL_TOOL"), server.path});
  CHECK(r.status == 1);
  CHECK(r.err.find("no recording of ringcall") != std::string::npos);
  r = run_tool({"replay", server.directory / "absent", server.path});
  CHECK(r.status == 1);
  r = run_tool({"replay", file, server.path, "--speed", "fast"});
  CHECK(r.status == 2);
}

TEST_CASE("a server killed during a replay ends it with status 1 and a message") {
  running_server then({}, serving(0));
  const std::string file = then.directory / "r";
  record_calls(then.path, file, 100, 100'000'000, ""); // ten seconds
  ringcall::test::server_process now;
  tool_process replay({"replay", file, now.path});
  std::this_thread::sleep_for(std::chrono::milliseconds(300)); // so that it is under way
  now.end(SIGKILL, std::chrono::seconds(10));
  const auto r = replay.wait();
  CHECK(r.status == 1);
  CHECK(r.err.find("server") != std::string::npos);
}

TEST_CASE("a replay that is interrupted tells what it has, and ends with status 1") {
  running_server server({}, serving(0));
  const std::string file = server.directory / "r";
  record_calls(server.path, file, 100, 1'000'000'000);
  tool_process replay({"replay", file, server.path, "--ignore", "draw"});
  CHECK(serves(1));
  kill(replay.pid(), SIGINT);
  const auto r = replay.wait();
  CHECK(r.status == 1);
  CHECK(r.out.find(" of 100 calls played") != std::string::npos);
  CHECK(r.err.find("interrupted") != std::string::npos);
}

TEST_CASE("what was recorded of a server replays equal, and to a server that answers otherwise differs") {
  running_server server({}, serving(0));
  const std::string file = server.directory / "r";
  tool_process record({"record", server.path, "-o", file});
  // The file is made when the server has begun to capture.
  for (int tries = 0; !std::filesystem::exists(file) && tries < 30'000; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  constexpr std::uint64_t calls = 500;
  client c(attach(server.path));
  for (std::int32_t i = 0; i < static_cast<std::int32_t>(calls); ++i) {
    const pair p{i, i};
    REQUIRE(c.put({.method = 20, .bytes = std::as_bytes(std::span(&p, 1))}));
    if (i % 10 == 9) c.publish();
    while (c.outstanding() > 100 && c.wait(monotonic_ns() + 30'000'000'000)) c.reap([](const answer&) {});
  }
  while (c.outstanding() != 0 && c.wait(monotonic_ns() + 30'000'000'000)) c.reap([](const answer&) {});
  kill(record.pid(), SIGINT);
  const auto recorded = record.wait();
  CAPTURE(recorded.err);
  REQUIRE(recorded.status == 0);
  CHECK(recorded.out.find("500 calls in ") == 0);
  CHECK(recorded.out.find("sums.add  500") != std::string::npos);
  const recording r = recording::load(file);
  REQUIRE(r.calls.size() == calls);
  CHECK(r.dropped == 0);
  CHECK(r.description == sums);
  std::uint64_t failed = 0;
  for (const recorded_call& call : r.calls) failed += call.status == RINGCALL_FAILED;
  CHECK(failed == 1); // a is 7 once
  running_server same({}, serving(0)), other({}, serving(3));
  CHECK(run_tool({"replay", file, same.path, "--speed", "max"}).status == 0);
  const auto differing = run_tool({"replay", file, other.path, "--speed", "max"});
  CHECK(differing.status == 1);
  CHECK(differing.out.find("sums.add {\"a\":2,\"b\":2}\n  then {\"return\":4}\n  now  {\"return\":5}") != std::string::npos);
}

TEST_CASE("calls of a method that takes nothing but batches replay as batches of one, failures and refusals included") {
  const auto batches_only = [](std::int64_t more) {
    return [=](ringcall::server& s) {
      auto m = ringcall::make_method<pair, sum>([=](const pair& p) {
        if (p.a == 7) throw ringcall::failure(static_cast<std::uint32_t>(p.b), "seven");
        return sum{std::int64_t{p.a} + p.b + more};
      }, ringcall::on_loop);
      m.call = nullptr;
      m.run = nullptr;
      s.add(22, m);
    };
  };
  running_server server({}, batches_only(0)), other({}, batches_only(1));
  const std::string file = server.directory / "r";
  tool_process record({"record", server.path, "-o", file});
  for (int tries = 0; !std::filesystem::exists(file) && tries < 30'000; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  client c(attach(server.path));
  std::vector<pair> pairs;
  for (std::int32_t i = 1; i <= 7; ++i) pairs.push_back({i, 10});
  REQUIRE(c.put({.method = 22, .bytes = std::as_bytes(std::span(pairs)), .batch = 7, .answer_size = sizeof(sum)})); // the last one fails
  REQUIRE(c.put({.method = 22, .bytes = std::as_bytes(std::span(pairs).first(1))}));                               // refused
  c.publish();
  while (c.outstanding() != 0 && c.wait(monotonic_ns() + 30'000'000'000)) c.reap([](const answer&) {});
  kill(record.pid(), SIGINT);
  REQUIRE(record.wait().status == 0);
  std::map<std::uint16_t, int> statuses;
  for (const recorded_call& call : recording::load(file).calls) ++statuses[call.status];
  CHECK(statuses == std::map<std::uint16_t, int>{{RINGCALL_OK, 6}, {RINGCALL_FAILED, 1}, {RINGCALL_BAD_REQUEST, 1}});
  const auto same = run_tool({"replay", file, server.path, "--speed", "max"});
  CAPTURE(same.out);
  CHECK(same.status == 0);
  CHECK(same.out.find("8 of 8 calls") == 0);
  const auto differing = run_tool({"replay", file, other.path, "--speed", "max", "--json"});
  CHECK(differing.status == 1);
  CHECK(nlohmann::json::parse(differing.out)["differ"] == 6);
}

TEST_CASE("a recording ends at its size and with its server, complete in either case") {
  auto server = std::make_unique<running_server>(ringcall::options{}, serving(0));
  const std::string file = server->directory / "r", small = server->directory / "s";
  tool_process record({"record", server->path, "-o", file});
  for (int tries = 0; !std::filesystem::exists(file) && tries < 30'000; ++tries) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  server->stop();
  const auto r = record.wait();
  CHECK(r.status == 1);
  CHECK(r.err.find(server->path) != std::string::npos);
  CHECK_NOTHROW(recording::load(file));
  const auto refused = run_tool({"record", server->path, "-o", small, "--max-bytes", "1K"});
  CHECK(refused.status == 2);
  CHECK_FALSE(std::filesystem::exists(small));
}
