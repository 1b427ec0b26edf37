#pragma once
// The protocol of a program that measures itself: it is told which of its cases to run and how often, and answers with the time that took.
//
//   first   the line "ready PID..." on standard output: the processes it has started; they sleep between two windows, as it does itself
//   then    per window two uint64_t on standard input, case and count; one uint64_t on standard output, nanoseconds; in the host's order
//   last    its standard input ends, and so does it, with status 0
//
// It verifies every answer within the timed part. A wrong one ends it with a message and status 1. How to build such a program for a peer of
// one's own: bench/internal/peers/README.md.

#include <unistd.h>

#include <chrono>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace bench {

[[noreturn, gnu::format(printf, 1, 2)]] inline void fail(const char* format, ...) {
  std::va_list values;
  va_start(values, format);
  std::vfprintf(stderr, format, values);
  va_end(values);
  std::fputc('\n', stderr);
  std::exit(1);
}

inline void check(bool right, const char* what, std::uint64_t got, std::uint64_t want) {
  if (!right) [[unlikely]] fail("wrong answer: %s is %llu, want %llu", what, static_cast<unsigned long long>(got), static_cast<unsigned long long>(want));
}

class stopwatch {
 public:
  std::uint64_t ns() const {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - begin_).count());
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

// run(which, count) returns nanoseconds. helper: a process that was forked; 0: none. Returns when standard input ends.
template <class Run>
void serve_windows(pid_t helper, Run run) {
  if (helper != 0) std::printf("ready %d\n", static_cast<int>(helper));
  else std::puts("ready");
  std::fflush(stdout);
  std::uint64_t wanted[2];
  while (read(STDIN_FILENO, wanted, sizeof wanted) == sizeof wanted) {
    const std::uint64_t elapsed_ns = run(wanted[0], wanted[1]);
    if (write(STDOUT_FILENO, &elapsed_ns, sizeof elapsed_ns) != sizeof elapsed_ns) return;
  }
}

}  // namespace bench
