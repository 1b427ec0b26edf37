#include "observe/server.hpp"

#include "observe/processes.hpp"
#include "observe/trouble.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <thread>

namespace ringcall::observe {
namespace {

using clock = std::chrono::steady_clock;

[[noreturn]] void fail_connect(const address& where, int error) {
  const std::string at = where.coprocess ? where.name : where.socket;
  switch (error) {
    case ECONNREFUSED:
      throw problem(trouble::stale, where.coprocess ? "the co-process " + at + " has just ended"
                                                    : at + " is a socket that nobody serves: its server has ended without removing it; start the server again, or remove the file");
    case ENOENT:
      throw problem(trouble::no_server, "nothing listens at " + at + "; 'ringcall list' shows the servers that run");
    case EACCES:
    case EPERM:
      throw problem(trouble::no_permission, at + ": permission denied; a server can be watched by its own user only: run this as that user");
    case EAGAIN:
      throw problem(trouble::silent, "the server at " + at + " does not take connections: its queue is full; is it stopped?");
    case ENOTSOCK:
    case EPROTOTYPE:
      throw problem(trouble::broken, at + " is no socket of a ringcall server");
    default:
      throw problem(trouble::no_server, "connecting to " + at + ": " + std::strerror(error));
  }
}

std::string state_words(pid_t pid) {
  switch (process_state(pid)) {
    case 'T':
    case 't':
      return "it is stopped (signal or debugger); kill -CONT " + std::to_string(pid) + " lets it go on";
    case 'Z':
    case 'X':
    case '\0':
      return "it has ended";
    case 'D':
      return "it waits for a disk or another device";
    default:
      return "it runs, but its control thread does not answer";
  }
}

unique_fd open_pidfd(pid_t pid) {
  unique_fd fd;
#ifdef SYS_pidfd_open
  if (pid > 0) fd.reset(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
#endif
  return fd;
}

unique_fd passed_descriptor(msghdr& message) {
  unique_fd first;
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    for (std::size_t at = 0; CMSG_LEN(0) + at + sizeof(int) <= c->cmsg_len; at += sizeof(int)) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
      unique_fd owned(fd);
      if (!first) first = std::move(owned);
    }
  }
  return first;
}

}  // namespace

server::server(const address& where, std::chrono::milliseconds patience) : where_(where), patience_(patience) {
  const auto until = clock::now() + patience_;
  while (!(connection_ = connect_to(where_))) {
    if (errno != EAGAIN || clock::now() >= until) fail_connect(where_, errno);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const peer p = peer_of(connection_.get());
  if (p.uid != geteuid()) {
    throw problem(trouble::other_user, where_.name + " is a server of user " + std::to_string(p.uid) + ", this tool runs as user " + std::to_string(geteuid()) +
                                           "; only the same user may watch it");
  }
  peer_ = p.pid;
  watch_ = open_pidfd(p.pid);
  greet();
}

void server::greet() {
  ringcall_hello hello{};
  hello.magic = RINGCALL_HELLO_MAGIC;
  hello.abi_version = RINGCALL_ABI_VERSION;
  hello.size = sizeof hello;
  hello.kind = RINGCALL_HELLO_OBSERVE;
  if (send(connection_.get(), &hello, sizeof hello, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof hello)) fail_ended();
  ringcall_welcome w{};
  unique_fd descriptor;
  constexpr std::size_t common = 16; // the same in all versions
  receive(&w, common, &descriptor, "a welcome");
  if (w.magic != RINGCALL_WELCOME_MAGIC) throw problem(trouble::broken, where_.name + " does not answer as a ringcall server does");
  if (w.abi_version != RINGCALL_ABI_VERSION) {
    throw problem(trouble::other_version, where_.name + " has ABI version " + std::to_string(w.abi_version) + ", this tool " + std::to_string(RINGCALL_ABI_VERSION) +
                                              "; use the ringcall that the server was built with");
  }
  if (w.size != sizeof w) throw problem(trouble::broken, where_.name + " sent a welcome of " + std::to_string(w.size) + " bytes, expected " + std::to_string(sizeof w));
  receive(reinterpret_cast<std::byte*>(&w) + common, sizeof w - common, descriptor ? nullptr : &descriptor, "a welcome");
  if (w.status != RINGCALL_WELCOME_OK) {
    const std::string reason = printable(w.message, sizeof w.message);
    const trouble kind = w.status == RINGCALL_WELCOME_VERSION ? trouble::other_version : w.status == RINGCALL_WELCOME_USER ? trouble::other_user : trouble::refused;
    const bool old = w.status == RINGCALL_WELCOME_MALFORMED;
    throw problem(old ? trouble::other_version : kind, where_.name + " refused: " + reason + (old ? "; it was built with a ringcall that cannot be watched yet: rebuild it" : ""));
  }
  if (!descriptor) throw problem(trouble::broken, where_.name + " sent no statistics with its welcome");
  stats_ = std::make_unique<stats_view>(descriptor.get());
  if (stats_->header().epoch != w.epoch) throw problem(trouble::broken, where_.name + " sent statistics of another epoch than its own");
}

// Waits no longer than patience_ for all of it.
void server::receive(void* into, std::size_t size, unique_fd* descriptor, const char* what) {
  const auto until = clock::now() + patience_;
  std::size_t received = 0;
  while (received < size) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
    pollfd p{connection_.get(), POLLIN, 0};
    const int ready = poll(&p, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ready == -1 && errno == EINTR) continue;
    if (ready == 0) {
      throw problem(trouble::silent, where_.name + " did not send " + what + " within " + std::to_string(patience_.count()) + " ms" +
                                         (peer_ > 0 ? "; its process is " + std::to_string(peer_) + ": " + state_words(peer_) : ""));
    }
    iovec data{static_cast<std::byte*>(into) + received, size - received};
    alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))];
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t n = recvmsg(connection_.get(), &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (n == -1 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) fail_ended();
    unique_fd passed = passed_descriptor(message);
    if (descriptor != nullptr && passed) *descriptor = std::move(passed);
    received += static_cast<std::size_t>(n);
  }
}

