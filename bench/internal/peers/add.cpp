#include "add.h"

// In a file of its own, so that nothing can inline it.
extern "C" int64_t ringcall_bench_add(int32_t a, int32_t b) {
  return int64_t{a} + b;
}
