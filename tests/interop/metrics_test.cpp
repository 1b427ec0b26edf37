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

#include <list>
#include <optional>

using namespace ringcall;
using namespace ringcall::test;

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
  measured() : metrics_path(directory / "m.sock"), server([this] {
    options o;
    o.metrics = metrics_path;
    return o;
  }()) {
    client served(server.path); // by then all of it is up
  }
  temporary_directory directory;
  std::string metrics_path;
  running_server server;
};

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

TEST_CASE("connections that say nothing, or do not read, keep neither scrapes nor clients out") {
  measured m;
  std::list<unique_fd> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(connect_to(m.metrics_path));
  client c(m.server.path);
  CHECK(c.call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
  CHECK(get(m.metrics_path).starts_with("HTTP/1.0 200")); // when their few seconds are over
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
