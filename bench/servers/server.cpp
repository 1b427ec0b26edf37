// The ringcall server that is measured: its handlers do next to nothing, or work for as long as they are told.
//
//   ringcall-bench-server CORE SPIN_NS               (core -1: not pinned), launched by ringcall.Start
//   ringcall-bench-server CORE SPIN_NS large         the same, with arenas for payloads of 1 MiB
//   ringcall-bench-server CORE SPIN_NS sample=N      the same, with one call in N sampled for profiles; 0: none
//   ringcall-bench-server CORE SPIN_NS PATH          listens at PATH (which has a '/') with the default options otherwise

#include "core.hpp"
#include "work.h"

#include "ringcall/server.hpp"

#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

struct add_request {
  std::int32_t a, b;
};
struct wide_request {
  std::int64_t a, b;
};
struct work_request {
  std::int32_t a, b;
  std::int64_t ns;
};
struct add_answer {
  std::int64_t sum;
};

// lie is added to every sum.
template <int lie>
void add_methods(ringcall::server& server) {
  server.on<add_request, add_answer>(1, [](const add_request& r) { return add_answer{std::int64_t{r.a} + r.b + lie}; });
  server.on<wide_request, add_answer>(2, [](const wide_request& r) { return add_answer{r.a + r.b + lie}; });
  server.on_bytes(3, [](std::span<const std::byte> request, ringcall::answer& out) {
    const std::span<std::byte> echo = out.resize(request.size());
    std::memcpy(echo.data(), request.data(), request.size());
    if constexpr (lie != 0) echo.back() ^= std::byte{1};
  });
  server.on<work_request, add_answer>(4, [](const work_request& r) { return add_answer{ringcall_bench_work(r.a, r.b, r.ns) + lie}; });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    std::fprintf(stderr, "usage: ringcall-bench-server CORE SPIN_NS [large | sample=N | PATH]\n");
    return 2;
  }
  const std::string kind = argc == 4 ? argv[3] : "";
  bench::pin(std::atoi(argv[1]));
  ringcall::options options;
  options.spin = std::chrono::nanoseconds(std::atoll(argv[2]));
  const bool samples = kind.starts_with("sample=");
  if (samples) options.sample_every = static_cast<std::uint32_t>(std::atoi(kind.c_str() + std::strlen("sample=")));
  if (kind.empty() || samples) options.request_arena = 1024 * 1024;  // four dense batches of 4,096 records, 24 bytes each
  if (kind == "large") options.request_arena = options.answer_arena = 4 * 1024 * 1024;
  ringcall::server server{kind.find('/') == std::string::npos ? "bench" : kind, options};
  if (bench::lies()) add_methods<1>(server);
  else add_methods<0>(server);
  return server.run();
}
