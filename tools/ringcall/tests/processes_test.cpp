// What is asked of processes that may end at any moment.

#include "observe/processes.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>

using namespace ringcall::observe;

TEST_CASE("this process has a name, a state and memory") {
  CHECK(command_name(getpid()).starts_with("tool"));
  CHECK(process_state(getpid()) == 'R');
  CHECK(resident_bytes(getpid()) > 100'000);
}

TEST_CASE("a process that ends while it is asked for is told as one that is not there") {
  const auto before = std::signal(SIGCHLD, SIG_IGN); // so that nothing is left of a child
  for (int i = 0; i < 500; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    REQUIRE(child > 0);
    while (process_state(child) != '\0') {}
    CHECK(command_name(child).empty());
    CHECK(resident_bytes(child) == 0);
  }
  std::signal(SIGCHLD, before);
}
