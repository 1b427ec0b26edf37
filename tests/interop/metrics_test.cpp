// The metrics endpoint of a real server, and server::stats().

#include "observer.hpp"
#include "prometheus.hpp"
#include "running_server.hpp"

#include "ringcall/error.hpp"
#include "metrics_server.hpp"
#include "stats_file.hpp"
#include "system.hpp"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <optional>
#include <thread>
#include <vector>

using namespace ringcall;
using namespace ringcall::test;
using std::chrono::steady_clock;

namespace {

std::string read_all(int socket) {
  std::string text;
  char bytes[4096];
  for (ssize_t n; (n = recv(socket, bytes, sizeof bytes, 0)) > 0;) text.append(bytes, static_cast<std::size_t>(n));
  return text;
}

std::string ask(int socket, const std::string& request) {
  send(socket, request.data(), request.size(), MSG_NOSIGNAL);
  return read_all(socket);
}

std::string get(const std::string& path, const std::string& request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") {
  const unique_fd c = connect_to(path);
  return ask(c.get(), request);
}

std::string body_of(const std::string& response) {
  const std::size_t end = response.find("\r\n\r\n");
  REQUIRE(end != std::string::npos);
  return response.substr(end + 4);
}

// A server with metrics at a Unix socket beside its own.
struct measured {
  explicit measured(const std::function<void(ringcall::server&)>& setup = {}) : metrics_path(directory / "m.sock"), server([this] {
    options o;
    o.metrics = metrics_path;
    return o;
  }(), setup) {
    client served(server.path); // by then all of it is up
  }
  temporary_directory directory;
  std::string metrics_path;
  running_server server;
};

// Connections that say nothing, and whenever one is dropped another one, until the end of the scope.
class silent_crowd {
 public:
  silent_crowd(const std::string& path, std::size_t count) {
    while (count-- != 0) all_.push_back(connect_to(path));
    thread_ = std::thread([this, path] {
      while (!over_) {
        std::vector<pollfd> fds;
        for (const unique_fd& c : all_) fds.push_back({c.get(), POLLIN, 0});
        poll(fds.data(), fds.size(), 10);
        for (std::size_t i = 0; i < all_.size(); ++i) {
          if (fds[i].revents == 0) continue;
          all_[i] = connect_to(path);
          ++dropped_;
        }
      }
    });
  }
  ~silent_crowd() {
    over_ = true;
    thread_.join();
  }
  std::size_t dropped() const noexcept { return dropped_; }

