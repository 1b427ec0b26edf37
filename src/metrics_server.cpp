#include "metrics_server.hpp"

#include "ringcall/error.hpp"

#include "address.hpp"
#include "segment.hpp"
#include "system.hpp"

#include <spdlog/spdlog.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

namespace ringcall {
namespace {

constexpr std::size_t connections_most = 8; // the others wait in the backlog
constexpr std::size_t request_most = 4096;
constexpr int backlog = 128;
constexpr std::uint64_t connection_limit_ns = 3'000'000'000;
constexpr std::uint64_t step_due_ns = 100'000'000; // a request, or a response's end, not there by then: gives way to a connection that waits
constexpr int look_ms = 100, look_when_full_ms = 10; // for connections that have had their time
constexpr int exhausted_pause_ms = 100;

[[noreturn]] void invalid(const std::string& where) {
  throw std::system_error(errc::invalid_option, "metrics: '" + where + "'; expected 127.0.0.1:PORT, [::1]:PORT, localhost:PORT or a path with '/'");
}

unique_fd listen_at_port(const std::string& where) {
  const std::size_t colon = where.rfind(':');
  if (colon == std::string::npos) invalid(where);
  const std::string_view host = std::string_view(where).substr(0, colon), digits = std::string_view(where).substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool six = host == "[::1]";
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0 || (!six && host != "127.0.0.1" && host != "localhost")) invalid(where);

  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_addr = in6addr_loopback;
  unique_fd fd(checked(socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket for metrics"));
  const int on = 1; // a server that starts anew need not wait for the last one's connections
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto* address = six ? reinterpret_cast<const sockaddr*>(&v6) : reinterpret_cast<const sockaddr*>(&v4);
  if (bind(fd.get(), address, six ? sizeof v6 : sizeof v4) == -1 || listen(fd.get(), backlog) == -1) throw_errno("metrics: listening at " + where);
  return fd;
}

std::string response(const char* status, std::string_view body, const char* type = "text/plain; charset=utf-8") {
  std::string text = std::string("HTTP/1.0 ") + status + "\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
  return text.append(body);
}

}  // namespace

struct metrics_server::connection {
  unique_fd socket;
  std::uint64_t deadline_ns;
  std::uint64_t due_ns; // its request, then its response's end
  std::string in, out;
  std::size_t sent = 0;
};

metrics_server::metrics_server(const std::string& where, stats_reader stats, std::shared_ptr<spdlog::logger> log) : stats_(stats), log_(std::move(log)) {
  if (is_plain_name(where)) {
    port_ = listen_at_port(where);
    listening_ = port_.get();
  } else {
    listening_ = path_.emplace(socket_path(where)).descriptor();
  }
  stop_.reset(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd for metrics"));
  thread_ = start_thread("metrics", [this] { run(); });
  log_->info("metrics at {}", where);
}

metrics_server::~metrics_server() {
  const std::uint64_t one = 1;
  [[maybe_unused]] ssize_t written = write(stop_.get(), &one, sizeof one); // never full
  thread_.join();
}

void metrics_server::run() {
  std::vector<connection> all;
  for (bool on = true; on;) {
    try {
      on = turn(all);
    } catch (const std::exception& e) {
      all.clear();
      log_->error("metrics: {}", e.what());
      pollfd stop{stop_.get(), POLLIN, 0};
      on = poll(&stop, 1, exhausted_pause_ms) != 1;
    }
  }
}

// Waits for something to do and does it. False: stop.
bool metrics_server::turn(std::vector<connection>& all) {
  const bool full = all.size() >= connections_most;
  std::vector<pollfd> fds{{stop_.get(), POLLIN, 0}, {full ? -1 : listening_, POLLIN, 0}};
  for (const connection& c : all) fds.push_back({c.socket.get(), static_cast<short>(c.out.empty() ? POLLIN : POLLOUT), 0});
  const std::uint64_t asked = monotonic_ns();
  if (poll(fds.data(), fds.size(), all.empty() ? -1 : full ? look_when_full_ms : look_ms) == -1) {
    if (errno == EINTR) return true;
    throw_errno("poll");
  }
  if (fds[0].revents != 0) return false;
  const std::uint64_t now = monotonic_ns();
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool over = now > all[i].deadline_ns || (fds[i + 2].revents != 0 && !proceed(all[i]));
    if (over) all[i].socket.reset();
  }
  std::erase_if(all, [](const connection& c) { return !c.socket; });
  accept_all(all, asked);
  return true;
}

// Whether there is room for one more, if need be that of the one whose step has been due longest. By asked_ns, which is before its socket was looked at last:
// what was there in time has been taken.
bool metrics_server::make_room(std::vector<connection>& all, std::uint64_t asked_ns) {
  if (all.size() < connections_most) return true;
  const auto oldest = std::ranges::min_element(all, {}, &connection::due_ns);
  if (oldest->due_ns > asked_ns) return false;
  all.erase(oldest);
  return true;
}

// Accepts who waits, as far as there is room.
void metrics_server::accept_all(std::vector<connection>& all, std::uint64_t asked_ns) {
  while (is_readable(listening_, 0) && make_room(all, asked_ns)) {
    unique_fd next(accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    const std::uint64_t now = monotonic_ns();
    if (next) {
      all.push_back({std::move(next), now + connection_limit_ns, now + step_due_ns, {}, {}});
    } else if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) {
      return; // the next turn
    } else {
      throw_errno("accepting");
    }
  }
}

// False: it is over.
bool metrics_server::proceed(connection& c) {
  if (c.out.empty()) {
    if (!receive(c)) return false;
    if (c.out.empty()) return true;
    c.due_ns = monotonic_ns() + step_due_ns;
  }
  const ssize_t n = send(c.socket.get(), c.out.data() + c.sent, c.out.size() - c.sent, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n == -1) return errno == EAGAIN || errno == EINTR;
  c.sent += static_cast<std::size_t>(n);
  if (c.sent < c.out.size()) return true;
  shutdown(c.socket.get(), SHUT_WR);
  return false;
}

bool metrics_server::receive(connection& c) {
  char bytes[1024];
  const ssize_t n = recv(c.socket.get(), bytes, sizeof bytes, MSG_DONTWAIT);
  if (n == -1) return errno == EAGAIN || errno == EINTR;
  if (n == 0) return false;
  c.in.append(bytes, static_cast<std::size_t>(n));
  if (c.in.find("\r\n\r\n") != std::string::npos || c.in.find("\n\n") != std::string::npos) {
    c.out = respond(c.in);
  } else if (c.in.size() >= request_most) {
    c.out = response("431 Request Header Fields Too Large", "a request of at most 4096 bytes is expected\n");
  }
  return true;
}

std::string metrics_server::respond(std::string_view request) const {
  const std::string_view line = request.substr(0, request.find_first_of("\r\n"));
  const std::size_t first = line.find(' '), second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos || !line.substr(second + 1).starts_with("HTTP/")) return response("400 Bad Request", "this is no HTTP request\n");
  if (line.substr(0, first) != "GET") return response("405 Method Not Allowed", "expected GET\n");
  const std::string_view target = line.substr(first + 1, second - first - 1), path = target.substr(0, target.find('?'));
  if (path != "/metrics") return response("404 Not Found", "the metrics are at /metrics\n");
  return response("200 OK", metrics_text(stats_), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace ringcall
