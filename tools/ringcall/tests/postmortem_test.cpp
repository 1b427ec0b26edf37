// What is told of dead servers: from dumps as clients write them, and from memory.

#include "golden.hpp"

#include "postmortem.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

using namespace ringcall::tool;
using namespace ringcall::tool::test;

namespace {

struct box_bytes {
  ringcall_black_box head{};
  ringcall_black_box_run runs[RINGCALL_BLACK_BOX_RUNS]{};
};

// 70 runs of three records; in the last one the second record's handler runs.
box_bytes made_up_box() {
  box_bytes b;
  b.head.runs = 70;
  b.head.running_position = 69 * 3 + 1;
  b.head.running_count = 1;
  b.head.running_method = 7;
  for (std::uint64_t n = 7; n < 70; ++n) {
    auto& r = b.runs[n % RINGCALL_BLACK_BOX_RUNS];
    r.position = n * 3;
    r.taken = 1'000'000'000 + n * 1'000'000;
    r.count = 3;
    r.method = n % 2 == 0 ? 1 : 7;
    r.ended = n == 69 ? 1 : 3;
    r.failed = n == 60 ? 1 : 0;
    r.last_status = n == 60 ? RINGCALL_FAILED : RINGCALL_OK;
  }
  return b;
}

std::string made_up_dump() {
  const box_bytes b = made_up_box();
  std::string text =
      "ringcall-dump: 1\nserver: quotes\nepoch: 00000123456789ab\npid: 4711\nclient: 4712\ncause: killed by signal 9\ntime: 2026-01-02T03:04:05.000000006Z\n"
      "clock: 1 4294967296 0 0 1072000000\ntaken: 210\nreaped: 207\nposted: 213\nmethod: 1 quotes.last_price\nmethod: 7 quotes.history\nfuture: whatever\n"
      "call: 208 7 may-have-run\ncall: 209 7 may-have-run\ncall: 210 1 never-started\nblack-box: " + std::to_string(sizeof b) + "\n\n";
  return text.append(reinterpret_cast<const char*>(&b), sizeof b);
}

std::string problem_of(const std::string& bytes) {
  try {
    parse_dump(bytes, "x.dump");
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("a dump tells what was running, what was without an answer, and the last runs") { compare_with_golden("postmortem.txt", postmortem_text(parse_dump(made_up_dump(), "x.dump"))); }

TEST_CASE("the black box's newest runs come first, and go round its end") {
  const box_bytes b = made_up_box();
  const auto box = decode_black_box(std::as_bytes(std::span(&b, 1)));
  REQUIRE(box);
  REQUIRE(box->last.size() == RINGCALL_BLACK_BOX_RUNS);
  CHECK(box->last.front().position == 69 * 3);
  CHECK(box->last.back().position == 7 * 3);
  CHECK(box->running);
}

TEST_CASE("runs that cannot be are left out") {
  box_bytes b = made_up_box();
  b.runs[69 % RINGCALL_BLACK_BOX_RUNS].count = 1'000'000;
  b.runs[68 % RINGCALL_BLACK_BOX_RUNS].ended = 4;
  b.head.running_position = ~0ull;
  const auto box = decode_black_box(std::as_bytes(std::span(&b, 1)));
  CHECK(box->last.front().position == 67 * 3);
  CHECK_FALSE(box->running);
}

TEST_CASE("a truncated, foreign or newer dump is refused, and it says why") {
  const std::string whole = made_up_dump();
  CHECK(problem_of("#!/bin/sh\n") == "x.dump: this is no dump of ringcall: it does not begin with 'ringcall-dump: 1'");
  CHECK(problem_of("") == problem_of("#!/bin/sh\n"));
  CHECK(problem_of(whole.substr(0, 100)) == "x.dump: the dump is cut off within its head");
  CHECK(problem_of(whole.substr(0, whole.size() - 1)).starts_with("x.dump: the dump is cut off: its black box has 4095 of 4096 bytes"));
  CHECK(problem_of("ringcall-dump: 2\n\n") == "x.dump: a dump of version 2, this tool knows 1; use a newer ringcall");
  for (std::size_t size = 0; size < whole.size(); ++size) REQUIRE(problem_of(whole.substr(0, size)) != "none");
  CHECK(problem_of(whole) == "none");
}

TEST_CASE("a dump's text cannot steer the terminal") {
  const auto r = parse_dump("ringcall-dump: 1\nserver: a\x1b[2J\nmethod: 3 b\x1b\nblack-box: 0\n\n", "x.dump");
  CHECK(r.server == "a?[2J");
  CHECK(r.methods.at(3) == "b?");
  CHECK_FALSE(r.box);
}

TEST_CASE("memory that is no segment, or whose offsets leave it, tells nothing and harms nothing") {
  std::vector<std::byte> memory(3 * RINGCALL_PAGE_SIZE);
  CHECK_THROWS(decode_segment(memory, "m"));
  auto& h = *reinterpret_cast<ringcall_segment_header*>(memory.data());
  h.magic = RINGCALL_SEGMENT_MAGIC;
  h.abi_version = RINGCALL_ABI_VERSION;
  h.black_box_offset = 0xfffffff0;
  h.black_box_size = 4096;
  h.rings[0] = {.slots_offset = 0xffffff00, .slot_count = 16384, .slot_stride = 64, .control_offset = 0xffffff00};
  CHECK_FALSE(decode_segment(memory, "m").taken);
  h.rings[0].control_offset = RINGCALL_CONTROL_OFFSET;
  CHECK(decode_segment(memory, "m").calls.empty());
}

TEST_CASE("requests behind the last taken one never started") {
  std::vector<std::byte> memory(4 * RINGCALL_PAGE_SIZE);
  auto& h = *reinterpret_cast<ringcall_segment_header*>(memory.data());
  h.magic = RINGCALL_SEGMENT_MAGIC;
  h.abi_version = RINGCALL_ABI_VERSION;
  h.rings[0] = {.slots_offset = 3 * RINGCALL_PAGE_SIZE, .slot_count = 8, .slot_stride = 32, .control_offset = RINGCALL_CONTROL_OFFSET};
  reinterpret_cast<ringcall_ring_control*>(memory.data() + RINGCALL_CONTROL_OFFSET)->taken = 14;
  auto post = [&](std::uint64_t position, std::uint64_t count, std::uint16_t method, bool answer = false) {
    auto& slot = *reinterpret_cast<ringcall_slot_header*>(memory.data() + 3 * RINGCALL_PAGE_SIZE + position % 8 * 32);
    slot.word = position << RINGCALL_POSITION_SHIFT | count << RINGCALL_COUNT_SHIFT | (answer ? 1 : 0);
    slot.code = method;
  };
  post(13, 1, 1, true);
  post(14, 2, 4);
  post(15, 0, 5);
  post(16, 1, 6);
  post(17, 0, 6); // inside no run: never published
  const auto r = decode_segment(memory, "m");
  REQUIRE(r.calls.size() == 3);
  CHECK(r.calls[1].position == 15);
  CHECK(r.calls[2].method == 6);
  CHECK(r.posted == 17);
}
