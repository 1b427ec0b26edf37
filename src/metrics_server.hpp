#pragma once
// Answers GET /metrics over HTTP/1.0, on a thread of its own: a few connections at a time, each for a few seconds, whatever comes over them. When there are as
// many as there may be and another one waits, they have a tenth of a second to ask, and as long to read.

#include "listener.hpp"
#include "metrics_text.hpp"
#include "unique_fd.hpp"

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace spdlog {
class logger;
}

namespace ringcall {

class metrics_server {
 public:
  // where: "127.0.0.1:PORT", "[::1]:PORT" or "localhost:PORT", or a Unix socket's path with '/', for the same user alone. Throws std::system_error:
  // errc::invalid_option, or that it cannot listen there. stats must outlive it.
  metrics_server(const std::string& where, stats_reader stats, std::shared_ptr<spdlog::logger> log);
  ~metrics_server();
  metrics_server(const metrics_server&) = delete;
  metrics_server& operator=(const metrics_server&) = delete;

 private:
  struct connection;
  void run();
  bool turn(std::vector<connection>& all);
  static bool make_room(std::vector<connection>& all, std::uint64_t asked_ns);
  void accept_all(std::vector<connection>& all, std::uint64_t asked_ns);
  bool proceed(connection& c);
  bool receive(connection& c);
  std::string respond(std::string_view request) const;

  stats_reader stats_;
  std::shared_ptr<spdlog::logger> log_;
  std::optional<listener> path_;
  unique_fd port_;
  int listening_ = -1;
  unique_fd stop_;
  std::thread thread_;
};

}  // namespace ringcall
