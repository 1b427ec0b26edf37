// The ringcall server that is measured: its handlers do next to nothing.
//
//   ringcall-bench-server CORE SPIN_NS      (core -1: not pinned), launched by ringcall.Start

#include "core.hpp"

#include "ringcall/server.hpp"

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

struct add_request {
  std::int32_t a, b;
};
struct wide_request {
  std::int64_t a, b;
};
struct add_answer {
  std::int64_t sum;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: ringcall-bench-server CORE SPIN_NS\n");
    return 2;
  }
  bench::pin(std::atoi(argv[1]));
  ringcall::options options;
  options.spin = std::chrono::nanoseconds(std::atoll(argv[2]));
  options.request_arena = 1024 * 1024;  // four dense batches of 4,096 records, 24 bytes each
  ringcall::server server{"bench", options};
  server.on<add_request, add_answer>(1, [](const add_request& r) { return add_answer{std::int64_t{r.a} + r.b}; });
  server.on<wide_request, add_answer>(2, [](const wide_request& r) { return add_answer{r.a + r.b}; });
  return server.run();
}
