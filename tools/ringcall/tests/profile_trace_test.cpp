// The trace of sampled calls: what Chrome's format and Perfetto's reading of it demand.

#include "fake_recording.hpp"

#include "profile/documents.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>
#include <map>
#include <vector>

using namespace ringcall::profile;
using namespace ringcall::tool::test;
using nlohmann::json;

namespace {

std::uint64_t cut(const json& microseconds) { return static_cast<std::uint64_t>(microseconds.get<double>() * 1000); }

struct slice_seen {
  std::uint64_t from, to;
  std::string name;
};
using tracks = std::map<std::pair<int, int>, std::vector<slice_seen>>;

// Checks the order of events, and that the slices of each track lie within or beside each other, in nanoseconds as Perfetto cuts them.
tracks checked(const json& trace) {
  tracks all;
  std::map<std::pair<int, int>, std::vector<slice_seen>> open;
  double last = 0;
  for (const json& e : trace["traceEvents"]) {
    if (e["ph"] == "M") continue;
    CHECK(e["ts"].get<double>() >= last);
    last = e["ts"];
    if (e["ph"] != "X") continue;
    const slice_seen s{cut(e["ts"]), cut(e["ts"]) + cut(e["dur"]), e["name"]};
    const std::pair<int, int> track{e["pid"], e["tid"]};
    auto& stack = open[track];
    while (!stack.empty() && stack.back().to <= s.from) stack.pop_back();
    if (!stack.empty()) CHECK(s.to <= stack.back().to);
    stack.push_back(s);
    all[track].push_back(s);
  }
  return all;
}

}  // namespace

TEST_CASE("slices of each track lie within each other, and events are in order") {
  const recording r = busy_recording();
  const std::string text = json_trace(r);
  REQUIRE(json::accept(text));
  const json trace = json::parse(text);
  CHECK(checked(trace).size() >= 4);
}

TEST_CASE("a call is a slice at its client with its stages in it, one at the server, and arrows there and back") {
  recording r = quiet_recording();
  const std::size_t m = add_method(r, "quote");
  add_call(r, m, 1'000'001, {.queue = 5'003, .handler = 7'001, .response = 11'007, .client_rung = true});
  complete(r);
  const json trace = json::parse(json_trace(r));
  std::map<std::string, json> slices;
  std::map<int, std::string> processes;
  std::vector<json> arrows;
  for (const json& e : trace["traceEvents"]) {
    if (e["ph"] == "M" && e["name"] == "process_name") processes[e["pid"]] = e["args"]["name"];
    if (e["ph"] == "X") slices[processes[e["pid"]] + "/" + e["name"].get<std::string>()] = e;
    if (e["ph"] == "s" || e["ph"] == "f") arrows.push_back(e);
  }
  const std::string client = "Go client gateway, pid 4712/", server = "C++ server quotes, pid 4711/";
  REQUIRE(slices.size() == 5);
  CHECK(cut(slices[client + "quote"]["ts"]) == 1'000'001);
  CHECK(std::lround(slices[client + "quote"]["dur"].get<double>() * 1000) == 5'003 + 7'001 + 11'007);
  CHECK(cut(slices[client + "queue"]["ts"]) == 1'000'001);
  CHECK(cut(slices[client + "handler"]["ts"]) == 1'005'004);
  CHECK(cut(slices[client + "client wake"]["ts"]) == 1'012'005);
  CHECK(cut(slices[server + "quote"]["ts"]) == 1'005'004);
  CHECK(slices[server + "quote"]["args"]["handler_ns"] == 7'001);
  REQUIRE(arrows.size() == 4);
  CHECK(arrows[0]["id"] == arrows[1]["id"]);
  CHECK(arrows[2]["id"] == arrows[3]["id"]);
  CHECK(arrows[1]["pid"] == slices[server + "quote"]["pid"]);
  CHECK(arrows[3]["pid"] == slices[client + "quote"]["pid"]);
}

TEST_CASE("calls that overlap at one client have lanes of their own; those after each other share one") {
  recording r = quiet_recording();
  const std::size_t m = add_method(r, "quote");
  for (int i = 0; i < 8; ++i) add_call(r, m, 1'000'000 + static_cast<std::uint64_t>(i), {.queue = 10'000 + 2'000 * static_cast<std::uint64_t>(i)});
  for (int i = 0; i < 8; ++i) add_call(r, m, 2'000'000 + 100'000 * static_cast<std::uint64_t>(i));
  complete(r);
  const tracks all = checked(json::parse(json_trace(r)));
  CHECK(all.size() == 8 + 1); // the server's loop runs one handler at a time
}

TEST_CASE("a trace stays small, and the slowest calls are in it") {
  recording r = quiet_recording();
  const std::size_t m = add_method(r, "quote");
  add_calls(r, m, 3 * calls_in_trace + 17, {});
  add_call(r, m, 777'777'777, {.handler = 123'456'789});
  complete(r);
  const std::string text = json_trace(r);
  CHECK(text.size() < 15'000'000);
  CHECK(text.find("\"handler_ns\":123456789,") != std::string::npos);
}

TEST_CASE("impossible calls are left out, and names that are no UTF-8 are replaced") {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  recording r = quiet_recording();
  const std::size_t m = add_method(r, "\"\\\xff\n</script>");
  add_calls(r, m, 3, {});
  r.calls.push_back({.posted = 5, .taken = 4, .answered = 6, .observed = 7, .method = 0});
  r.calls.push_back({.method = 99});
  r.calls.push_back({.posted = 0, .taken = 0, .answered = 0, .observed = most, .channel = 77});
  r.calls.push_back({});
  const std::string text = json_trace(r);
  REQUIRE(json::accept(text));
  checked(json::parse(text));
}

TEST_CASE("a recording without calls has a trace without events") {
  const json trace = json::parse(json_trace(quiet_recording()));
  CHECK(trace["traceEvents"].empty());
}
