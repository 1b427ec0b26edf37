#include "doorbell.hpp"

#include <sys/socket.h>

#include <cerrno>

namespace ringcall::doorbell {

void ring(int fd) noexcept {
  const char byte = 1;
  while (send(fd, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 && errno == EINTR) {
  }
}

bell drain(int fd) noexcept {
  // Each byte was sent by itself and costs a buffer of the kernel's. A peer that rings for ever gets no more than this per look; an honest one sends
  // one or two, and what is left makes the next look.
  char bytes[16];
  for (;;) {
    const ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0) return bell::rung;
    if (n == 0) return bell::gone;
    if (errno == EINTR) continue;
    return errno == EAGAIN || errno == EWOULDBLOCK ? bell::quiet : bell::gone;
  }
}

}  // namespace ringcall::doorbell
