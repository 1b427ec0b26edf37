// A blocking echo server over what an operating system offers: one thread a connection.
//
//   ringcall-bench-echo unix PATH CORE    (-1: not pinned)
//   ringcall-bench-echo tcp - CORE        on the loopback, with TCP_NODELAY
//   ringcall-bench-echo pipe - CORE       one connection: descriptors 3 and 4
//
// Prints "ready", for tcp with the port, when it listens; ends when its standard input does (its parent has gone). The first 8 bytes on a
// connection are the size of all messages that follow, in the host's order.

#include "core.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <string_view>
#include <thread>
#include <vector>

namespace {

bool read_all(int from, char* to, std::size_t size) {
  for (std::size_t have = 0; have < size;) {
    const ssize_t got = read(from, to + have, size - have);
    if (got <= 0) return false;
    have += static_cast<std::size_t>(got);
  }
  return true;
}

bool write_all(int to, const char* from, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t put = write(to, from + done, size - done);
    if (put <= 0) return false;
    done += static_cast<std::size_t>(put);
  }
  return true;
}

void echo(int from, int to) {
  std::uint64_t size = 0;
  if (read_all(from, reinterpret_cast<char*>(&size), sizeof size) && size > 0 && size <= 16 * 1024 * 1024) {
    std::vector<char> message(size);
    const bool lying = bench::lies();
    while (read_all(from, message.data(), size)) {
      if (lying) message.back() ^= 1;
      if (!write_all(to, message.data(), size)) break;
    }
  }
  close(from);
  if (to != from) close(to);
}

int listen_unix(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (std::strlen(path) >= sizeof address.sun_path) {
    std::fprintf(stderr, "%s: expected a path of at most %zu bytes\n", path, sizeof address.sun_path - 1);
    std::exit(2);
  }
  std::strcpy(address.sun_path, path);
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 64) != 0) return -1;
  std::puts("ready");
  return listener;
}

int listen_tcp() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 64) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return -1;
  }
  std::printf("ready %d\n", ntohs(address.sin_port));
  return listener;
}

void end_with_parent() {
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view kind = argc == 4 ? argv[1] : "";
  if (kind != "unix" && kind != "tcp" && kind != "pipe") {
    std::fprintf(stderr, "usage: ringcall-bench-echo unix|tcp|pipe PATH|- CORE\n");
    return 2;
  }
  bench::pin(std::atoi(argv[3]));
  int listener = -1;
  if (kind == "pipe") {
    std::puts("ready");
    std::thread{echo, 3, 4}.detach();
  } else if ((listener = kind == "unix" ? listen_unix(argv[2]) : listen_tcp()) < 0) {
    std::perror("cannot listen");
    return 2;
  }
  std::fflush(stdout);
  if (listener < 0) end_with_parent();
  std::thread{end_with_parent}.detach();
  for (;;) {
    const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    const int on = 1;
    if (kind == "tcp") setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::thread{echo, connection, connection}.detach();
  }
}
