// The floor: two threads bounce one cache line. No call between two cores can be cheaper than this round trip.
//
//   ringcall-bench-floor CORE_A CORE_B      (-1: not pinned)
//   ringcall-bench-floor --compiler         prints what compiled these programs
//
// Reads round counts from standard input and answers each with the nanoseconds they took, both as uint64_t in the host's order. Between
// two commands both threads are asleep, so that other peers can use the same two cores.
//
// Each command bounces another line: how far a line's home is from the two cores depends on its address and changes the round trip by
// tens of percent, which would be luck if it were always the same one.

#include "core.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace {

struct alignas(128) line {
  std::atomic<std::uint64_t> value{0};
};

constexpr std::size_t line_count = 509;  // 128 bytes each: 16 pages
line balls[line_count];
std::size_t next_ball = 0;  // the near thread's; the far one reads it after rounds_wanted was set
line rounds_wanted;         // 0: none; set for each command, cleared by the far thread when it is ready

constexpr std::uint64_t stop = ~std::uint64_t{0};

inline void await_value(const std::atomic<std::uint64_t>& ball, std::uint64_t wanted) noexcept {
  while (ball.load(std::memory_order_acquire) != wanted) bench::pause();
}

void far_side(int core) {
  bench::pin(core);
  for (;;) {
    rounds_wanted.value.wait(0);
    const std::uint64_t rounds = rounds_wanted.value.load();
    if (rounds == stop) return;
    auto& ball = balls[next_ball].value;
    ball.store(0);
    rounds_wanted.value.store(0);
    for (std::uint64_t i = 0; i < rounds; ++i) {
      await_value(ball, 2 * i + 1);
      ball.store(2 * i + 2, std::memory_order_release);
    }
  }
}

std::uint64_t near_side(std::uint64_t rounds) {
  next_ball = (next_ball + 37) % line_count;
  auto& ball = balls[next_ball].value;
  rounds_wanted.value.store(rounds);
  rounds_wanted.value.notify_one();
  while (rounds_wanted.value.load(std::memory_order_acquire) != 0) {
  }
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < rounds; ++i) {
    ball.store(2 * i + 1, std::memory_order_release);
    await_value(ball, 2 * i + 2);
  }
  const auto end = std::chrono::steady_clock::now();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--compiler") == 0) {
    std::printf("g++ %s\n", __VERSION__);
    return 0;
  }
  if (argc != 3) {
    std::fprintf(stderr, "usage: ringcall-bench-floor CORE_A CORE_B | --compiler\n");
    return 2;
  }
  std::thread far{far_side, std::atoi(argv[2])};
  bench::pin(std::atoi(argv[1]));
  std::uint64_t rounds = 0;
  while (read(STDIN_FILENO, &rounds, sizeof rounds) == sizeof rounds) {
    if (rounds == 0 || rounds == stop) break;
    const std::uint64_t elapsed_ns = near_side(rounds);
    if (write(STDOUT_FILENO, &elapsed_ns, sizeof elapsed_ns) != sizeof elapsed_ns) break;
  }
  rounds_wanted.value.store(stop);
  rounds_wanted.value.notify_one();
  far.join();
  return 0;
}
