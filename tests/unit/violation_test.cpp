// What a hostile client may put into the segment, and that each of it poisons its own channel.

#include "channel_fixture.hpp"

#include <doctest/doctest.h>

using namespace ringcall;
using namespace ringcall::test;

namespace {

// What the channel says after the client published a record of this shape.
template <class Ref>
bool poisoned_by(channel_fixture& f, std::uint16_t method, const Ref& ref) {
  f.client_side.put_ref(method, ref);
  f.client_side.publish();
  f.server_side.serve();
  return f.server_side.poisoned();
}

}  // namespace

TEST_CASE("a run longer than what may be outstanding poisons") {
  options o;
  o.slots = 4;
  channel_fixture f(o);
  slots::word(f.client_side.ring.ring.at(0)).store(make_word(0, 5, 8, 0));
  CHECK_FALSE(f.server_side.serve());
  CHECK(f.server_side.poisoned());
  CHECK(f.counters().calls == 0);
}

TEST_CASE("a run longer than the longest run poisons") {
  channel_fixture f;
  slots::word(f.client_side.ring.ring.at(0)).store(make_word(0, RINGCALL_RUN_MAX + 1, 8, 0));
  CHECK_FALSE(f.server_side.serve());
  CHECK(f.server_side.poisoned());
}

TEST_CASE("a wrong record inside a run poisons, and nothing of it is answered") {
  channel_fixture f;
  for (int i = 0; i < 3; ++i) f.client_side.put_value(add, pair_request{});
  slots::word(f.client_side.ring.ring.at(1)).store(make_word(1, 0, 8, RINGCALL_STATE_ANSWER));
  f.client_side.publish();
  CHECK_FALSE(f.server_side.serve());
  CHECK(f.server_side.poisoned());
  CHECK(std::string(f.server_side.violation()).find("inside a run") != std::string::npos);
  CHECK(f.client_side.reap().empty());
  CHECK(f.client_side.memory.header().server.reason == RINGCALL_VIOLATION_WORD);
}

TEST_CASE("a payload outside its arena poisons") {
  const std::uint64_t sizes[][2] = {{0, 131'073}, {131'072, 1}, {16, 131'072}, {8, 8}, {0xfffffff0u, 0x20}};
  for (auto [at, size] : sizes) {
    channel_fixture f;
    CAPTURE(at);
    CHECK(poisoned_by(f, echo, f.arena_request(size, static_cast<std::uint32_t>(at))));
  }
  channel_fixture below;
  CHECK(poisoned_by(below, echo, ringcall_arena_ref{0, 16, 0}));
}

TEST_CASE("a batch that leaves the arena or overlaps itself poisons") {
  auto with = [](auto change) {
    channel_fixture f;
    ringcall_batch_ref ref = f.good_batch(10);
    change(ref);
    return poisoned_by(f, scale, ref);
  };
  CHECK(with([](auto& r) { r.count = 0; }));
  CHECK(with([](auto& r) { r.count = 0xffffffffu; }));
  CHECK(with([](auto& r) { r.request_offset += 8; }));
  CHECK(with([](auto& r) { r.request_offset = 0; }));
  CHECK(with([](auto& r) { r.answer_offset = 4096; }));
  CHECK(with([](auto& r) { r.answer_offset = r.request_offset + 64; }));
  CHECK(with([](auto& r) { r.answer_offset = 0xfffffff0u; }));
  CHECK_FALSE(with([](auto& r) { r.count = 100; }));
}

TEST_CASE("payloads of one run that overlap poison: they would be work without measure") {
  channel_fixture f;
  const std::uint32_t half = f.client_side.memory.request_arena().size / 2;
  std::uint64_t bytes = 0;
  f.methods.add(100, make_bytes_method([&](std::span<const std::byte> in, answer&) { bytes += in.size(); }, on_loop));
  for (std::uint32_t i = 0; i < 2; ++i) f.client_side.put_ref(100, f.arena_request(half, i * half));
  f.client_side.publish();
  CHECK(f.server_side.serve());
  CHECK(bytes == 2 * half);
  for (int i = 0; i < 200; ++i) f.client_side.put_ref(100, f.arena_request(half));
  f.client_side.publish();
  CHECK_FALSE(f.server_side.serve());
  CHECK(f.server_side.poisoned());
  CHECK(std::string(f.server_side.violation()).find("overlap") != std::string::npos);
  CHECK(bytes == 4 * half);
}

TEST_CASE("batches of one run that overlap poison") {
  channel_fixture f;
  for (int i = 0; i < 200; ++i) f.client_side.put_ref(scale, f.good_batch(500));
  f.client_side.publish();
  CHECK_FALSE(f.server_side.serve());
  CHECK(f.server_side.poisoned());
  CHECK(f.counters().batch_records <= f.client_side.memory.request_arena().size / (2 * sizeof(number)));
}
