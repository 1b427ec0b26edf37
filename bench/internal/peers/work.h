/* A handler that takes its time. The same code for the server and for cgo. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <time.h>

static inline int64_t ringcall_bench_now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Adds, and looks at the clock until ns nanoseconds are over; 0 does not look. */
static inline int64_t ringcall_bench_work(int32_t a, int32_t b, int64_t ns) {
  if (ns > 0) {
    const int64_t until = ringcall_bench_now_ns() + ns;
    while (ringcall_bench_now_ns() < until) {
    }
  }
  return (int64_t)a + b;
}
