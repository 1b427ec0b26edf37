// Attaching to a real server: what is accepted, what is refused and how.

#include "running_server.hpp"

#include "ringcall/error.hpp"

#include "listener.hpp"
#include "system.hpp"

#include <doctest/doctest.h>

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <list>

using namespace ringcall;
using namespace ringcall::test;

namespace {

std::size_t open_descriptors() {
  std::size_t n = 0;
  DIR* d = opendir("/proc/self/fd");
  while (readdir(d) != nullptr) ++n;
  closedir(d);
  return n;
}

welcomed refused(const std::string& path, const ringcall_hello& h, std::size_t size = sizeof(ringcall_hello)) {
  unique_fd c = connect_to(path);
  welcomed w = say_hello(c.get(), &h, size);
  CHECK_FALSE(w.descriptor);
  CHECK(reads_end(c.get()));
  return w;
}

}  // namespace

TEST_CASE("a client attaches and calls") {
  running_server s;
  client c(s.path);
  CHECK(c.call(add, pair_request{3, 4}).as<std::int64_t>() == 7);
  CHECK(c.memory.epoch() != 0);
}

TEST_CASE("another version is refused with both named") {
  running_server s;
  ringcall_hello h = good_hello();
  h.abi_version = 77;
  const welcomed w = refused(s.path, h);
  CHECK(w.message.status == RINGCALL_WELCOME_VERSION);
  CHECK(w.message.abi_version == RINGCALL_ABI_VERSION);
  CHECK(std::string(w.message.message).find("77") != std::string::npos);
  CHECK(std::string(w.message.message).find("server " + std::to_string(RINGCALL_ABI_VERSION)) != std::string::npos);
}

TEST_CASE("another version is refused by its first 16 bytes alone") {
  running_server s;
  ringcall_hello h = good_hello();
  h.abi_version = 2;
  h.size = 4096;
  CHECK(refused(s.path, h, 16).message.status == RINGCALL_WELCOME_VERSION);
}

TEST_CASE("bytes that are no hello are refused") {
  running_server s;
  ringcall_hello h = good_hello();
  h.magic ^= 1;
  CHECK(refused(s.path, h).message.status == RINGCALL_WELCOME_MALFORMED);
  h = good_hello();
  h.size = 63;
  CHECK(refused(s.path, h).message.status == RINGCALL_WELCOME_MALFORMED);
  h = good_hello();
  h.kind = 9;
  CHECK(refused(s.path, h).message.status == RINGCALL_WELCOME_MALFORMED);
}

TEST_CASE("a hello may come in pieces, and one that never ends is given up") {
  running_server s;
  const ringcall_hello h = good_hello();
  unique_fd slow = connect_to(s.path);
  REQUIRE(send(slow.get(), &h, 10, 0) == 10);
  unique_fd pieces = connect_to(s.path);
  REQUIRE(send(pieces.get(), &h, 40, 0) == 40);
  welcomed w = say_hello(pieces.get(), reinterpret_cast<const char*>(&h) + 40, sizeof h - 40);
  CHECK(w.message.status == RINGCALL_WELCOME_OK);
  CHECK(w.descriptor);
  w = say_hello(slow.get(), nullptr, 0);
  CHECK(w.message.status == RINGCALL_WELCOME_MALFORMED);
  CHECK(std::string(w.message.message).find("2 s") != std::string::npos);
}

TEST_CASE("silent connections do not keep others from attaching") {
  running_server s;
  std::list<unique_fd> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(connect_to(s.path));
  client c(s.path);
  CHECK(c.call(add, pair_request{1, 1}).as<std::int64_t>() == 2);
}

TEST_CASE("a silent connection gives way only when another one waits") {
  running_server s;
  std::list<unique_fd> silent;
  for (int i = 0; i < 64; ++i) silent.push_back(connect_to(s.path));
  pollfd oldest{silent.front().get(), POLLIN, 0};
  const bool told = poll(&oldest, 1, 300) == 1; // on a machine that is slow beyond measure its 2 s have passed
  client c(s.path);
  CHECK(c.call(add, pair_request{1, 1}).as<std::int64_t>() == 2);
  const auto status = say_hello(silent.front().get(), nullptr, 0).message.status;
  CHECK((status == RINGCALL_WELCOME_MALFORMED || (status == RINGCALL_WELCOME_BUSY && !told)));
}

