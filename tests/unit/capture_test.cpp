// The capture ring, both ends in one thread: what goes in comes out, what finds no room is dropped, and a reader's lies harm nobody else.

#include "capture.hpp"
#include "capture_reader.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <span>
#include <system_error>

using namespace ringcall;
using namespace ringcall::test;

namespace {

constexpr std::uint64_t bytes = 4096;

// A ring in ordinary memory, with a fence behind it.
struct fixture {
  fixture() {
    std::memcpy(memory + sizeof(ringcall_capture) + bytes, &fence, sizeof fence);
    head->magic = RINGCALL_CAPTURE_MAGIC;
    head->bytes = bytes;
  }
  ~fixture() { CHECK(std::memcmp(memory + sizeof(ringcall_capture) + bytes, &fence, sizeof fence) == 0); }

  void write(std::uint64_t number, std::size_t request, std::size_t answer) {
    const std::vector<std::byte> in(request, static_cast<std::byte>(number)), out(answer, static_cast<std::byte>(~number));
    ring.write({static_cast<std::uint16_t>(number), RINGCALL_OK, 0, number, number, number + 5}, in, out);
  }

  std::uint64_t fence = 0x0123456789abcdef;
  alignas(ringcall_capture) std::byte memory[sizeof(ringcall_capture) + bytes + sizeof fence]{};
  ringcall_capture* head = reinterpret_cast<ringcall_capture*>(memory);
  capture_ring ring{head, bytes};
};

}  // namespace

TEST_CASE("what is captured is read as it was, also around the ring's end") {
  fixture f;
  capture_reader reader(f.head);
  std::mt19937 random(1);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    const std::size_t request = random() % 700, answer = random() % 700;
    f.write(i, request, answer);
    const auto calls = reader.read();
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].head.method == static_cast<std::uint16_t>(i));
    CHECK(calls[0].head.channel == i);
    CHECK(calls[0].head.answered - calls[0].head.taken == 5);
    CHECK(calls[0].request == std::vector<std::byte>(request, static_cast<std::byte>(i)));
    CHECK(calls[0].answer == std::vector<std::byte>(answer, static_cast<std::byte>(~i)));
  }
  CHECK(reader.dropped() == 0);
}

TEST_CASE("what finds no room is dropped and counted, and there is room again once it was read") {
  fixture f;
  capture_reader reader(f.head);
  std::uint64_t fit = 0;
  while (reader.dropped() == 0) f.write(fit++, 100, 100);
  f.write(7, 100, 100);
  CHECK(reader.dropped() == 2);
  CHECK(reader.read().size() == fit - 1);
  f.write(8, 100, 100);
  const auto calls = reader.read();
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].head.method == 8);
}

TEST_CASE("a call larger than the ring is dropped, and the next one is captured") {
  fixture f;
  capture_reader reader(f.head);
  f.write(1, bytes, 0);
  f.write(2, bytes - sizeof(ringcall_captured), 0);
  const auto calls = reader.read();
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].head.method == 2);
  CHECK(reader.dropped() == 1);
}

TEST_CASE("a call that ends before it begins, by a clock that was set anew, took no time") {
  fixture f;
  capture_reader reader(f.head);
  f.ring.write({1, RINGCALL_OK, 0, 1, 100, 99}, {}, {});
  CHECK(reader.read()[0].head.answered == 100);
}

TEST_CASE("a reader that lies about what it has read gets no room for it, and the writer stays in its ring") {
  for (std::uint64_t lie : {std::uint64_t{1} << 63, ~std::uint64_t{0}, bytes * 100, std::uint64_t{4104}}) {
    CAPTURE(lie);
    fixture f;
    while (std::atomic_ref(f.head->dropped).load() == 0) f.write(1, 100, 100);
    f.head->read = lie; // more than was written
    f.write(1, 100, 100);
    CHECK(f.head->dropped == 2);
    f.head->read = f.head->written;
    f.write(1, 100, 100);
    f.head->read = 0; // backwards
    for (int i = 0; i < 100; ++i) f.write(1, 100, 100);
    CHECK(f.head->dropped > 2);
  }
}

TEST_CASE("a reader that scribbles all over the ring changes nothing for the writer") {
  fixture f;
  std::mt19937_64 random(7);
  for (int i = 0; i < 20'000; ++i) {
    auto* words = reinterpret_cast<std::uint64_t*>(f.memory);
    words[random() % ((sizeof(ringcall_capture) + bytes) / 8)] = random();
    f.head->read = random() % 4 == 0 ? random() : f.head->written;
    f.write(random() & 0xff, random() % 300, random() % 300);
  }
}

TEST_CASE("a capture's file has a ring for each loop, and says when it is ready") {
  capture_file file(3, capture_file::bytes_least * 64);
  int steps = 0;
  while (!file.prepare()) ++steps;
  CHECK(steps >= 5); // one after another, so that others are served in between
  file.ring(1).write({5, RINGCALL_FAILED, 9, 1, 2, 3}, {}, {});
  CHECK(file.ring(2).head().part == 2);
  CHECK(file.ring(1).head().parts == 3);
  CHECK(capture_reader(&file.ring(0).head()).read().empty());
  const auto calls = capture_reader(&file.ring(1).head()).read();
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].head.detail == 9);
}

TEST_CASE("a capture larger than the machine can bear is refused") { CHECK_THROWS_AS(capture_file(4096, capture_file::bytes_most), std::system_error); }
