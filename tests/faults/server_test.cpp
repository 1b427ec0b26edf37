// Every system call of a server that starts, attaches a client or is woken fails in turn.

#include "injector.hpp"
#include "process.hpp"

#include "client.hpp"
#include "doorbell.hpp"
#include "observer.hpp"
#include "running_server.hpp"
#include "segment.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

using namespace ringcall;
using namespace ringcall::test;

namespace {

enum : std::uint16_t { sleep_worker = 5 }; // of ringcall-test-server, whose add and echo are running_server's
struct nanoseconds { std::uint64_t ns; };

// What may fail, and how. README.md says of the others why they cannot.
std::vector<watched> server_calls() {
  const std::vector<int> no_descriptor{EMFILE, ENFILE, ENOMEM};
  return {
#ifdef __NR_poll
      {__NR_poll, "poll", {EINTR, ENOMEM}},
      {__NR_epoll_wait, "epoll_wait", {EINTR}},
#endif
      {__NR_ppoll, "ppoll", {EINTR, ENOMEM}},
      {__NR_epoll_pwait, "epoll_pwait", {EINTR}},
      {__NR_accept4, "accept4", {EMFILE, ENFILE, ENOMEM, ENOBUFS, EINTR, ECONNABORTED, EPROTO}},
      {__NR_getsockopt, "getsockopt", {ENOMEM, ENOBUFS}},
      {__NR_recvfrom, "recvfrom", {EINTR, EAGAIN, ENOMEM, ECONNRESET}},
      {__NR_sendmsg, "sendmsg", {EINTR, ENOMEM, ENOBUFS, ETOOMANYREFS, EAGAIN, EPIPE}},
      {__NR_sendto, "sendto", {EINTR, EAGAIN, ENOBUFS, ENOMEM, EPIPE}},
      {__NR_memfd_create, "memfd_create", no_descriptor},
      {__NR_fallocate, "fallocate", {EINTR, ENOSPC, ENOMEM, EFBIG}},
      {__NR_fcntl, "fcntl", {EMFILE, EBUSY}},
      {__NR_mmap, "mmap", {ENOMEM, EAGAIN}},
      {__NR_mprotect, "mprotect", {ENOMEM}},
      {__NR_madvise, "madvise", {ENOMEM, EAGAIN}, watched::equal, 2, 10}, // MADV_DONTFORK
      {__NR_epoll_create1, "epoll_create1", no_descriptor},
      {__NR_epoll_ctl, "epoll_ctl", {ENOMEM, ENOSPC}, watched::equal, 1, EPOLL_CTL_ADD},
      {__NR_eventfd2, "eventfd2", no_descriptor},
      {__NR_pipe2, "pipe2", no_descriptor},
      {__NR_socket, "socket", {EMFILE, ENFILE, ENOMEM, ENOBUFS}},
      {__NR_bind, "bind", {ENOMEM, ENOSPC, EACCES}},
      {__NR_listen, "listen", {ENOBUFS}},
      {__NR_openat, "openat", no_descriptor},
      {__NR_newfstatat, "newfstatat", {ENOMEM}},
      {__NR_flock, "flock", {EINTR, ENOLCK}},
      {__NR_getrandom, "getrandom", {EINTR}},
      {__NR_clone, "clone", {EAGAIN, ENOMEM}},
      {__NR_clone3, "clone3", {EAGAIN, ENOMEM}},
  };
}

std::size_t choices(const std::vector<watched>& calls) {
  std::size_t most = 0;
  for (const watched& w : calls) most = std::max(most, w.errors.size());
  return most;
}

struct tally {
  std::uint64_t faults = 0, survived = 0, refused = 0;
  ~tally() { MESSAGE(faults << " faults: " << survived << " survived, " << refused << " told as an error"); }
};

class victim {
 public:
  explicit victim(std::vector<std::string> flags = {}) {
    std::vector<std::string> command{std::getenv("RINGCALL_TEST_SERVER"), path};
    command.insert(command.end(), flags.begin(), flags.end());
    process.emplace(command, std::vector<std::string>{}, server_calls(), log);
  }
  // True once it serves, false once it has ended.
  bool comes_up() {
    for (;;) {
      if (process->wait(0)) return false;
      try {
        if (serves()) return true;
      } catch (const std::exception&) { // it may listen and end yet
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      }
    }
  }
  std::string said(std::size_t from = 0) const { return text_of(log, from); }
  bool serves() {
    client c(path);
    return c.call(add, pair_request{20, 22}).as<std::int64_t>() == 42;
  }

