// What a channel's black box tells after its end.

#include "own_loop.hpp"

#include <doctest/doctest.h>

#include <sys/wait.h>

using namespace ringcall;
using namespace ringcall::test;

namespace {

const ringcall_black_box& box(const channel_fixture& f) { return *f.client_side.memory.black_box(); }
const ringcall_black_box_run& run(const channel_fixture& f, std::uint64_t n) {
  return reinterpret_cast<const ringcall_black_box_run*>(&box(f) + 1)[n % RINGCALL_BLACK_BOX_RUNS];
}

}  // namespace

TEST_CASE("a run that was served is in the black box with what came of it") {
  channel_fixture f;
  f.tools.now = 4711;
  f.client_side.put_value(add, pair_request{1, 2}, f.client_side.memory.ticks(monotonic_ns()) + 100'000);
  f.client_side.put_value(fail, number{7});
  f.client_side.put_value(999, number{7});
  f.client_side.put_value(add, pair_request{1, 2});
  f.client_side.publish();
  f.server_side.serve();
  CHECK(box(f).runs == 1);
  CHECK(box(f).running_position == RINGCALL_WANT_NONE);
  const ringcall_black_box_run& r = run(f, 0);
  CHECK(r.position == 0);
  CHECK(r.taken == 4711);
  CHECK(r.count == 4);
  CHECK(r.method == add);
  CHECK(r.id == 0);
  CHECK(r.deadline != 0);
  CHECK(r.shape == sizeof(pair_request));
  CHECK(r.ended == 4);
  CHECK(r.failed == 2);
  CHECK(r.last_status == RINGCALL_UNKNOWN_METHOD);
  CHECK(r.on_worker == 0);
}

TEST_CASE("the handler that runs is named, be it one of a run or in it") {
  channel_fixture f;
  ringcall_black_box seen{};
  std::uint32_t ended = 0;
  f.methods.add(100, make_method<number, number>([&](const number& n) { return seen = box(f), ended = run(f, 0).ended, n; }, on_loop));
  f.methods.add(101, make_bytes_method([&](std::span<const std::byte>, answer&) { seen = box(f), ended = run(f, 0).ended; }, on_loop));
  f.client_side.put_value(add, pair_request{});
  f.client_side.put_value(100, number{});
  f.client_side.publish();
  f.server_side.serve();
  CHECK(seen.running_method == 100);
  CHECK(seen.running_position == 1);
  CHECK(seen.running_count == 1);
  CHECK(ended == 1);
  f.client_side.put_value(add, pair_request{});
  f.client_side.put_value(add, pair_request{});
  f.client_side.put_value(101, number{});
  f.client_side.publish();
  f.server_side.serve();
  CHECK(seen.running_method == 101);
  CHECK(seen.running_position == 4);
}

TEST_CASE("the last 63 runs are there") {
  channel_fixture f;
  for (std::uint64_t i = 0; i < 200; ++i) {
    REQUIRE(f.client_side.ring.room() != 0);
    f.client_side.put_value(add, pair_request{1, 2});
    f.client_side.publish();
    REQUIRE(f.server_side.serve());
    REQUIRE(f.client_side.reap().size() == 1);
  }
  CHECK(box(f).runs == 200);
  for (std::uint64_t n = 200 - RINGCALL_BLACK_BOX_RUNS; n < 200; ++n) CHECK(run(f, n).position == n);
}

TEST_CASE("a process that dies in a handler leaves its name") {
  channel_fixture f;
  f.methods.add(100, make_method<number, number>([](const number& n) -> number { _exit(static_cast<int>(n.value)); }, on_loop));
  f.client_side.put_value(add, pair_request{});
  f.client_side.put_value(100, number{3});
  f.client_side.publish();
  // A segment is not inherited: the child maps it anew and serves it.
  const int fd = checked(fcntl(f.client_side.memory.descriptor(), F_DUPFD, 3), "dup");
  const pid_t child = fork();
  if (child == 0) {
    auto ends = channel_fixture::connections();
    segment memory = segment::open(unique_fd(fd), lseek(fd, 0, SEEK_END) > 0 ? static_cast<std::uint64_t>(lseek(fd, 0, SEEK_END)) : 0);
    channel c(std::move(memory), std::move(ends.server), {1, 2, 3}, f.tools, spin_budget(0, 0));
    c.serve();
    _exit(99);
  }
  close(fd);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WEXITSTATUS(status) == 3);
  CHECK(box(f).runs == 1);
  CHECK(box(f).running_method == 100);
  CHECK(box(f).running_position == 1);
  CHECK(run(f, 0).ended == 1);
}

TEST_CASE("calls on workers are told as handed over") {
  own_loop l;
  auto c = l.attach();
  c->put_value(add, pair_request{});
  c->put_value(gate_worker, number{0});
  c->publish();
  REQUIRE(c->await(2).size() == 2);
  const auto& r = reinterpret_cast<const ringcall_black_box_run*>(c->memory.black_box() + 1)[0];
  CHECK(comes_true([&] { return recent(r.ended) == 2; }));
  CHECK(recent(r.on_worker) == 1);
}
