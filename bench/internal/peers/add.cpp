#include "add.h"

// In a file of its own, so that nothing can inline it.

#include <cstring>

// RINGCALL_BENCH_LIES gives wrong answers, for the test that they are noticed.
#ifdef RINGCALL_BENCH_LIES
constexpr int lie = 1;
#else
constexpr int lie = 0;
#endif

int64_t ringcall_bench_add(int32_t a, int32_t b) { return int64_t{a} + b + lie; }

void ringcall_bench_add_at(const ringcall_bench_pair* request, int64_t* answer) { *answer = request->a + request->b + lie; }

void ringcall_bench_add_many(const ringcall_bench_pair* requests, int64_t* answers, size_t count) {
  for (size_t i = 0; i < count; ++i) answers[i] = requests[i].a + requests[i].b + lie;
}

void ringcall_bench_echo(const void* request, void* answer, size_t size) { std::memcpy(answer, request, size - lie); }

int64_t ringcall_bench_add_working(int32_t a, int32_t b, int64_t ns) { return ringcall_bench_work(a, b, ns) + lie; }
