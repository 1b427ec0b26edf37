// Records without bytes, with bools and with padding, on each of the ways that a call may take.

#include "channel_fixture.hpp"
#include "frames.hpp"

#include <doctest/doctest.h>

#include <bit>

using namespace ringcall;
using namespace ringcall::test;

namespace {

struct switches {
  std::uint32_t number;
  bool first;
  std::uint8_t other;
  bool last;
};
struct wide_switches {
  std::uint64_t numbers[8];
  bool on[3];
};
struct seen {
  std::uint8_t first, last;
};
// Padding that no generator has read.
struct loose {
  std::uint64_t number;
  std::uint8_t unit;
  std::uint64_t other[4];
  std::uint8_t last;
};

loose soiled(std::uint64_t number) {
  loose l;
  std::memset(static_cast<void*>(&l), 0xee, sizeof l);
  l.number = number;
  l.unit = l.last = 7;
  for (std::uint64_t& o : l.other) o = 1;
  return l;
}

bool is_clean(std::span<const std::byte> bytes) { return std::ranges::find(bytes, std::byte{0xee}) == bytes.end(); }

std::uint8_t raw(const bool& b) { return std::bit_cast<std::uint8_t>(b); }

}  // namespace

template <>
inline constexpr std::array<std::uint32_t, 2> ringcall::bool_offsets<switches>{4, 6};
template <>
inline constexpr std::array<std::uint32_t, 3> ringcall::bool_offsets<wide_switches>{64, 65, 66};

namespace {

void add_methods(channel_fixture& f, int& ran) {
  f.methods.add(100, make_method<void, void>([&] { ++ran; }, on_loop));
  f.methods.add(101, make_method<void, number>([&] { return number{static_cast<std::uint64_t>(++ran)}; }, on_loop));
  f.methods.add(102, make_method<number, void>([&](const number& n) { ran += static_cast<int>(n.value); }, on_loop));
  f.methods.add(103, make_method<void, void>([&] { throw failure(5, "no"); }, on_loop));
  f.methods.add(104, make_method<switches, seen>([](const switches& s) { return seen{raw(s.first), raw(s.last)}; }, on_loop));
  f.methods.add(105, make_method<wide_switches, seen>([](const wide_switches& s) { return seen{raw(s.on[0]), raw(s.on[2])}; }, on_loop));
  f.methods.add(106, make_method<bool, bool>([](bool b) { return !b; }, on_loop));
}

constexpr std::uint8_t raw_switches[12] = {9, 0, 0, 0, 2, 2, 0x80};

}  // namespace

TEST_CASE("a method without a request or an answer is called, many in one run") {
  channel_fixture f;
  int ran = 0;
  add_methods(f, ran);
  for (int i = 0; i < 3; ++i) f.client_side.put(100, {});
  f.client_side.put(101, {});
  f.client_side.put_value(102, number{10});
  f.client_side.put(103, {});
  f.client_side.put(101, {});
  f.client_side.publish();
  REQUIRE(f.server_side.serve());
  const auto r = f.client_side.reap();
  REQUIRE(r.size() == 7);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(r[i].status == RINGCALL_OK);
    CHECK(r[i].bytes.empty());
    CHECK(r[i].id == i);
  }
  CHECK(r[3].as<std::uint64_t>() == 4);
  CHECK(r[4].status == RINGCALL_OK);
  CHECK(r[4].bytes.empty());
  CHECK(r[5].status == RINGCALL_FAILED);
  CHECK(r[5].text() == "no");
  CHECK(r[6].as<std::uint64_t>() == 15);
}

TEST_CASE("bytes for a method that takes none are a bad request") {
  channel_fixture f;
  int ran = 0;
  add_methods(f, ran);
  f.client_side.put_value(100, number{1});
  f.client_side.put(102, {});
  f.client_side.put_ref(100, f.arena_request(32));
  f.client_side.publish();
  f.server_side.serve();
  const auto r = f.client_side.reap();
  REQUIRE(r.size() == 3);
  CHECK(r[0].status == RINGCALL_BAD_REQUEST);
  CHECK(r[0].text() == "a request of 8 bytes, the method takes 0");
  CHECK(r[1].status == RINGCALL_BAD_REQUEST);
  CHECK(r[2].status == RINGCALL_BAD_REQUEST);
  CHECK(ran == 0);
}

