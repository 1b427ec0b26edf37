// A program with a signal handler that does not restart system calls: each of them may end with EINTR, on every thread of the server.

#include "running_server.hpp"

#include "segment.hpp"

#include <doctest/doctest.h>

#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

using namespace ringcall;
using namespace ringcall::test;

namespace {

// Sends every thread of this process but its own and the first a signal, over and over.
class storm {
 public:
  explicit storm(std::chrono::microseconds every) {
    struct sigaction action {};
    action.sa_handler = [](int) { arrived.fetch_add(1, std::memory_order_relaxed); }; // relaxed: only a count
    sigaction(SIGUSR1, &action, &before_); // without SA_RESTART
    thread_ = std::thread([this, every] {
      while (!over_) {
        strike();
        std::this_thread::sleep_for(every);
      }
    });
  }
  ~storm() {
    over_ = true;
    thread_.join();
    sigaction(SIGUSR1, &before_, nullptr);
  }

  static inline std::atomic<std::uint64_t> arrived{0};

 private:
  static void strike() {
    DIR* threads = opendir("/proc/self/task");
    while (const dirent* entry = readdir(threads)) {
      const pid_t id = std::atoi(entry->d_name);
      if (id != 0 && id != getpid() && id != gettid()) syscall(SYS_tgkill, getpid(), id, SIGUSR1);
    }
    closedir(threads);
  }

  struct sigaction before_ {};
  std::atomic<bool> over_{false};
  std::thread thread_;
};

}  // namespace

TEST_CASE("a storm of signals that interrupt every system call costs no call and no attach") {
  options o;
  o.workers = 2;
  o.loops = 2;
  o.spin = std::chrono::nanoseconds(0); // so that it sleeps a lot
  running_server s(o);
  s.workers_gate.open(~0ull);
  const std::uint64_t before = storm::arrived;
  {
    storm signals(std::chrono::microseconds(100));
    for (int i = 0; i < 100 || (storm::arrived - before <= 100 && i < 10'000); ++i) { // until there was a storm
      client c(s.path);
      for (int j = 0; j < 10; ++j) {
        REQUIRE(c.call(add, pair_request{i, j}).as<std::int64_t>() == i + j);
        REQUIRE(c.call(gate_worker, number{static_cast<std::uint64_t>(j)}).as<std::uint64_t>() == static_cast<std::uint64_t>(j));
      }
      CHECK(c.memory.server_counters().recovered_wakes == 0);
    }
    CHECK(s.stop() == 0);
  }
  CHECK(storm::arrived - before > 100);
}

// Newer kernels let no signal but a fatal one interrupt the allocation. There the injected EINTR of tests/faults shows the retry.
TEST_CASE("a segment that takes longer to allocate than a timer's period is allocated all the same") {
  options o;
  o.request_arena = 128u << 20;
  struct sigaction action {}, old {};
  action.sa_handler = [](int) {};
  sigaction(SIGALRM, &action, &old);
  const itimerval fast{{0, 2000}, {0, 2000}}, none{};
  setitimer(ITIMER_REAL, &fast, nullptr);
  const auto begin = std::chrono::steady_clock::now();
  CHECK_NOTHROW(segment::create(o, 1));
  const auto took = std::chrono::steady_clock::now() - begin;
  setitimer(ITIMER_REAL, &none, nullptr);
  sigaction(SIGALRM, &old, nullptr);
  CHECK(took > std::chrono::milliseconds(2)); // or it shows nothing
}
