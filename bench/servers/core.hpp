#pragma once
// What the benchmark's C++ processes share: thread placement and the spin hint.

#include <sched.h>

#include <cstdio>
#include <cstdlib>

namespace bench {

// Pins the calling thread, and with it the threads it starts later, to one core. A negative core leaves it free.
inline void pin(int core) {
  if (core < 0) return;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  if (sched_setaffinity(0, sizeof cores, &cores) == 0) return;
  std::fprintf(stderr, "cannot pin a thread to core %d\n", core);
  std::exit(2);
}

// Whether a test has asked for wrong answers, to see that they are noticed.
inline bool lies() { return std::getenv("RINGCALL_BENCH_LIES") != nullptr; }

// Tells the core that this is a spin loop.
inline void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");
#endif
}

}  // namespace bench
