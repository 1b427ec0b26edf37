// The tool against a real server in a process of its own.

#include "program.hpp"

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
using ringcall::test::server_process;

namespace {

json json_of(std::vector<std::string> arguments) {
  arguments.push_back("--json");
  const auto o = run(arguments);
  INFO(o.err);
  REQUIRE(o.status == 0);
  return json::parse(o.out);
}

}  // namespace

TEST_CASE("a real server takes the policy that it is tuned to") {
  server_process server;
  const json j = json_of({"tune", server.path, "--sample", "16", "--server-spin", "10us", "--client-spin", "20us"});
  CHECK(j["sample_base"] == 16);
  CHECK(j["sample_every"] == 16);
  CHECK(j["server_spin_ns"] == 10'000);
  CHECK(j["client_spin_us"] == 20);
  const auto refused = run({"tune", server.path, "--server-spin", "1h"});
  CHECK(refused.status == 2);
  CHECK(refused.err.find("--server-spin: 1h is too long") != std::string::npos);
  CHECK(json_of({"tune", server.path})["server_spin_ns"] == 10'000);
}

TEST_CASE("a stopped server shows as what it is") {
  server_process server;
  const auto pid = json_of({"inspect", server.path})["pid"].get<int>();
  kill(pid, SIGSTOP);
  const auto o = run({"stat", server.path});
  kill(pid, SIGCONT);
  CHECK(o.status == 1);
  CHECK(o.err.find("it is stopped") != std::string::npos);
}

TEST_CASE("a real server that is killed while it is watched ends the watching") {
  server_process server;
  in_terminal t({"stat", server.path, "-n", "50ms"}, 100, 30);
  REQUIRE(t.shows("calls in"));
  server.end(SIGKILL, std::chrono::seconds(10));
  CHECK(t.end() == 1);
  INFO(t.printed());
  CHECK(t.printed().find("died while it was watched") != std::string::npos);
}