 private:
  std::vector<unique_fd> all_;
  std::atomic<std::size_t> dropped_{0};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

constexpr std::size_t at_once = 8; // connections, of which each may stay for 3 s

}  // namespace

TEST_CASE("a scrape has the server, its methods and its clients") {
  measured m;
  const std::string response = get(m.metrics_path);
  CHECK(response.starts_with("HTTP/1.0 200 OK\r\n"));
  CHECK(response.find("Content-Type: text/plain; version=0.0.4") != std::string::npos);
  CHECK(response.find("Content-Length: " + std::to_string(body_of(response).size()) + "\r\n") != std::string::npos);
  const metrics seen = parse_metrics(body_of(response));
  CHECK(seen.samples.contains("ringcall_calls_total{method=\"method 1\"}"));
  CHECK(seen.samples.contains("ringcall_channels"));
}

TEST_CASE("other requests are refused with their reason") {
  measured m;
  CHECK(get(m.metrics_path, "GET / HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 404"));
  CHECK(get(m.metrics_path, "GET /metrics?name=x HTTP/1.0\n\n").starts_with("HTTP/1.0 200"));
  CHECK(get(m.metrics_path, "POST /metrics HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 405"));
  CHECK(get(m.metrics_path, "nonsense\r\n\r\n").starts_with("HTTP/1.0 400"));
  CHECK(get(m.metrics_path, "\r\n\r\n").starts_with("HTTP/1.0 400"));
  CHECK(get(m.metrics_path, std::string(4096, 'x')).starts_with("HTTP/1.0 431"));
}

TEST_CASE("a request may come in pieces") {
  measured m;
  const unique_fd c = connect_to(m.metrics_path);
  for (const char byte : std::string("GET /metrics HTTP/1.0\r\n\r")) REQUIRE(send(c.get(), &byte, 1, 0) == 1);
  CHECK(ask(c.get(), "\n").starts_with("HTTP/1.0 200"));
}

TEST_CASE("connections that say nothing, and come again when they are dropped, keep neither scrapes nor clients out") {
  measured m;
  const silent_crowd crowd(m.metrics_path, 5 * at_once);
  client c(m.server.path);
  CHECK(c.call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
  const auto begin = steady_clock::now();
  for (int i = 0; i < 3; ++i) CHECK(get(m.metrics_path).starts_with("HTTP/1.0 200"));
  // It would be 45 s if those before it had their whole 3 s; it is less than 3 s.
  CHECK(steady_clock::now() - begin < std::chrono::seconds(25));
  CHECK(crowd.dropped() >= 3 * at_once); // it was a crowd
}

TEST_CASE("connections that do not read their response keep no scrape out") {
  // So many methods that no usual socket's buffer has a whole response.
  measured m([](server& s) {
    for (std::uint16_t id = 1000; id < 2200; ++id) s.on<number, number>(id, [](const number& n) { return n; });
  });
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  std::list<unique_fd> deaf;
  const auto begin = steady_clock::now();
  for (std::size_t i = 0; i < 5 * at_once; ++i) {
    deaf.push_back(connect_to(m.metrics_path));
    REQUIRE(send(deaf.back().get(), request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size()));
  }
  const std::string response = get(m.metrics_path, request);
  // It would be 15 s if those before it had their whole 3 s; it is less than 1 s.
  CHECK(steady_clock::now() - begin < std::chrono::seconds(10));
  CHECK(response.starts_with("HTTP/1.0 200"));
  CHECK(response.find("Content-Length: " + std::to_string(body_of(response).size()) + "\r\n") != std::string::npos); // all of it
}

TEST_CASE("a slow connection has its time while no other one waits") {
  measured m;
  const auto begin = steady_clock::now();
  std::list<unique_fd> slow;
  while (slow.size() < at_once) slow.push_back(connect_to(m.metrics_path));
  for (const char byte : std::string("GET /metrics HTTP/1.0\r\n\r")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    for (const unique_fd& c : slow) send(c.get(), &byte, 1, MSG_NOSIGNAL);
  }
  std::vector<std::string> responses;
  for (const unique_fd& c : slow) responses.push_back(ask(c.get(), "\n"));
  const bool in_time = steady_clock::now() - begin < std::chrono::seconds(2); // else the machine is slow beyond measure: their 3 s may have passed
  for (const std::string& r : responses) CHECK((r.starts_with("HTTP/1.0 200") || !in_time));
}

TEST_CASE("metrics at a port of this machine, for nobody else") {
  for (int tries = 0;; ++tries) {
    // A port that was free a moment ago.
    unique_fd probe(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(bind(probe.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(getsockname(probe.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    options o;
    o.metrics = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    probe.reset();
    running_server s(o);
    try {
      client served(s.path);
    } catch (const std::system_error&) { // somebody has taken it
      REQUIRE(tries < 10);
      continue;
    }
    const unique_fd c(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
    REQUIRE(connect(c.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    const std::string response = ask(c.get(), "GET /metrics HTTP/1.0\r\n\r\n");
    CHECK(response.starts_with("HTTP/1.0 200"));
    CHECK(parse_metrics(body_of(response)).at("ringcall_observers") == 0);
    break;
  }
}

TEST_CASE("an address that is none, or not of this machine alone, is refused before anything starts") {
  registry nothing;
  stats_file stats("x", 1, {}, nothing);
  const auto log = std::make_shared<spdlog::logger>("silent");
  for (const char* where : {"0.0.0.0:9464", "9464", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:0", "example.com:80", "127.0.0.1:80x", ":9464"}) {
    CAPTURE(where);
    try {
      metrics_server m(where, stats_reader(stats.header()), log);
      FAIL("expected an error");
    } catch (const std::system_error& e) {
      CHECK(e.code() == errc::invalid_option);
      CHECK(std::string(e.what()).find(where) != std::string::npos);
    }
  }
}

TEST_CASE("stats are empty before a server runs, are there while it does, and stay afterwards") {
  std::optional<server_stats> before;
  options o;
  o.sample_every = 7;
  running_server s(o, [&](server& it) { before = it.stats(); });
  REQUIRE(before);
  CHECK(before->epoch == 0);
  CHECK(before->methods.empty());
  client c(s.path);
  const server_stats while_it_runs = s.stats();
  CHECK(while_it_runs.epoch == c.memory.epoch());
  CHECK(while_it_runs.sample_every == 7);
  CHECK(while_it_runs.methods[0].name == "method 1");
  CHECK_FALSE(while_it_runs.draining);
  s.stop();
  CHECK(s.stats().draining);
  CHECK(s.stats().epoch == while_it_runs.epoch);
}
