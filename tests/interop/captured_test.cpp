// Captures of a real server's traffic: each call as it was, whichever way it was served, and a reader that fails harms nobody.

#include "observer.hpp"
#include "server_process.hpp"

#include "system.hpp"

#include <doctest/doctest.h>

#include <poll.h>

#include <algorithm>
#include <array>
#include <map>
#include <thread>

using namespace ringcall;
using namespace ringcall::test;

namespace {

constexpr std::uint64_t ring_bytes = 1 << 20;

// Waits until the capture is in force: the loops take it at their next turn.
void begin_capture(observer& o, client& c, std::uint64_t bytes = ring_bytes) {
  const ringcall_reply r = o.tell(RINGCALL_COMMAND_CAPTURE, bytes);
  CAPTURE(std::string(r.message));
  REQUIRE(r.status == 0);
  REQUIRE(r.value == bytes);
  REQUIRE(o.attached);
  REQUIRE(comes_true([&] { return c.call(count, number{0}).status == RINGCALL_OK && !o.captured().empty(); }));
}

std::vector<captured_call> wait_for(observer& o, std::size_t n) {
  std::vector<captured_call> all;
  comes_true([&] {
    for (captured_call& c : o.captured()) all.push_back(std::move(c));
    return all.size() >= n;
  });
  REQUIRE(all.size() == n);
  return all;
}

template <class T>
T answer_of(const captured_call& c) {
  return captured_call::value<T>(c.answer);
}
template <class T>
T request_of(const captured_call& c) {
  return captured_call::value<T>(c.request);
}

}  // namespace

