// A blocking echo server on a Unix stream socket: 16-byte messages, one connection after the other.
//
//   ringcall-bench-echo PATH CORE      (-1: not pinned)
//
// Prints "ready" when it listens; ends when its standard input does (its parent has gone).

#include "core.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace {

constexpr std::size_t message_size = 16;

void echo(int connection) {
  char message[message_size];
  for (;;) {
    std::size_t have = 0;
    while (have < message_size) {
      const ssize_t got = read(connection, message + have, message_size - have);
      if (got <= 0) return;
      have += static_cast<std::size_t>(got);
    }
    if (write(connection, message, message_size) != static_cast<ssize_t>(message_size)) return;
  }
}

void end_with_parent() {
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  std::_Exit(0);
}

}  // namespace

int main(int argc, char** argv) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (argc != 3 || std::strlen(argv[1]) >= sizeof address.sun_path) {
    std::fprintf(stderr, "usage: ringcall-bench-echo PATH CORE (a path of at most %zu bytes)\n", sizeof address.sun_path - 1);
    return 2;
  }
  std::strcpy(address.sun_path, argv[1]);
  bench::pin(std::atoi(argv[2]));
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(listener, 4) != 0) {
    std::perror("cannot listen");
    return 2;
  }
  std::puts("ready");
  std::fflush(stdout);
  std::thread{end_with_parent}.detach();
  for (;;) {
    const int connection = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    echo(connection);
    close(connection);
  }
}