bool server::alive() noexcept {
  pollfd p[2] = {{connection_.get(), 0, 0}, {watch_.get(), POLLIN, 0}};
  poll(p, watch_ ? 2 : 1, 0);
  return (p[0].revents & (POLLHUP | POLLERR)) == 0 && (p[1].revents & POLLIN) == 0;
}

void server::check_alive() {
  if (!alive()) fail_ended();
}

void server::wait(std::chrono::nanoseconds time) {
  const auto until = clock::now() + time;
  for (auto left = time; left > left.zero(); left = until - clock::now()) {
    pollfd p[2] = {{connection_.get(), 0, 0}, {watch_.get(), POLLIN, 0}};
    const timespec t{static_cast<std::time_t>(left.count() / 1'000'000'000), static_cast<long>(left.count() % 1'000'000'000)};
    ppoll(p, watch_ ? 2 : 1, &t, nullptr);
    check_alive();
  }
}

void server::fail_ended() {
  if (!stats_) throw problem(trouble::gone, where_.name + " ended the connection without a welcome: it ends, or is no ringcall server");
  const bool on_purpose = stats_->current_policy().draining;
  const std::string number = std::to_string(pid());
  const char state = process_state(pid());
  const bool lives = state != '\0' && state != 'Z' && state != 'X';
  throw problem(trouble::gone, where_.name + " (pid " + number + ") " +
                                   (on_purpose ? "has ended on purpose while it was watched"
                                    : lives    ? "has ended the connection, its process lives on"
                                               : "died while it was watched; 'ringcall postmortem " + number + "' shows its last calls as long as a client holds its memory"));
}

ringcall_reply server::ask(ringcall_command_kind kind, std::uint64_t value, unique_fd* descriptor) {
  ringcall_command c{};
  c.magic = RINGCALL_COMMAND_MAGIC;
  c.kind = kind;
  c.value = value;
  if (send(connection_.get(), &c, sizeof c, MSG_NOSIGNAL) != static_cast<ssize_t>(sizeof c)) fail_ended();
  ringcall_reply r{};
  receive(&r, sizeof r, descriptor, "an answer to a command");
  if (r.magic != RINGCALL_REPLY_MAGIC) throw problem(trouble::broken, where_.name + " answered a command with something else");
  if (r.status != 0) throw problem(trouble::refused, where_.name + " refused: " + printable(r.message, sizeof r.message));
  return r;
}

std::uint64_t server::command(ringcall_command_kind kind, std::uint64_t value) { return ask(kind, value, nullptr).value; }

unique_fd server::capture(std::uint64_t bytes) {
  unique_fd descriptor;
  ask(RINGCALL_COMMAND_CAPTURE, bytes, &descriptor);
  if (!descriptor && bytes != 0) throw problem(trouble::broken, where_.name + " sent no capture file");
  return descriptor;
}

}  // namespace ringcall::observe
