#include "handshake.hpp"

#include "passing.hpp"
#include "system.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace ringcall {
namespace {

ringcall_welcome make_welcome(ringcall_welcome_status status, std::uint64_t epoch) noexcept {
  ringcall_welcome w{};
  w.magic = RINGCALL_WELCOME_MAGIC;
  w.abi_version = RINGCALL_ABI_VERSION;
  w.size = sizeof w;
  w.status = status;
  w.epoch = epoch;
  return w;
}

// One message, with a descriptor if it is not -1. A fresh connection has room for it. False: errno says why not.
bool send_welcome(int socket, const ringcall_welcome& w, int descriptor) noexcept {
  ssize_t sent;
  do {
    sent = send_passing(socket, &w, sizeof w, descriptor);
  } while (sent == -1 && errno == EINTR);
  return sent == static_cast<ssize_t>(sizeof w);
}

// What follows a welcome. A fresh connection has room for it as systems come, but its administrator may have set net.core.wmem_default very low:
// then it goes as the client reads.
bool send_text(int socket, std::string_view text, std::uint64_t deadline_ns) noexcept {
  while (!text.empty()) {
    const ssize_t sent = send(socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      text.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    const std::uint64_t now = monotonic_ns();
    if (errno == EINTR) continue;
    if (errno != EAGAIN || now >= deadline_ns) return false;
    pollfd room{socket, POLLOUT, 0};
    poll(&room, 1, static_cast<int>((deadline_ns - now) / 1'000'000) + 1);
  }
  return true;
}

}  // namespace

std::string handshake::wrong_user() {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(connection_.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == -1) return "SO_PEERCRED: " + std::string(std::strerror(errno));
  pid_ = peer.pid;
  uid_ = peer.uid;
  if (peer.uid == geteuid()) return {};
  return "the client runs as user " + std::to_string(peer.uid) + ", the server as user " + std::to_string(geteuid()) + "; only the same user may attach";
}

handshake::progress handshake::read() {
  // Plain recv: descriptors that a hostile peer sends along are dropped by the kernel.
  const ssize_t n = recv(connection_.get(), reinterpret_cast<char*>(&hello_) + received_, sizeof hello_ - received_, MSG_DONTWAIT);
  auto refused = [&](ringcall_welcome_status status, std::string reason) {
    status_ = status;
    reason_ = std::move(reason);
    return progress::refused;
  };
  if (n == 0 || (n == -1 && errno == ECONNRESET)) return progress::gone;
  if (n == -1 && (errno == EAGAIN || errno == EINTR)) return progress::more;
  if (n == -1) return refused(RINGCALL_WELCOME_EXHAUSTED, "reading the hello: " + std::string(std::strerror(errno)));
  received_ += static_cast<std::size_t>(n);
  // The first 16 bytes are the same in all versions, so that unequal versions can name each other.
  if (received_ < 16) return progress::more;
  if (hello_.magic != RINGCALL_HELLO_MAGIC) return refused(RINGCALL_WELCOME_MALFORMED, "the first message is not a ringcall hello");
  if (hello_.abi_version != RINGCALL_ABI_VERSION) {
    return refused(RINGCALL_WELCOME_VERSION, "the client has ABI version " + std::to_string(hello_.abi_version) + ", the server " + std::to_string(RINGCALL_ABI_VERSION) +
                                                 "; build both from the same ringcall");
  }
  if (hello_.size != sizeof hello_) {
    return refused(RINGCALL_WELCOME_MALFORMED, "a hello of " + std::to_string(hello_.size) + " bytes, expected " + std::to_string(sizeof hello_));
  }
  if (received_ < sizeof hello_) return progress::more;
  if (hello_.kind != RINGCALL_HELLO_ATTACH && hello_.kind != RINGCALL_HELLO_OBSERVE) {
    return refused(RINGCALL_WELCOME_MALFORMED, "a hello of unknown kind " + std::to_string(hello_.kind));
  }
  return progress::ready;
}

unique_fd handshake::welcome_observer(int descriptor, std::uint64_t size, std::uint64_t epoch) {
  ringcall_welcome w = make_welcome(RINGCALL_WELCOME_OK, epoch);
  w.segment_size = size;
  if (!send_welcome(connection_.get(), w, descriptor)) {
    if (errno == EPIPE || errno == ECONNRESET) return {};
    throw_errno("sending the statistics' descriptor");
  }
  return std::move(connection_);
}

unique_fd handshake::welcome(const segment& s, const interface_table& interfaces) {
  ringcall_welcome w = make_welcome(RINGCALL_WELCOME_OK, s.epoch());
  w.segment_size = s.size();
  const std::uint64_t stated = hello_.interface_fingerprint;
  std::string_view text;
  if (interfaces.knows(stated)) {
    w.interface_fingerprint = stated;
  } else if (stated != 0) {
    text = interfaces.text();
    w.flags |= RINGCALL_WELCOME_FLAG_INTERFACE;
    w.interface_size = text.size();
  }
  if (!send_welcome(connection_.get(), w, s.descriptor())) {
    if (errno == EPIPE || errno == ECONNRESET) return {};
    throw_errno("sending the segment's descriptor");
  }
  if (!send_text(connection_.get(), text, deadline_ns_)) return {};
  return std::move(connection_);
}

void handshake::refuse(ringcall_welcome_status status, const std::string& reason, std::uint64_t epoch) noexcept {
  ringcall_welcome w = make_welcome(status, epoch);
  std::memcpy(w.message, reason.data(), std::min(reason.size(), sizeof w.message - 1));
  send_welcome(connection_.get(), w, -1);
}

}  // namespace ringcall
