// The floor: two threads bounce one cache line, or memory. No call between two cores can be cheaper than this round trip, and no echo of a
// payload than one thread's writing it, the other's memcpy of it and the first one's reading of the copy.
//
//   ringcall-bench-floor CORE_A CORE_B      (-1: not pinned); speaks windows.hpp
//   ringcall-bench-floor --compiler         prints what compiled these programs
//
// Case 0 is the bounced line; cases 1 to 5 are payloads of 64, 256, 4096, 65536 and 1048576 bytes there and back, filled by a memcpy of
// what is wanted and compared with it; cases 6 to 8 are the three largest one way: what the memcpy alone takes, of lines that the other
// core has just written. Between two commands both threads are asleep, so that other peers can use the same two cores.
//
// Each command bounces another line: how far a line's home is from the two cores depends on its address and changes the round trip by
// tens of percent, which would be luck if it were always the same one.

#include "core.hpp"
#include "windows.hpp"

#include <array>
#include <atomic>
#include <cstring>
#include <thread>

namespace {

struct alignas(128) line {
  std::atomic<std::uint64_t> value{0};
};

constexpr std::size_t line_count = 509;  // 128 bytes each: 16 pages
line balls[line_count];

constexpr std::array<std::size_t, 5> payloads{64, 256, 4096, 65536, 1048576};
constexpr std::size_t one_way = 3;  // payloads too small for it would be mostly a look at the clock
alignas(4096) unsigned char pattern[payloads.back()], source[payloads.back()], copy[payloads.back()];

// What the far thread is to do: the near thread's until rounds_wanted is set, the far one's until it has cleared that.
std::size_t next_ball = 0;
std::size_t size = 0;                // 0: bounce the line only
std::uint64_t copying_ns = 0;        // the far thread's; read when its last round is done
bool time_copying = false;
line rounds_wanted;                  // 0: none; set for each command, cleared by the far thread when it is ready

constexpr std::uint64_t stop = ~std::uint64_t{0};

inline void await_value(const std::atomic<std::uint64_t>& ball, std::uint64_t wanted) noexcept {
  while (ball.load(std::memory_order_acquire) != wanted) bench::pause();
}

void copy_once() {
  static const bool lying = bench::lies();
  if (lying) {
    std::memset(copy, 0, size);
    return;
  }
  if (!time_copying) {
    std::memcpy(copy, source, size);
    return;
  }
  const bench::stopwatch watch;
  std::memcpy(copy, source, size);
  asm volatile("" ::: "memory");
  copying_ns += watch.ns();
}

void far_side(int core) {
  bench::pin(core);
  for (;;) {
    rounds_wanted.value.wait(0);
    const std::uint64_t rounds = rounds_wanted.value.load();
    if (rounds == stop) return;
    auto& ball = balls[next_ball].value;
    ball.store(0);
    copying_ns = 0;
    rounds_wanted.value.store(0);
    for (std::uint64_t i = 0; i < rounds; ++i) {
      await_value(ball, 2 * i + 1);
      if (size != 0) copy_once();
      ball.store(2 * i + 2, std::memory_order_release);
    }
  }
}

// Fills the source, has it copied and compares the copy. The stamp makes each round's bytes others.
void copy_round(std::atomic<std::uint64_t>& ball, std::uint64_t i) {
  std::memcpy(pattern, &i, sizeof i);
  std::memcpy(source, pattern, size);
  ball.store(2 * i + 1, std::memory_order_release);
  await_value(ball, 2 * i + 2);
  if (std::memcmp(copy, pattern, size) != 0) bench::fail("wrong answer: the copy of round %llu differs", static_cast<unsigned long long>(i));
}

std::uint64_t near_side(std::uint64_t which, std::uint64_t rounds) {
  if (which >= 1 + payloads.size() + one_way) bench::fail("there is no case %llu", static_cast<unsigned long long>(which));
  time_copying = which > payloads.size();
  size = which == 0 ? 0 : payloads[time_copying ? which - 1 - one_way : which - 1];
  next_ball = (next_ball + 37) % line_count;
  auto& ball = balls[next_ball].value;
  rounds_wanted.value.store(rounds);
  rounds_wanted.value.notify_one();
  while (rounds_wanted.value.load(std::memory_order_acquire) != 0) {
  }
  const bench::stopwatch watch;
  if (size == 0) {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      ball.store(2 * i + 1, std::memory_order_release);
      await_value(ball, 2 * i + 2);
    }
    return watch.ns();
  }
  for (std::uint64_t i = 0; i < rounds; ++i) copy_round(ball, i);
  return time_copying ? copying_ns : watch.ns();
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
  for (std::size_t i = 0; i < sizeof pattern; ++i) pattern[i] = static_cast<unsigned char>(i * 131 + 7);
  std::thread far{far_side, std::atoi(argv[2])};
  bench::pin(std::atoi(argv[1]));
  bench::serve_windows(0, near_side);
  rounds_wanted.value.store(stop);
  rounds_wanted.value.notify_one();
  far.join();
  return 0;
}
