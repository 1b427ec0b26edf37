// The server as somebody's child, over an inherited connection: how its life ends.

#include "client.hpp"
#include "observer.hpp"
#include "observer_address.hpp"
#include "system.hpp"

#include <doctest/doctest.h>

#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <thread>

extern char** environ;

using namespace ringcall;
using namespace ringcall::test;

namespace {

enum : std::uint16_t { add = 1, echo = 2, sleep_worker = 5, sleep_loop = 10 };
struct pair_request { std::int32_t a, b; };
struct nanoseconds { std::uint64_t ns; };

// A child over a socket pair, attached.
struct coprocess {
  coprocess() {
    int ends[2];
    checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), "socketpair");
    unique_fd ours(ends[0]), theirs(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, theirs.get(), 9);
    setenv("RINGCALL_FD", "9", 1);
    setenv("RINGCALL_LOG", "off", 1);
    const char* program = std::getenv("RINGCALL_TEST_SERVER");
    REQUIRE(program != nullptr);
    char* arguments[] = {const_cast<char*>(program), nullptr};
    REQUIRE(posix_spawn(&pid, program, &actions, nullptr, arguments, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    unsetenv("RINGCALL_FD");
    theirs.reset();
    const ringcall_hello h = good_hello();
    welcomed w = say_hello(ours.get(), &h, sizeof h);
    REQUIRE(w.descriptor);
    parent = std::make_unique<client>(segment::open(std::move(w.descriptor), w.message.segment_size), std::move(ours));
  }
  ~coprocess() {
    if (pid > 0) kill(pid, SIGKILL), waitpid(pid, nullptr, 0);
  }

  int wait() {
    int status = 0;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    pid = -1;
    return status;
  }

  pid_t pid = -1;
  std::unique_ptr<client> parent;
};

// A connection to where a co-process is observed; empty: nobody listens there.
unique_fd connect_to_observed(const std::string& name, pid_t pid) {
  const std::string path = observer_address(name, geteuid(), pid);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path);
  unique_fd c(checked(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  if (connect(c.get(), reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size())) == -1) return {};
  return c;
}

}  // namespace

TEST_CASE("a co-process is observed while it serves its parent, and nobody else attaches to it") {
  coprocess c;
  const pid_t pid = c.pid;
  {
    observer o(connect_to_observed("test", pid));
    CHECK(o.header().pid == pid);
    CHECK(o.tell(RINGCALL_COMMAND_SAMPLE, 32).value == 32);
    CHECK(c.parent->call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
    const unique_fd stranger = connect_to_observed("test", pid);
    const ringcall_hello h = good_hello();
    const welcomed w = say_hello(stranger.get(), &h, sizeof h);
    CHECK(w.message.status == RINGCALL_WELCOME_MALFORMED);
    CHECK_FALSE(w.descriptor);
    CHECK(std::string(w.message.message).find("parent alone") != std::string::npos);
    CHECK(c.parent->call(add, pair_request{3, 4}).as<std::int64_t>() == 7);
    c.parent.reset();
    CHECK(reads_end(o.connection.get()));
    CHECK(recent(o.header().draining) == 1);
  }
  CHECK(WEXITSTATUS(c.wait()) == 0);
  CHECK_FALSE(connect_to_observed("test", pid));
}

TEST_CASE("observers that come and go do not end a co-process, and one that stays does not keep it") {
  coprocess c;
  for (int i = 0; i < 50; ++i) observer(connect_to_observed("test", c.pid));
  const unique_fd silent = connect_to_observed("test", c.pid);
  observer stays(connect_to_observed("test", c.pid));
  CHECK(c.parent->call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
  c.parent.reset();
  const int status = c.wait();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a co-process ends with status 0 when its parent leaves") {
  coprocess c;
  CHECK(c.parent->call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
  c.parent.reset();
  const int status = c.wait();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("a co-process drains at SIGTERM and ends with status 0") {
  coprocess c;
  c.parent->put_value(sleep_worker, nanoseconds{50'000'000});
  c.parent->put_value(add, pair_request{1, 2});
  c.parent->publish();
  REQUIRE(c.parent->await(1).size() == 1);
  kill(c.pid, SIGTERM);
  const int status = c.wait();
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(c.parent->await(1).size() == 1); // the worker's answer was waited for
  CHECK(c.parent->memory.header().server.state == RINGCALL_STATE_CLOSED);
}

TEST_CASE("a handler that hangs does not outlive the parent") {
  for (std::uint16_t method : {sleep_loop, sleep_worker}) {
    bool hung = false; // a worker that has not begun when the parent leaves does not begin any more: then try again
    for (int tries = 0; tries < 50 && !hung; ++tries) {
      coprocess c;
      c.parent->put_value(method, nanoseconds{600'000'000'000});
      c.parent->publish();
      while (std::atomic_ref(c.parent->memory.control().taken).load() == 0) std::this_thread::yield();
      c.parent.reset();
      const int status = c.wait();
      CHECK(WIFEXITED(status));
      hung = WEXITSTATUS(status) == 1;
    }
    CHECK(hung);
  }
}

TEST_CASE("a co-process that was poisoned says so and ends") {
  coprocess c;
  c.parent->put_ref(echo, ringcall_arena_ref{0, 64, 0});
  c.parent->publish();
  CHECK(reads_end(c.parent->connection.get()));
  CHECK(c.parent->memory.header().server.state == RINGCALL_STATE_POISONED);
  const int status = c.wait();
  CHECK(WIFEXITED(status));
}
