// Two processes that put each other to sleep and wake each other with one futex each way: no parked call can be cheaper than this round trip.
//
//   ringcall-bench-futex CORE_NEAR CORE_FAR      (-1: not pinned); speaks windows.hpp, case 0

#include "core.hpp"
#include "futex_word.hpp"
#include "windows.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <new>

namespace {

struct shared {
  bench::futex_word there, back;
};

void await_value(bench::futex_word& word, std::uint32_t wanted) {
  for (std::uint32_t now; (now = word.value.load(std::memory_order_acquire)) != wanted;) word.wait(now);
}

[[noreturn]] void far_side(shared& s, int core) {
  bench::pin(core);
  for (std::uint32_t round = 1;; ++round) {
    await_value(s.there, round);
    s.back.value.store(round, std::memory_order_release);
    s.back.wake();
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: ringcall-bench-futex CORE_NEAR CORE_FAR\n");
    return 2;
  }
  void* memory = mmap(nullptr, sizeof(shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) bench::fail("cannot map shared memory");
  shared& s = *new (memory) shared;
  const pid_t child = fork();
  if (child < 0) bench::fail("cannot fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    far_side(s, std::atoi(argv[2]));
  }
  bench::pin(std::atoi(argv[1]));
  std::uint32_t round = 0;
  bench::serve_windows(child, [&](std::uint64_t, std::uint64_t count) {
    const bench::stopwatch watch;
    for (std::uint64_t i = 0; i < count; ++i) {
      s.there.value.store(++round, std::memory_order_release);
      s.there.wake();
      await_value(s.back, round);
    }
    return watch.ns();
  });
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return 0;
}
