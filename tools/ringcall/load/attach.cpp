#include "attach.hpp"

#include "system.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace ringcall::load {
namespace {

constexpr int patience_ms = 5000;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what); }

unique_fd connect_to(const std::string& path) {
  unique_fd connection(checked(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "making a socket"));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail("the socket's path has " + std::to_string(path.size()) + " bytes, a socket's path holds " + std::to_string(sizeof address.sun_path - 1));
  path.copy(address.sun_path, path.size());
  if (connect(connection.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return connection;
  if (errno == ENOENT || errno == ECONNREFUSED) fail("no server listens at " + path + "; start it, or see what runs with: ringcall list");
  throw_errno("connecting to " + path);
}

pid_t peer_of(int connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  checked(getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size), "asking who serves");
  if (peer.uid != geteuid()) fail("the server runs as user " + std::to_string(peer.uid) + ", this process as user " + std::to_string(geteuid()) + "; run both as the same user");
  return peer.pid;
}

void wait_readable(int connection) {
  pollfd p{connection, POLLIN, 0};
  int n;
  while ((n = poll(&p, 1, patience_ms)) == -1 && errno == EINTR) {
  }
  if (n == 0) fail("the server did not answer the attach within " + std::to_string(patience_ms / 1000) + " s; it is stopped, or no ringcall server");
}

// Reads exactly size bytes, and the descriptors that come with them: the first is kept, any other is a fault.
void receive(int connection, void* to, std::size_t size, unique_fd* descriptor) {
  for (std::size_t got = 0; got < size;) {
    wait_readable(connection);
    iovec data{static_cast<char*>(to) + got, size - got};
    alignas(cmsghdr) char control[CMSG_SPACE(2 * sizeof(int))];
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (n == -1 && errno == EINTR) continue;
    if (n <= 0) fail("the server hung up during the attach; its log says more");
    got += static_cast<std::size_t>(n);
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
      if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
      for (std::size_t at = 0; at + CMSG_LEN(sizeof(int)) <= c->cmsg_len; at += sizeof(int)) {
        int fd;
        std::memcpy(&fd, CMSG_DATA(c) + at, sizeof fd);
        unique_fd one(fd);
        if (descriptor == nullptr || *descriptor) fail("the server's welcome came with more descriptors than the segment's");
        *descriptor = std::move(one);
      }
    }
  }
}

std::string text_of(const ringcall_welcome& w) {
  std::string text(w.message, strnlen(w.message, sizeof w.message));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  }
  return text;
}

ringcall_welcome greet(int connection, unique_fd& descriptor) {
  ringcall_hello h{};
  h.magic = RINGCALL_HELLO_MAGIC;
  h.abi_version = RINGCALL_ABI_VERSION;
  h.size = sizeof h;
  h.kind = RINGCALL_HELLO_ATTACH;
  h.interface_fingerprint = RINGCALL_INTERFACE_SEND;
  // A server that refuses may have hung up: what it said before is worth more than this error.
  if (send(connection, &h, sizeof h, MSG_NOSIGNAL) == -1 && errno != EPIPE && errno != ECONNRESET) throw_errno("sending the hello");
  ringcall_welcome w{};
  constexpr std::size_t prefix = 16; // magic, version, size: the same in every version
  receive(connection, &w, prefix, &descriptor);
  if (w.magic != RINGCALL_WELCOME_MAGIC) fail("what listens there is no ringcall server");
  if (w.abi_version != RINGCALL_ABI_VERSION) {
    fail("the server has ABI version " + std::to_string(w.abi_version) + ", this tool " + std::to_string(RINGCALL_ABI_VERSION) + "; use the tool of the server's release");
  }
  if (w.size != sizeof w) fail("the server's welcome states " + std::to_string(w.size) + " bytes, expected " + std::to_string(sizeof w));
  receive(connection, reinterpret_cast<char*>(&w) + prefix, sizeof w - prefix, &descriptor);
  if (w.status != RINGCALL_WELCOME_OK) fail("the server refused the attach: " + text_of(w));
  if (!descriptor) fail("the server's welcome came without the segment's descriptor");
  return w;
}

std::string receive_description(int connection, const ringcall_welcome& w) {
  if ((w.flags & RINGCALL_WELCOME_FLAG_INTERFACE) == 0) return {};
  if (w.interface_size > RINGCALL_INTERFACE_SIZE_MAX) fail("the server announces " + std::to_string(w.interface_size) + " bytes of description, expected " + std::to_string(RINGCALL_INTERFACE_SIZE_MAX) + " at most");
  std::string text(w.interface_size, '\0');
  receive(connection, text.data(), text.size(), nullptr);
  return text;
}

}  // namespace

attached attach(const std::string& path) {
  unique_fd connection = connect_to(path);
  const pid_t pid = peer_of(connection.get());
  // Before the hello: who answers that lived all the while, so the pid is still its own.
  unique_fd process(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  unique_fd descriptor;
  const ringcall_welcome w = greet(connection.get(), descriptor);
  std::string description = receive_description(connection.get(), w);
  segment memory = segment::open(std::move(descriptor), w.segment_size);
  if (memory.epoch() != w.epoch) fail("the segment is of another incarnation of the server than its welcome");
  memory.close_descriptor();
  return {std::move(connection), std::move(process), std::move(memory), std::move(description), pid};
}

}  // namespace ringcall::load
