// What a real server counts and keeps, as the tool tells it.

#include "program.hpp"

#include "client.hpp"
#include "postmortem.hpp"
#include "server_process.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <fstream>
#include <optional>
#include <thread>

using namespace ringcall::tool::test;
using nlohmann::json;
using ringcall::test::client;
using ringcall::test::server_process;
namespace served = ringcall::test::served;

namespace {

struct add_request { std::int32_t a, b; };

void call(client& c, int times) {
  for (int i = 0; i < times; ++i) REQUIRE(c.call(served::add, add_request{i, 1}).status == RINGCALL_OK);
}

json json_of(std::vector<std::string> arguments) {
  arguments.push_back("--json");
  const auto o = run(arguments);
  INFO(o.err);
  REQUIRE(o.status == 0);
  return json::parse(o.out);
}

}  // namespace

TEST_CASE("what a real server's clients did is what is told") {
  server_process server;
  client c(server.path);
  call(c, 25);
  const json j = json_of({"inspect", server.path});
  CHECK(j["abi_version"] == RINGCALL_ABI_VERSION);
  CHECK(j["command"] == "ringcall-test-s");
  REQUIRE(j["channels"].size() == 1);
  CHECK(j["channels"][0]["pid"] == getpid());
  bool found = false;
  for (const json& m : j["methods"]) {
    if (m["id"] != served::add) continue;
    found = true;
    CHECK(m["calls"] == 25);
    CHECK(m["not_ok"] == 0);
  }
  CHECK(found);
  // It is welcomed a moment before it is counted.
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (json_of({"tune", server.path})["observers"] != 1 && std::chrono::steady_clock::now() < until) {}
  CHECK(std::chrono::steady_clock::now() < until);
}

TEST_CASE("of a server that was killed its surviving client's memory tells the last runs and what never started") {
  server_process server;
  client c(server.path);
  call(c, 5);
  while (std::atomic_ref(c.memory.black_box()->running_position).load() != RINGCALL_WANT_NONE) std::this_thread::yield(); // the last run's end is noted behind its answer
  server.end(SIGKILL, std::chrono::seconds(10));
  c.put_value(served::add, add_request{1, 2});
  c.publish();
  const auto o = run({"postmortem", std::to_string(getpid()), "--json"});
  INFO(o.err);
  REQUIRE(o.status == 0);
  const json j = json::parse(o.out);
  REQUIRE(j["channels"].size() == 1);
  const json& channel = j["channels"][0];
  CHECK(channel["taken"] == 5);
  CHECK(channel["posted"] == 6);
  CHECK(channel["running"].is_null());
  REQUIRE(channel["calls"].size() == 1);
  CHECK(channel["calls"][0]["fate"] == "never-started");
  REQUIRE(channel["runs"].size() == 5);
  CHECK(channel["runs"][0]["position"] == 4);
  CHECK(channel["runs"][0]["ended"] == 1);
}

TEST_CASE("a handler that ended its server is told as the one that was running") {
  server_process server;
  client c(server.path);
  call(c, 3);
  constexpr std::uint16_t crash = 6;
  c.put_value(crash, add_request{1, 2});
  c.publish();
  server.end(0, std::chrono::seconds(10));
  const json j = json::parse(run({"postmortem", std::to_string(getpid()), "--json"}).out);
  REQUIRE(j["channels"].size() == 1);
  CHECK(j["channels"][0]["running"]["method"] == crash);
  CHECK(j["channels"][0]["running"]["position"] == 3);
}
