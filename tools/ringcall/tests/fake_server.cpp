#include "fake_server.hpp"

#include "system.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace ringcall::tool::test {

fake_server::fake_server(const std::string& path, fake_stats& stats) : stats_(stats) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::memcpy(at.sun_path, path.data(), std::min(path.size(), sizeof at.sun_path - 1));
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
  if (path[0] == '@') {
    at.sun_path[0] = '\0';
    --size;
  }
  listening_.reset(checked(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  checked(bind(listening_.get(), reinterpret_cast<const sockaddr*>(&at), size), "bind");
  checked(listen(listening_.get(), 16), "listen");
  stop_.reset(checked(eventfd(0, EFD_CLOEXEC), "eventfd"));
  thread_ = std::thread([this] { serve(); });
}

void fake_server::end() {
  if (!thread_.joinable()) return;
  eventfd_write(stop_.get(), 1);
  thread_.join();
  observers_.clear();
  listening_.reset();
}

void fake_server::serve() {
  for (;;) {
    std::vector<pollfd> fds{{stop_.get(), POLLIN, 0}, {listening_.get(), POLLIN, 0}};
    for (const observer& o : observers_) fds.push_back({o.connection.get(), POLLIN, 0});
    poll(fds.data(), fds.size(), -1);
    if (fds[0].revents != 0) return;
    for (std::size_t i = fds.size(); i-- > 2;) {
      if (fds[i].revents != 0 && !answer(observers_[i - 2])) observers_.erase(observers_.begin() + static_cast<std::ptrdiff_t>(i - 2));
    }
    if (fds[1].revents != 0) observers_.push_back({.connection = unique_fd(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC))});
    count_leases();
    if (ends_on_command && std::any_of(observers_.begin(), observers_.end(), [](const observer& o) { return o.sample_every == ~0ull; })) {
      observers_.clear();
      listening_.reset();
      return;
    }
  }
}

bool fake_server::answer(observer& o) {
  if (o.greeted) {
    ringcall_command c{};
    if (recv(o.connection.get(), &c, sizeof c, 0) != static_cast<ssize_t>(sizeof c)) return false;
    command(o, c);
    return true;
  }
  ringcall_hello hello{};
  if (recv(o.connection.get(), &hello, sizeof hello, 0) != static_cast<ssize_t>(sizeof hello)) return false;
  o.greeted = true;
  if (silent) return true;
  ringcall_welcome w{};
  w.magic = RINGCALL_WELCOME_MAGIC;
  w.abi_version = RINGCALL_ABI_VERSION;
  w.size = sizeof w;
  w.epoch = stats_.header().epoch;
  change_welcome(w);
  iovec data{&w, sizeof w};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  if (w.status == RINGCALL_WELCOME_OK) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(sizeof(int));
    const int fd = stats_.descriptor();
    std::memcpy(CMSG_DATA(c), &fd, sizeof fd);
  }
  return sendmsg(o.connection.get(), &message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof w) && w.status == RINGCALL_WELCOME_OK;
}

void fake_server::command(observer& o, const ringcall_command& c) {
  if (ends_on_command) {
    o.sample_every = ~0ull;
    return;
  }
  ringcall_stats_header& h = stats_.header();
  ringcall_reply r{};
  r.magic = RINGCALL_REPLY_MAGIC;
  r.value = c.value;
  switch (c.kind) {
    case RINGCALL_COMMAND_SAMPLE: o.sample_every = c.value; break;
    case RINGCALL_COMMAND_SAMPLE_BASE: h.sample_base = c.value; break;
    case RINGCALL_COMMAND_SERVER_SPIN: h.server_spin = c.value; break;
    case RINGCALL_COMMAND_CLIENT_SPIN: h.client_spin = c.value; break;
    default:
      r.status = 1;
      std::strcpy(r.message, "there is no such command");
  }
  change_reply(r);
  count_leases();
  send(o.connection.get(), &r, sizeof r, MSG_NOSIGNAL);
}

void fake_server::count_leases() {
  ringcall_stats_header& h = stats_.header();
  std::uint64_t least = h.sample_base, count = 0;
  for (const observer& o : observers_) {
    if (o.sample_every == 0) continue;
    ++count;
    least = least == 0 ? o.sample_every : std::min(least, o.sample_every);
  }
  h.sample_every = least;
  leases = count;
}

}  // namespace ringcall::tool::test
