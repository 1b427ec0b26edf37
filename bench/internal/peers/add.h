#pragma once
#include "work.h"
#ifdef __cplusplus
extern "C" {
#endif

struct ringcall_bench_pair {
  int64_t a, b;
};

int64_t ringcall_bench_add(int32_t a, int32_t b);
void ringcall_bench_add_at(const struct ringcall_bench_pair* request, int64_t* answer);
void ringcall_bench_add_many(const struct ringcall_bench_pair* requests, int64_t* answers, size_t count);
void ringcall_bench_echo(const void* request, void* answer, size_t size);
int64_t ringcall_bench_add_working(int32_t a, int32_t b, int64_t ns);

#ifdef __cplusplus
}
#endif
