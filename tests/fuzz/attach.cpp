// [kind] [count] [piece...] [bytes...]: the bytes, of kind 1 laid over a good hello, arrive in pieces. A piece is its size in six bits, 0 for all that
// is left, and how many descriptors come along in two.

#include "script.hpp"

#include "client.hpp"
#include "doorbell.hpp"
#include "handshake.hpp"
#include "system.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <vector>

namespace ringcall::fuzz {
namespace {

using progress = handshake::progress;

int some_descriptor() {
  static const unique_fd null(checked(open("/dev/null", O_RDWR | O_CLOEXEC), "open"));
  return null.get();
}

int lowest_free_descriptor() {
  const unique_fd probe(checked(fcntl(some_descriptor(), F_DUPFD_CLOEXEC, 0), "dup"));
  return probe.get();
}

void send_piece(int socket, input bytes, int descriptors) {
  iovec data{const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(3 * sizeof(int))]{};
  if (descriptors != 0) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(static_cast<std::size_t>(descriptors) * sizeof(int));
    cmsghdr* c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(static_cast<std::size_t>(descriptors) * sizeof(int));
    for (int i = 0; i < descriptors; ++i) {
      const int fd = some_descriptor();
      std::memcpy(CMSG_DATA(c) + static_cast<std::size_t>(i) * sizeof fd, &fd, sizeof fd);
    }
  }
  sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

// What ABI.md has the server make of what came so far.
progress wanted(input came) {
  const auto h = script(came).take<ringcall_hello>();
  if (came.size() < 16) return progress::more;
  if (h.magic != RINGCALL_HELLO_MAGIC || h.abi_version != RINGCALL_ABI_VERSION || h.size != sizeof h) return progress::refused;
  if (came.size() < sizeof h) return progress::more;
  return h.kind == RINGCALL_HELLO_ATTACH || h.kind == RINGCALL_HELLO_OBSERVE ? progress::ready : progress::refused;
}

int unread(int socket) {
  int n = 0;
  ioctl(socket, FIONREAD, &n);
  return n;
}

// Reads as the acceptor does, as long as the socket is readable.
progress read_all(handshake& h) {
  progress p = h.read();
  for (std::size_t i = 0; p == progress::more && unread(h.descriptor()) != 0; ++i) {
    must(i <= sizeof(ringcall_hello), "reading a hello takes no more turns than it has bytes");
    p = h.read();
  }
  return p;
}

void check_refusal(handshake& h, int client) {
  must(h.status() != RINGCALL_WELCOME_OK && !h.reason().empty(), "a refusal has a reason");
  h.refuse(h.status(), h.reason(), 7);
  const test::welcomed w = test::say_hello(client, nullptr, 0);
  must(!w.closed && w.message.magic == RINGCALL_WELCOME_MAGIC && w.message.status == static_cast<std::uint32_t>(h.status()), "a refusal is told");
  must(!w.descriptor && w.message.message[sizeof w.message.message - 1] == 0, "a refusal comes without the segment, its reason as text");
}

void check_welcome(handshake& h, int client, std::uint64_t stated) {
  static const segment memory = segment::create({}, 7);
  static const interface_table interfaces = [] {
    interface_table t;
    t.add("quotes", 42, "service quotes: name quotes\n");
    return t;
  }();
  const unique_fd bell = h.welcome(memory, interfaces);
  const test::welcomed w = test::say_hello(client, nullptr, 0);
  must(bell && w.message.status == RINGCALL_WELCOME_OK && w.descriptor, "a good hello gets the segment");
  must(w.message.interface_fingerprint == (stated == 42 ? 42 : 0), "a fingerprint is echoed if it is known");
  must(w.message.interface_size == (stated == 42 || stated == 0 ? 0 : interfaces.text().size()), "else the description follows");
  int looks = 0;
  for (const int most = unread(bell.get()); doorbell::drain(bell.get()) == doorbell::bell::rung;) must(++looks <= most, "what follows the hello is so many bells at most");
}

void check_observer(handshake& h, int client) {
  must(h.observes(), "an observer is none that attaches");
  const unique_fd connection = h.welcome_observer(some_descriptor(), 4096, 7);
  const test::welcomed w = test::say_hello(client, nullptr, 0);
  must(connection && w.message.status == RINGCALL_WELCOME_OK && w.descriptor && w.message.segment_size == 4096, "an observer gets the statistics");
  must(w.message.interface_size == 0, "and no description");
}

}  // namespace

void attach(input bytes) {
  script s(bytes);
  const int free_before = lowest_free_descriptor();
  {
    int ends[2];
    checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), "socketpair");
    unique_fd server(ends[0]);
    const unique_fd client(ends[1]);
    handshake h(std::move(server), monotonic_ns() + 1'000'000'000);

    const bool is_good = s.byte() == 1;
    const input pieces = s.take(s.byte() % 16);
    std::vector<std::uint8_t> stream(s.rest().begin(), bytes.end());
    if (is_good) {
      const ringcall_hello good = test::good_hello();
      stream.resize(std::max(stream.size(), sizeof good));
      for (std::size_t i = 0; i < sizeof good; ++i) stream[i] ^= reinterpret_cast<const std::uint8_t*>(&good)[i];
    }
    std::size_t sent = 0;
    progress p = progress::more;
    for (std::size_t i = 0; i <= pieces.size() && p == progress::more && sent < stream.size(); ++i) {
      const std::size_t left = stream.size() - sent, wish = i < pieces.size() ? pieces[i] & 63u : 0;
      const std::size_t size = wish == 0 ? left : std::min(wish, left);
      send_piece(client.get(), input(stream).subspan(sent, size), i < pieces.size() ? pieces[i] >> 6 : 0);
      sent += size;
      p = read_all(h);
      must(p == wanted(input(stream).first(sent)), "a hello is taken or refused as ABI.md says");
    }
    const auto hello = script(stream).take<ringcall_hello>();
    if (p == progress::refused) check_refusal(h, client.get());
    if (p == progress::ready) hello.kind == RINGCALL_HELLO_OBSERVE ? check_observer(h, client.get()) : check_welcome(h, client.get(), hello.interface_fingerprint);
    if (p == progress::more) {
      shutdown(client.get(), SHUT_WR);
      must(h.read() == progress::gone, "a client that leaves is noticed");
    }
  }
  must(lowest_free_descriptor() == free_before, "no descriptor stays open");
}

}  // namespace ringcall::fuzz