  temporary_directory directory;
  std::string path = directory / "s.sock", log = directory / "log";
  std::optional<injector> process;
};

// A thread that gets no memory is told as EAGAIN.
bool names(const std::string& text, int error) { return text.find(std::strerror(error)) != std::string::npos || text.find(std::strerror(EAGAIN)) != std::string::npos || text.find("out of memory") != std::string::npos; }

std::string label(const injected& f) { return std::string(f.call->name) + ": " + std::strerror(f.error); }

bool can_inject() {
  static const std::string why = injector::unavailable();
  if (!why.empty()) std::fprintf(stderr, "skipped: %s\n", why.c_str());
  return why.empty();
}

}  // namespace

TEST_CASE("whatever fails at its start, a server serves or says why not" * doctest::skip(!can_inject())) {
  tally t;
  const auto calls = server_calls();
  for (const std::vector<std::string>& flags : {std::vector<std::string>{}, {"--workers", "2", "--loops", "2"}}) {
    for (std::size_t choice = 0; choice < choices(calls); ++choice) {
      for (std::uint64_t n = 1;; ++n) {
        victim v(flags);
        v.process->arm_from(__NR_eventfd2, n, choice); // the first that a server makes
        const bool up = v.comes_up();
        const injector::result r = v.process->disarm();
        if (!r.reached) break;
        if (r.fault) {
          CAPTURE(label(*r.fault));
          CAPTURE(n);
          ++t.faults;
          if (up) {
            ++t.survived;
            CHECK(v.serves());
            kill(v.process->pid(), SIGTERM);
          } else {
            ++t.refused;
          }
          const auto status = v.process->wait(10'000);
          REQUIRE(status);
          CAPTURE(v.said());
          CHECK(WIFEXITED(*status));
          CHECK(WEXITSTATUS(*status) == (up ? 0 : 1));
          CHECK((up || names(v.said(), r.fault->error)));
        }
      }
    }
  }
}

TEST_CASE("whatever fails at an attach, it is refused with the reason or works, nothing is left, and others are served" * doctest::skip(!can_inject())) {
  tally t;
  victim v({"--workers", "1"});
  REQUIRE(v.comes_up());
  client old(v.path);
  REQUIRE(v.serves());
  const holdings before = quiet(v.process->pid(), 1);
  const auto calls = server_calls();
  for (std::size_t choice = 0; choice < choices(calls); ++choice) {
    for (std::uint64_t n = 1; n < 500; ++n) {
      const std::size_t heard = v.said().size();
      v.process->arm(n, choice);
      std::string told_client;
      bool answered = false;
      try {
        client c(v.path);
        const reply r = c.call(add, pair_request{30, 3});
        answered = r.status == RINGCALL_OK;
        CHECK((!answered || r.as<std::int64_t>() == 33));
        if (!answered) told_client = c.memory.header().server.state == RINGCALL_STATE_CLOSED ? "closed" : "silent";
      } catch (const std::exception& e) {
        told_client = e.what();
      }
      holdings now = settle(v.process->pid(), before);
      const injector::result r = v.process->disarm();
      if (r.fault) {
        CAPTURE(label(*r.fault));
        CAPTURE(n);
        CAPTURE(told_client);
        ++(answered ? t.survived : t.refused);
        ++t.faults;
        const std::string said = v.said(heard);
        CAPTURE(said);
        CHECK(told_client != "silent");
        CHECK((answered || names(said, r.fault->error) || r.fault->error == EPIPE || r.fault->error == ECONNRESET));
        now = settle(v.process->pid(), before);
        CAPTURE(told(before));
        CHECK(told(now) == told(before));
        CHECK(old.call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
        REQUIRE(v.serves());
        settle(v.process->pid(), before);
      }
      if (!r.reached) break;
    }
  }
  kill(v.process->pid(), SIGTERM);
  const auto status = v.process->wait(10'000);
  REQUIRE(status);
  CHECK(*status == 0);
}

TEST_CASE("whatever fails while a server is observed, the observer is told or served, nothing is left, and clients are served" * doctest::skip(!can_inject())) {
  tally t;
  victim v;
  REQUIRE(v.comes_up());
  client old(v.path);
  REQUIRE(v.serves());
  const holdings before = quiet(v.process->pid(), 1);
  const auto calls = server_calls();
  for (std::size_t choice = 0; choice < choices(calls); ++choice) {
    for (std::uint64_t n = 1; n < 200; ++n) {
      const std::size_t heard = v.said().size();
      v.process->arm(n, choice);
      std::string told_observer;
      bool answered = false;
      try {
        observer o(v.path);
        const ringcall_reply sampled = o.tell(RINGCALL_COMMAND_SAMPLE, 77);
        const ringcall_reply captured = sampled.magic != 0 ? o.tell(RINGCALL_COMMAND_CAPTURE, 64 << 10) : sampled;
        answered = captured.magic == RINGCALL_REPLY_MAGIC && captured.status == 0 && o.attached;
        CHECK((sampled.magic == 0 || sampled.value == 77));
        if (!answered) told_observer = captured.magic == 0 ? "closed" : captured.message;
      } catch (const std::exception& e) {
        told_observer = e.what();
      }
      settle(v.process->pid(), before);
      const injector::result r = v.process->disarm();
      if (r.fault) {
        CAPTURE(label(*r.fault));
        CAPTURE(n);
        CAPTURE(told_observer);
        ++(answered ? t.survived : t.refused);
        ++t.faults;
        const std::string said = v.said(heard);
        CAPTURE(said);
        CHECK((answered || !told_observer.empty()));
        CHECK((answered || names(said + told_observer, r.fault->error) || r.fault->error == EPIPE || r.fault->error == ECONNRESET));
        const holdings now = settle(v.process->pid(), before);
        CAPTURE(told(before));
        CHECK(told(now) == told(before));
        CHECK(old.call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
        REQUIRE(v.serves());
        settle(v.process->pid(), before);
      }
      if (!r.reached) break;
    }
  }
  kill(v.process->pid(), SIGTERM);
  const auto status = v.process->wait(10'000);
  REQUIRE(status);
  CHECK(*status == 0);
}

namespace {

// Calls as a client does that sleeps until its bell rings, or the safety net of its sleep.
reply sleeping_call(client& c, std::uint16_t method, const void* request, std::size_t size, bool& rung) {
  ringcall_ring_control& control = c.memory.control();
  c.put(method, {static_cast<const std::byte*>(request), size});
  std::atomic_ref(control.want_answer).store(c.ring.reaped.position());
  c.publish();
  doorbell::fence();
  const std::uint64_t limit = monotonic_ns() + 10'000'000'000u;
  rung = true;
  while (c.ring.reaped.look() == 0 && monotonic_ns() < limit) {
    pollfd p{c.connection.get(), POLLIN, 0};
    rung = poll(&p, 1, 200) == 1;
    if (rung && doorbell::drain(c.connection.get()) == doorbell::bell::gone) break;
  }
  std::atomic_ref(control.want_answer).store(std::uint64_t{RINGCALL_WANT_NONE});
  auto replies = c.await(1);
  return replies.empty() ? reply{0xffff, 0, 0, {}} : std::move(replies[0]);
}

}  // namespace

TEST_CASE("whatever fails while a sleeping server is woken and wakes, the call is answered" * doctest::skip(!can_inject())) {
  tally t;
  victim v({"--workers", "1", "--spin", "0"});
  REQUIRE(v.comes_up());
  auto c = std::make_unique<client>(v.path);
  client old(v.path);
  REQUIRE(v.serves());
  const holdings before = quiet(v.process->pid(), 2);
  const auto calls = server_calls();
  for (std::size_t choice = 0; choice < choices(calls); ++choice) {
    for (std::uint64_t n = 1; n < 100; ++n) {
      // It sleeps once want is what the next request has.
      const std::uint64_t limit = monotonic_ns() + 5'000'000'000u;
      while (std::atomic_ref(c->memory.control().want_request).load() != c->ring.posted.position() && monotonic_ns() < limit) std::this_thread::yield();
      v.process->arm(n, choice);
      bool rung = false;
      const pair_request two{5, 6};
      const reply sum = sleeping_call(*c, add, &two, sizeof two, rung);
      const nanoseconds short_while{1000};
      const reply rested = sum.status == RINGCALL_OK ? sleeping_call(*c, sleep_worker, &short_while, sizeof short_while, rung) : sum;
      const injector::result r = v.process->disarm();
      if (r.fault) {
        CAPTURE(label(*r.fault));
        CAPTURE(n);
        ++t.faults;
        const bool ends = r.fault->error == ECONNRESET || r.fault->error == ENOMEM; // recvfrom's: the client has gone
        const bool answered = rested.status == RINGCALL_OK;
        ++(answered ? t.survived : t.refused);
        CHECK((answered || (ends && c->memory.header().server.state == RINGCALL_STATE_CLOSED)));
        CHECK((!answered || sum.as<std::int64_t>() == 11));
        CHECK(old.call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
        if (!answered) {
          c.reset();
          c = std::make_unique<client>(v.path);
          c->call(add, two);
        }
        REQUIRE(v.serves());
        CHECK(told(settle(v.process->pid(), before)) == told(before));
      }
      if (!r.reached) break;
    }
  }
}