TEST_CASE("the client too many is refused, and there is room again when one leaves") {
  options o;
  o.channels_max = 2;
  running_server s(o);
  auto a = std::make_unique<client>(s.path);
  client b(s.path);
  CHECK(refused(s.path, good_hello()).message.status == RINGCALL_WELCOME_BUSY);
  a.reset();
  for (const std::uint64_t limit = monotonic_ns() + 10'000'000'000u;;) {
    unique_fd c = connect_to(s.path);
    const ringcall_hello h = good_hello();
    if (say_hello(c.get(), &h, sizeof h).message.status == RINGCALL_WELCOME_OK) break;
    REQUIRE(monotonic_ns() < limit);
  }
}

TEST_CASE("attaching and leaving costs no descriptor and no mapping") {
  running_server s;
  { client warm(s.path); }
  const auto before = open_descriptors();
  for (int i = 0; i < 300; ++i) {
    client c(s.path);
    REQUIRE(c.call(add, pair_request{i, 1}).as<std::int64_t>() == i + 1);
  }
  for (const std::uint64_t limit = monotonic_ns() + 10'000'000'000u; open_descriptors() > before && monotonic_ns() < limit;) std::this_thread::yield();
  CHECK(open_descriptors() <= before);
}

TEST_CASE("a server takes over a stale socket file and removes its own") {
  temporary_directory d;
  const std::string path = d / "x.sock";
  {
    unique_fd fd(checked(socket(AF_UNIX, SOCK_STREAM, 0), "socket"));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  { listener l(path); }
  struct stat st;
  CHECK(lstat(path.c_str(), &st) == -1);
}

TEST_CASE("a second server of the same name is refused") {
  running_server s;
  try {
    listener second(s.path);
    FAIL("expected an error");
  } catch (const std::system_error& e) {
    CHECK(e.code() == errc::already_running);
    CHECK(std::string(e.what()).find(s.path) != std::string::npos);
  }
  client c(s.path); // the first still listens
}

TEST_CASE("a file that is no socket is never removed") {
  temporary_directory d;
  const std::string path = d / "precious";
  unique_fd file(checked(open(path.c_str(), O_CREAT | O_WRONLY, 0600), "open"));
  CHECK_THROWS_AS(listener(std::string(path)), std::system_error);
  struct stat st;
  CHECK(lstat(path.c_str(), &st) == 0);
}

TEST_CASE("a listener leaves a successor's socket alone") {
  temporary_directory d;
  const std::string path = d / "x.sock";
  auto first = std::make_unique<listener>(std::string(path));
  REQUIRE(unlink(path.c_str()) == 0);
  listener second{std::string(path)};
  first.reset();
  struct stat st;
  CHECK(lstat(path.c_str(), &st) == 0);
}

TEST_CASE("descriptors that come with a hello are dropped") {
  running_server s;
  { client warm(s.path); } // by then the server has all that it opens
  const auto before = open_descriptors();
  {
    unique_fd c = connect_to(s.path);
    const ringcall_hello h = good_hello();
    iovec data{const_cast<ringcall_hello*>(&h), sizeof h};
    alignas(cmsghdr) char control[CMSG_SPACE(8 * sizeof(int))]{};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* m = CMSG_FIRSTHDR(&message);
    m->cmsg_level = SOL_SOCKET;
    m->cmsg_type = SCM_RIGHTS;
    m->cmsg_len = CMSG_LEN(8 * sizeof(int));
    const int fds[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    std::memcpy(CMSG_DATA(m), fds, sizeof fds);
    REQUIRE(sendmsg(c.get(), &message, 0) == static_cast<ssize_t>(sizeof h));
    CHECK(say_hello(c.get(), nullptr, 0).descriptor);
  }
  for (const std::uint64_t limit = monotonic_ns() + 10'000'000'000u; open_descriptors() > before && monotonic_ns() < limit;) std::this_thread::yield();
  CHECK(open_descriptors() <= before);
}

TEST_CASE("no memory for a segment is a clean refusal and the server goes on") {
  running_server s;
  client first(s.path);
  rlimit old;
  REQUIRE(getrlimit(RLIMIT_FSIZE, &old) == 0);
  const rlimit small{65536, old.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const welcomed w = refused(s.path, good_hello());
  REQUIRE(setrlimit(RLIMIT_FSIZE, &old) == 0);
  CHECK(w.message.status == RINGCALL_WELCOME_EXHAUSTED);
  CHECK(std::string(w.message.message).find("bytes") != std::string::npos);
  CHECK(first.call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
  client second(s.path);
}