TEST_CASE("a batch needs requests, but no answers") {
  channel_fixture f;
  int ran = 0;
  add_methods(f, ran);
  const std::uint64_t values[3] = {1, 2, 3};
  std::memcpy(f.client_side.arena(), values, sizeof values);
  ringcall_batch_ref ref = f.good_batch(3);
  ref.answer_size = 0;
  f.client_side.put_ref(102, ref);
  ref.request_size = 0;
  f.client_side.put_ref(100, ref);
  f.client_side.publish();
  f.server_side.serve();
  const auto r = f.client_side.reap();
  REQUIRE(r.size() == 2);
  CHECK(r[0].status == RINGCALL_OK);
  CHECK(r[0].as<std::uint32_t>() == 3);
  CHECK(ran == 6);
  CHECK(r[1].status == RINGCALL_BAD_REQUEST);
}

TEST_CASE("a bool in a slot is true or false to its handler, whatever was written") {
  channel_fixture f;
  int ran = 0;
  add_methods(f, ran);
  for (int i = 0; i < 2; ++i) f.client_side.put_raw(104, raw_switches, sizeof raw_switches, sizeof(switches));
  f.client_side.put_raw(106, "\2", 1, 1);
  f.client_side.publish();
  f.server_side.serve();
  const auto r = f.client_side.reap();
  REQUIRE(r.size() == 3);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(r[i].as<seen>().first == 1);
    CHECK(r[i].as<seen>().last == 1);
  }
  CHECK(r[2].as<std::uint8_t>() == 0);
}

TEST_CASE("a bool in the arena and in a batch is, too") {
  channel_fixture f;
  int ran = 0;
  add_methods(f, ran);
  std::byte* arena = f.client_side.arena();
  std::memset(arena, 0xff, 4096);
  f.client_side.put_ref(105, f.arena_request(sizeof(wide_switches)));
  ringcall_batch_ref ref = f.good_batch(2);
  ref.request_offset += 2048;
  ref.request_size = sizeof(switches);
  ref.answer_size = sizeof(seen);
  f.client_side.put_ref(104, ref);
  f.client_side.publish();
  f.server_side.serve();
  const auto r = f.client_side.reap();
  REQUIRE(r.size() == 2);
  CHECK(r[0].as<seen>().first == 1);
  CHECK(r[0].as<seen>().last == 1);
  REQUIRE(r[1].status == RINGCALL_OK);
  for (std::size_t i = 0; i < 4; ++i) CHECK(arena[4096 + i] == std::byte{1});
}

#if __has_builtin(__builtin_clear_padding)
TEST_CASE("padding of a hand-written struct is zero in answers, also in those that a handler fills in place") {
  channel_fixture f;
  f.methods.add(110, make_method<number, loose>([](const number& n) { return soiled(n.value); }, on_loop));
  f.methods.add(111, make_batch_method<number, loose>([](std::span<const number> n, std::span<loose> answers) {
    for (std::size_t i = 0; i < n.size(); ++i) answers[i] = soiled(n[i].value);
    if (n[0].value == 3) throw failure(5, "no");
  }, on_loop));
  const std::uint64_t values[2] = {3, 4};
  std::memcpy(f.client_side.arena(), values, sizeof values);
  ringcall_batch_ref ref = f.good_batch(2);
  ref.answer_size = sizeof(loose);
  f.client_side.put_value(110, number{1});
  f.client_side.put_value(110, number{2});
  f.client_side.put_ref(110, f.arena_request(sizeof(number)));
  f.client_side.put_value(111, number{2});
  f.client_side.put_ref(110, ref);
  f.client_side.publish();
  f.server_side.serve();
  auto r = f.client_side.reap();
  REQUIRE(r.size() == 5);
  for (std::size_t i = 0; i < 4; ++i) {
    CAPTURE(i);
    REQUIRE(r[i].bytes.size() == sizeof(loose));
    CHECK(is_clean(r[i].bytes));
    CHECK(r[i].as<loose>().last == 7);
  }
  REQUIRE(r[4].status == RINGCALL_OK);
  const std::span<const std::byte> answers(f.client_side.arena() + 4096, 2 * sizeof(loose));
  CHECK(is_clean(answers));
  f.client_side.put_ref(111, ref);
  f.client_side.publish();
  f.server_side.serve();
  r = f.client_side.reap();
  REQUIRE(r.size() == 1);
  CHECK(r[0].status == RINGCALL_FAILED);
  CHECK(is_clean(answers));
}
#endif
