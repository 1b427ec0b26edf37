// Boost.Lockfree in shared memory: a queue of requests and one of answers between two processes, both C++. Its queue shares an index per item.
//
//   ringcall-bench-lockfree CORE_NEAR CORE_FAR      (-1: not pinned); speaks windows.hpp
//
// Case n keeps 1, 4, 16, 64, 256 calls in flight (n = 0 to 4): it posts that many, then one more for each answer.

#include "core.hpp"
#include "futex_word.hpp"
#include "windows.hpp"

#include <boost/interprocess/anonymous_shared_memory.hpp>
#include <boost/interprocess/mapped_region.hpp>
#include <boost/lockfree/spsc_queue.hpp>

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <new>

namespace {

struct request {
  std::int32_t a, b;
};
using request_queue = boost::lockfree::spsc_queue<request, boost::lockfree::capacity<1024>>;
using answer_queue = boost::lockfree::spsc_queue<std::int64_t, boost::lockfree::capacity<1024>>;

struct shared {
  bench::futex_word awake;  // 1 while a window is open: the far side polls only then
  alignas(128) request_queue requests;
  alignas(128) answer_queue answers;
};

constexpr std::array<std::uint64_t, 5> depths{1, 4, 16, 64, 256};

// lie is added to every sum.
template <int lie>
[[noreturn]] void far_side(shared& s, int core) {
  bench::pin(core);
  for (;;) {
    while (s.awake.value.load(std::memory_order_acquire) == 0) s.awake.wait(0);
    request r;
    while (s.awake.value.load(std::memory_order_relaxed) != 0) {
      while (s.requests.pop(r)) {
        while (!s.answers.push(std::int64_t{r.a} + r.b + lie)) bench::pause();
      }
      bench::pause();
    }
  }
}

std::uint64_t near_side(shared& s, std::uint64_t depth, std::uint64_t count) {
  s.awake.value.store(1, std::memory_order_release);
  s.awake.wake();
  const bench::stopwatch watch;
  std::uint64_t posted = 0;
  const auto post = [&] {
    while (!s.requests.push({static_cast<std::int32_t>(posted), 7})) bench::pause();
    ++posted;
  };
  while (posted < std::min(depth, count)) post();
  for (std::uint64_t answered = 0; answered < count; ++answered) {
    std::int64_t sum = 0;
    while (!s.answers.pop(sum)) bench::pause();
    const std::int64_t want = std::int64_t{static_cast<std::int32_t>(answered)} + 7;
    bench::check(sum == want, "sum", static_cast<std::uint64_t>(sum), static_cast<std::uint64_t>(want));
    if (posted < count) post();
  }
  const std::uint64_t elapsed_ns = watch.ns();
  s.awake.value.store(0, std::memory_order_release);
  return elapsed_ns;
}

}  // namespace

int main(int argc, char** argv) {
  namespace ipc = boost::interprocess;
  if (argc != 3) {
    std::fprintf(stderr, "usage: ringcall-bench-lockfree CORE_NEAR CORE_FAR\n");
    return 2;
  }
  ipc::mapped_region region = ipc::anonymous_shared_memory(sizeof(shared));
  shared& s = *new (region.get_address()) shared;
  const pid_t child = fork();
  if (child < 0) bench::fail("cannot fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (bench::lies()) far_side<1>(s, std::atoi(argv[2]));
    far_side<0>(s, std::atoi(argv[2]));
  }
  bench::pin(std::atoi(argv[1]));
  bench::serve_windows(child, [&](std::uint64_t which, std::uint64_t count) {
    if (which >= depths.size()) bench::fail("there is no case %llu", static_cast<unsigned long long>(which));
    return near_side(s, depths[which], count);
  });
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return 0;
}
