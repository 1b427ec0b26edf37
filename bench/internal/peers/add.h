#pragma once
#include <stdint.h>
#ifdef __cplusplus
extern "C"
#endif
int64_t ringcall_bench_add(int32_t a, int32_t b);