TEST_CASE("each call of a run is captured with its request, its answer and its times") {
  running_server s;
  client c(s.path);
  observer o(s.path);
  begin_capture(o, c);
  const std::uint64_t before = monotonic_ns();
  for (std::int32_t i = 0; i < 100; ++i) c.put_value(add, pair_request{i, 1000});
  c.publish();
  REQUIRE(c.await(100).size() == 100);
  const auto all = wait_for(o, 100);
  for (std::int32_t i = 0; i < 100; ++i) {
    const captured_call& call = all[static_cast<std::size_t>(i)];
    CHECK(call.head.method == add);
    CHECK(call.head.status == RINGCALL_OK);
    CHECK(request_of<pair_request>(call).a == i);
    CHECK(answer_of<std::int64_t>(call) == i + 1000);
    CHECK(call.head.answered >= call.head.taken);
    CHECK(call.head.taken + 1'000'000'000 > before); // of the same clock
    CHECK(call.head.taken < monotonic_ns() + 1'000'000'000);
  }
}

TEST_CASE("payloads in the arena, failures, and calls to methods that are not there are captured") {
  running_server s;
  client c(s.path);
  observer o(s.path);
  begin_capture(o, c);
  const std::size_t size = 20'000;
  std::fill_n(c.arena(), size, std::byte{0x3c});
  c.put_ref(echo, ringcall_arena_ref{c.memory.request_arena().offset, size, 0});
  c.publish();
  REQUIRE(c.await(1).size() == 1);
  CHECK(c.call(fail, number{42}).status == RINGCALL_FAILED);
  CHECK(c.call(999, number{1}).status == RINGCALL_UNKNOWN_METHOD);
  const auto all = wait_for(o, 3);
  CHECK(all[0].request == std::vector<std::byte>(size, std::byte{0x3c}));
  CHECK(all[0].answer == all[0].request);
  CHECK(all[1].head.status == RINGCALL_FAILED);
  CHECK(all[1].head.detail == 42);
  CHECK(std::string(reinterpret_cast<const char*>(all[1].answer.data()), all[1].answer.size()) == "failed with 42");
  CHECK(all[2].head.status == RINGCALL_UNKNOWN_METHOD);
  CHECK(all[2].head.method == 999);
  CHECK(request_of<std::uint64_t>(all[2]) == 1);
}

TEST_CASE("a batch is captured as its records, and of one that fails those that ran") {
  running_server s;
  s.workers_gate.open(~0ull);
  client c(s.path);
  observer o(s.path);
  begin_capture(o, c);
  std::array<std::uint64_t, 50> numbers;
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
  std::memcpy(c.arena(), numbers.data(), sizeof numbers);
  const std::uint32_t begin = c.memory.request_arena().offset;
  const ringcall_batch_ref batch{begin, begin + 4096, 50, 8, 8};
  c.put_ref(scale, batch);
  c.put_ref(fail, batch); // at its first record
  c.publish();
  REQUIRE(c.await(2).size() == 2);
  const auto all = wait_for(o, 51);
  for (std::uint64_t i = 0; i < 50; ++i) {
    CHECK(all[i].head.method == scale);
    CHECK(request_of<std::uint64_t>(all[i]) == i);
    CHECK(answer_of<std::uint64_t>(all[i]) == i * 10);
  }
  CHECK(all[50].head.method == fail);
  CHECK(all[50].head.status == RINGCALL_FAILED);
  CHECK(request_of<std::uint64_t>(all[50]) == 0);
  CHECK(std::string(reinterpret_cast<const char*>(all[50].answer.data()), all[50].answer.size()) == "failed with 0");
}

TEST_CASE("frames are captured one by one") {
  running_server s;
  client c(s.path);
  observer o(s.path);
  begin_capture(o, c);
  std::byte* at = c.arena();
  for (std::uint32_t size : {5u, 8u, 0u}) {
    const ringcall_frame_request head{size, 0};
    std::memcpy(at, &head, sizeof head);
    std::fill_n(at + sizeof head, size, std::byte{0x41});
    at += sizeof head + (size + 7) / 8 * 8;
  }
  const ringcall_frames_ref ref{c.memory.request_arena().offset, static_cast<std::uint32_t>(at - c.arena()), 3, 0};
  c.put_raw(echo, &ref, sizeof ref, RINGCALL_SHAPE_FRAMES);
  c.publish();
  REQUIRE(c.await(1).size() == 1);
  const auto all = wait_for(o, 3);
  CHECK(all[0].answer == std::vector<std::byte>(5, std::byte{0x41}));
  CHECK(all[1].answer.size() == 8);
  CHECK(all[2].request.empty());
}

TEST_CASE("calls on workers are captured with the time that their handlers took") {
  options opt;
  opt.workers = 1;
  running_server s(opt);
  client c(s.path);
  observer o(s.path);
  begin_capture(o, c);
  c.put_value(gate_worker, number{1});
  c.publish();
  REQUIRE(c.call(add, pair_request{1, 2}).as<std::int64_t>() == 3); // the worker's is not captured before it ends
  CHECK(wait_for(o, 1)[0].head.method == add);
  s.workers_gate.open(1);
  REQUIRE(c.await(1).size() == 1);
  const auto all = wait_for(o, 1);
  CHECK(all[0].head.method == gate_worker);
  CHECK(answer_of<std::uint64_t>(all[0]) == 1);
  CHECK(all[0].head.answered >= all[0].head.taken);
}

TEST_CASE("a capture that nobody reads drops what finds no room, and no client waits for it") {
  running_server s;
  client c(s.path);
  observer o(s.path);
  begin_capture(o, c, 64 << 10);
  for (std::int32_t round = 0; round < 100; ++round) {
    for (std::int32_t i = 0; i < 200; ++i) c.put_value(add, pair_request{i, round});
    c.publish();
    REQUIRE(c.await(200).size() == 200);
  }
  // The last calls are captured before they are answered.
  CHECK(o.captured().size() + o.dropped() == 20'000);
  CHECK(o.dropped() > 10'000);
  CHECK(c.call(add, pair_request{7, 8}).as<std::int64_t>() == 15);
  CHECK(answer_of<std::int64_t>(wait_for(o, 1)[0]) == 15); // there is room again
}

TEST_CASE("one observer captures at a time; the next may once it has ended it or is gone") {
  running_server s;
  client c(s.path);
  auto first = std::make_unique<observer>(s.path);
  observer second(s.path);
  begin_capture(*first, c);
  CHECK(std::string(second.tell(RINGCALL_COMMAND_CAPTURE, ring_bytes).message).find("another observer") != std::string::npos);
  CHECK(first->tell(RINGCALL_COMMAND_CAPTURE, 0).status == 0);
  begin_capture(second, c);
  CHECK(second.tell(RINGCALL_COMMAND_CAPTURE, 0).status == 0);
  begin_capture(*first, c);
  begin_capture(*first, c); // a new one in place of its own
  first.reset();
  CHECK(comes_true([&] { return second.tell(RINGCALL_COMMAND_CAPTURE, ring_bytes).status == 0; }));
  CHECK(c.call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
}

TEST_CASE("captures leave nothing behind") {
  server_process s({"--loops", "2"});
  client c(s.path);
  const auto round = [&] {
    observer o(s.path);
    const ringcall_reply r = o.tell(RINGCALL_COMMAND_CAPTURE, 8 << 20);
    REQUIRE(r.status == 0);
    REQUIRE(c.call(served::add, pair_request{1, 2}).as<std::int64_t>() == 3);
  };
  round();
  const auto descriptors = s.descriptors();
  const auto resident = s.resident_bytes();
  for (int i = 0; i < 20; ++i) round();
  CHECK(comes_true([&] { return s.descriptors() <= descriptors; }));
  CHECK(comes_true([&] { return s.resident_bytes() <= resident + (64u << 20); }));
}

TEST_CASE("clients attach at once while a large capture is made") {
  running_server s;
  int attached = 0; // in the best of some tries: each in a gap between two steps
  for (int tries = 0; tries < 20 && attached < 3; ++tries) {
    attached = 0;
    observer o(s.path);
    const ringcall_command command_ = command(RINGCALL_COMMAND_CAPTURE, 256 << 20);
    o.send(&command_, sizeof command_);
    pollfd reply{o.connection.get(), POLLIN, 0};
    while (poll(&reply, 1, 0) == 0) {
      client c(s.path);
      REQUIRE(c.call(add, pair_request{1, 2}).as<std::int64_t>() == 3);
      ++attached;
    }
    if (o.receive().status != 0) return; // a machine with little memory refuses it
  }
  CHECK(attached >= 3);
}
