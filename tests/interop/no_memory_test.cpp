// Allocations that fail: one channel or one attach may come to nothing, and says so; nothing runs twice, and the server goes on.

#include "channel_fixture.hpp"

#include "loop.hpp"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <cstdlib>
#include <list>
#include <new>

using namespace ringcall;
using namespace ringcall::test;

namespace {

// The allocation that fails, counted down from where it is set; all: every one does. Those of threads that are exempt neither fail nor count.
constexpr int none = -1, all = -2;
std::atomic<int> failing{none};
thread_local bool exempt = false;

bool fails() noexcept {
  if (exempt) return false;
  const int n = failing.load();
  return n == all || (n >= 0 && failing.fetch_sub(1) == 0);
}

void* allocate(std::size_t size, std::size_t align) {
  void* p = fails() ? nullptr : std::aligned_alloc(align, (size + align - 1) / align * align);
  if (p == nullptr) throw std::bad_alloc();
  return p;
}

// For the test's own thread: the others' allocations fail.
struct others_fail {
  explicit others_fail(int which) {
    exempt = true;
    failing = which;
  }
  ~others_fail() {
    failing = none;
    exempt = false;
  }
};

std::shared_ptr<spdlog::logger> silent() {
  auto log = std::make_shared<spdlog::logger>("silent");
  log->set_level(spdlog::level::off);
  return log;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t align) { return allocate(size, static_cast<std::size_t>(align)); }
void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

TEST_CASE("whichever allocation of a run fails, no handler runs twice and the channel serves no more") {
  bool failed = true;
  int n = 0;
  for (; failed; ++n) {
    CAPTURE(n);
    channel_fixture f;
    std::array<int, 6> ran{};
    f.methods.add(100, make_bytes_method([&](std::span<const std::byte> in, answer& out) {
      std::uint64_t which = 0;
      std::memcpy(&which, in.data(), std::min(in.size(), sizeof which));
      ++ran[which];
      out.resize(30'000);
    }, on_loop));
    f.client_side.keep_regions = true;
    for (std::uint64_t i = 0; i < ran.size(); ++i) f.client_side.put_value(100, number{i});
    f.client_side.publish();
    failing = n;
    failed = false;
    try {
      f.server_side.serve();
    } catch (const std::bad_alloc&) {
      failed = true;
      f.server_side.fail();
    }
    failed = failing.exchange(none) < 0; // a handler's own failure is answered
    if (f.server_side.broken()) {
      const auto before = ran;
      CHECK_FALSE(f.server_side.serve());
      CHECK_FALSE(f.server_side.serve_waiting());
      CHECK(ran == before);
    }
    for (const int times : ran) CHECK(times <= 1);
  }
  CHECK(n > 3); // else nothing was tried
}

TEST_CASE("whichever allocation of a loop or a worker fails, its channel is answered or closed, and the next is served") {
  gate g;
  std::atomic<std::uint64_t> counter{0};
  std::atomic<int> gone{0};
  registry registered;
  for (auto& [id, m] : make_methods(g, counter)) registered.methods.add(id, std::move(m));
  registered.on_gone.push_back([&](client_info) { ++gone; });
  stats_file stats("test", 1, {}, registered);
  dead_segments dead;
  loop l(registered, 1, std::chrono::microseconds(1), silent(), stats, dead, 0);
  worker_pool pool(1, {&l.workers()});
  l.start();
  auto attach = [&] {
    auto ends = channel_fixture::connections();
    segment made = segment::create({}, 1);
    auto c = std::make_unique<client>(segment::open(unique_fd(checked(fcntl(made.descriptor(), F_DUPFD_CLOEXEC, 3), "dup")), made.size()), std::move(ends.client));
    l.adopt(std::move(made), std::move(ends.server), {1, 2, 3});
    return c;
  };
  for (int n = 0;; ++n) {
    CAPTURE(n);
    const others_fail one(n);
    auto c = attach();
    c->put_value(add, pair_request{1, 2});
    for (std::uint64_t size : {1'000, 65'000, 65'000}) c->put_value(grow_worker, number{size}); // of which one waits
    c->publish();
    const auto answers = c->await(4);
    if (answers.size() < 4) {
      CHECK(failing < 0);
      CHECK(reads_end(c->connection.get()));
      CHECK(c->memory.header().server.state == RINGCALL_STATE_CLOSED);
    } else if (failing >= 0) { // there are not so many
      CHECK(n > 5);
      break;
    }
  }
  for (int i = 0; i < 10'000 && l.channels() != 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK(l.channels() == 0);
  CHECK(gone > 5);
  l.drain(); // waits for no call that no worker has
  l.join();
}

TEST_CASE("whichever allocation of an attach fails, who was welcomed is told that the server closed, and the next attaches") {
  running_server s;
  { client warm(s.path); }
  bool reached = true;
  int n = 0, welcomed_in_vain = 0;
  for (; reached && n < 100; ++n) {
    CAPTURE(n);
    const others_fail one(n);
    const ringcall_hello h = good_hello();
    unique_fd connection = connect_to(s.path);
    welcomed w = say_hello(connection.get(), &h, sizeof h);
    reached = failing < 0;
    if (w.message.status != RINGCALL_WELCOME_OK || !w.descriptor) continue;
    client c(segment::open(std::move(w.descriptor), w.message.segment_size), std::move(connection));
    const reply r = c.call(add, pair_request{20, 22});
    reached = failing < 0;
    if (r.status == RINGCALL_OK) continue;
    ++welcomed_in_vain;
    CHECK(reads_end(c.connection.get()));
    CHECK(c.memory.header().server.state == RINGCALL_STATE_CLOSED);
  }
  CHECK_FALSE(reached);
  CHECK(n > 5);
  CHECK(welcomed_in_vain > 0);
  client c(s.path);
  CHECK(c.call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
}

TEST_CASE("a wait for which the system has no memory goes on until there is something") {
  unique_fd quiet(checked(eventfd(0, EFD_CLOEXEC), "eventfd")), rung(checked(eventfd(0, EFD_CLOEXEC), "eventfd"));
  rlimit old;
  REQUIRE(getrlimit(RLIMIT_NOFILE, &old) == 0);
  const rlimit one{1, old.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &one) == 0); // poll of two fails
  std::atomic<bool> restored{false};
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    restored = true;
    setrlimit(RLIMIT_NOFILE, &old);
    const std::uint64_t n = 1;
    [[maybe_unused]] const ssize_t written = write(rung.get(), &n, sizeof n);
  });
  pollfd fds[] = {{quiet.get(), POLLIN, 0}, {rung.get(), POLLIN, 0}};
  wait_for_any(fds);
  CHECK(restored);
  later.join();
  CHECK(fds[0].revents == 0);
  CHECK(fds[1].revents == POLLIN);
}
