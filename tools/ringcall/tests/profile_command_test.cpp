// 'ringcall profile' as a process, against a made-up server: the files that it leaves, and what it does when something ends early.

#include "fake_server.hpp"
#include "made_up.hpp"
#include "markup.hpp"
#include "program.hpp"

#include "running_server.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

using namespace ringcall::tool::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// A server "quotes" that is called all the while.
struct busy_server {
  ringcall::test::temporary_directory base;
  made_up m;
  std::string socket = base / "ringcall/quotes.sock";
  std::unique_ptr<fake_server> server;
  std::atomic<bool> stop = false;
  std::thread caller;

  busy_server() {
    mkdir((base / "ringcall").c_str(), 0700);
    setenv("XDG_RUNTIME_DIR", base.path().c_str(), 1);
    m.stats.header().pid = getpid();
    server = std::make_unique<fake_server>(socket, m.stats);
    caller = std::thread([this] {
      while (!stop) {
        const std::uint64_t now = ringcall::observe::monotonic_now_ns();
        m.stats.count_calls(0, 64);
        m.stats.record({.posted = now - 9'000, .taken = now - 8'000, .answered = now - 6'000, .observed = now, .channel = 1, .records = 1});
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
  }
  ~busy_server() {
    stop = true;
    caller.join();
  }
};

std::string content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a recording leaves its documents, and samples no longer than it lasts") {
  busy_server s;
  const std::string out = s.base / "a/report";
  const auto done = run({"profile", "quotes", "--for", "500ms", "--out", out});
  CAPTURE(done.err);
  REQUIRE(done.status == 0);
  for (const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20); s.server->leases != 0 && std::chrono::steady_clock::now() < until;) std::this_thread::yield();
  CHECK(s.server->leases == 0);
  CHECK(holds(done.out, "FINDINGS"));
  CHECK(holds(done.out, "quotes.last_price"));
  CHECK(done.out == content(out + "/report.txt"));
  CHECK(holds(done.err, "report.html"));
  CHECK_NOTHROW(parse_markup(content(out + "/report.html")));
  CHECK(content(out + "/report.png").starts_with("\x89PNG"));
  CHECK(json::accept(content(out + "/trace.json")));
  const json data = json::parse(content(out + "/data.json"));
  CHECK(data["recording"]["end"] == "complete");
  CHECK(data["recording"]["length_ns"] >= 500'000'000);
  CHECK(data["recording"]["sample_in_force"] == 64);
  CHECK(data["methods"][0]["name"] == "quotes.last_price");
  CHECK(data["methods"][0]["calls"] > 0);
  CHECK(data["methods"][3]["calls"] == 0); // what was there before does not count
  CHECK(data["slowest"].size() > 0);
  CHECK(content(out + "/quotes.last_price.handler.hgrm").starts_with("       Value     Percentile"));
}

TEST_CASE("data alone go to standard output or into a file, and no directory is made for them") {
  busy_server s;
  const auto before = std::distance(fs::directory_iterator(fs::current_path()), {});
  const auto data = run({"profile", "quotes", "--for", "100ms", "--json", "-", "--method", "last"});
  REQUIRE(data.status == 0);
  CHECK(json::parse(data.out)["methods"].size() == 1);
  const std::string file = s.base / "data.json";
  REQUIRE(run({"profile", "quotes", "--for", "100ms", "--json", file}).status == 0);
  CHECK(json::accept(content(file)));
  CHECK(std::distance(fs::directory_iterator(fs::current_path()), {}) == before);
}

TEST_CASE("an interrupt ends the recording, and what was recorded is reported") {
  busy_server s;
  const std::string out = s.base / "report";
  in_terminal t({"profile", "quotes", "--for", "10min", "--out", out}, 120, 40);
  REQUIRE(t.shows("recording quotes: "));
  t.signal(SIGINT);
  REQUIRE(t.shows("FINDINGS"));
  CHECK(t.end() == 0);
  CHECK(json::parse(content(out + "/data.json"))["recording"]["end"] == "interrupted");
}

TEST_CASE("a server that ends while it is recorded is reported up to there") {
  busy_server s;
  const std::string out = s.base / "report";
  in_terminal t({"profile", "quotes", "--for", "10min", "--out", out}, 120, 40);
  REQUIRE(t.shows("recording quotes: "));
  s.server->end();
  REQUIRE(t.shows("The server ended after"));
  CHECK(t.end() == 0);
  CHECK(json::parse(content(out + "/data.json"))["findings"][0]["rule"] == "server-ended");
}

TEST_CASE("what cannot be recorded is said before anything is recorded") {
  busy_server s;
  CHECK(run({"profile", "quotes", "--for", "0s"}).status == 2);
  CHECK(run({"profile", "quotes", "--for", "soon"}).status == 2);
  const auto none = run({"profile", "quotes", "--method", "nothing_like_it"});
  CHECK(none.status == 2);
  CHECK(holds(none.err, "no method of quotes has 'nothing_like_it' in its name"));
  const auto nowhere = run({"profile", "quotes", "--out", "/proc/nowhere"});
  CHECK(nowhere.status == 1);
  CHECK(holds(nowhere.err, "/proc/nowhere"));
  s.m.stats.header().sample_every = 0;
  CHECK(holds(run({"profile", "quotes", "--sample", "0"}).err, "samples no call"));
  CHECK(run({"profile", "qoutes"}).status == 1);
}
