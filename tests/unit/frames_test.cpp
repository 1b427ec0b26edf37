// Many requests that came as one record: channel_frames.cpp.

#include "channel_fixture.hpp"
#include "sample.hpp"

#include <doctest/doctest.h>

#include <malloc.h>

using namespace ringcall;
using namespace ringcall::test;

namespace {

struct one_answer {
  std::uint32_t status, code;
  std::vector<std::byte> bytes;
};

struct frames_fixture : channel_fixture {
  using channel_fixture::channel_fixture;

  // Lays requests out at the arena's begin.
  ringcall_frames_ref lay(const std::vector<std::vector<std::byte>>& requests) {
    std::size_t at = 0;
    for (const auto& r : requests) {
      const ringcall_frame_request head{static_cast<std::uint32_t>(r.size()), 0};
      std::memcpy(client_side.arena() + at, &head, sizeof head);
      if (!r.empty()) std::memcpy(client_side.arena() + at + sizeof head, r.data(), r.size());
      at += sizeof head + (r.size() + 7) / 8 * 8;
    }
    return {client_side.memory.request_arena().offset, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(requests.size()), 0};
  }

  void post(std::uint16_t method, const ringcall_frames_ref& ref) {
    client_side.put_raw(method, &ref, sizeof ref, RINGCALL_SHAPE_FRAMES);
    client_side.publish();
    server_side.serve();
  }

  reply call(std::uint16_t method, const ringcall_frames_ref& ref) {
    post(method, ref);
    auto r = client_side.reap();
    REQUIRE(r.size() == 1);
    return r[0];
  }

  void poisons(const ringcall_frames_ref& ref) {
    post(echo, ref);
    CHECK(server_side.poisoned());
    server_side.flush(); // as for a worker's answer that comes later
    CHECK(std::string(server_side.violation()).find("batch") != std::string::npos);
    CHECK(client_side.reap().empty());
  }
};

ringcall_frames_done done_of(const reply& r) {
  REQUIRE(r.bytes.size() >= sizeof(ringcall_frames_done));
  return r.as<ringcall_frames_done>();
}

std::vector<one_answer> answers_of(const reply& r) {
  std::vector<one_answer> all;
  std::size_t at = sizeof(ringcall_frames_done);
  for (std::uint32_t i = 0; i < done_of(r).count; ++i) {
    ringcall_frame_answer head;
    REQUIRE(at + sizeof head <= r.bytes.size());
    std::memcpy(&head, r.bytes.data() + at, sizeof head);
    at += sizeof head;
    REQUIRE(at + head.size <= r.bytes.size());
    all.push_back({head.status, head.code, {r.bytes.begin() + static_cast<std::ptrdiff_t>(at), r.bytes.begin() + static_cast<std::ptrdiff_t>(at + head.size)}});
    at = std::min(at + (head.size + 7) / 8 * 8, r.bytes.size());
  }
  return all;
}

std::vector<std::byte> bytes_of(std::size_t size, unsigned seed = 0) {
  std::vector<std::byte> b(size);
  for (std::size_t i = 0; i < size; ++i) b[i] = static_cast<std::byte>(seed + i);
  return b;
}

// Bytes that the program has allocated. A sanitizer's allocator says 0.
std::size_t allocated() {
  const auto m = mallinfo2();
  return m.uordblks + m.hblkhd;
}

// So that no answer finds room in the arena.
void fill_arena(frames_fixture& f) {
  f.client_side.keep_regions = true;
  f.client_side.put_value(grow, number{65'520});
  f.client_side.publish();
  f.server_side.serve();
  REQUIRE(f.client_side.reap().size() == 1);
}

std::vector<std::byte> size_of(std::uint64_t size) {
  std::vector<std::byte> b(sizeof(number));
  std::memcpy(b.data(), &size, sizeof size);
  return b;
}

}  // namespace

TEST_CASE("frames are answered together and in order") {
  frames_fixture f;
  std::vector<std::vector<std::byte>> requests;
  for (unsigned i = 0; i < 20; ++i) requests.push_back(bytes_of(i * 13, i));
  const reply r = f.call(echo, f.lay(requests));
  CHECK(r.status == RINGCALL_OK);
  const auto answers = answers_of(r);
  REQUIRE(answers.size() == 20);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(answers[i].status == RINGCALL_OK);
    CHECK(answers[i].bytes == requests[i]);
  }
  CHECK(f.counters().batch_records == 20);
  CHECK(f.counters().answers == 1);
}

TEST_CASE("a frame that fails does so alone") {
  frames_fixture f;
  f.methods.add(100, make_bytes_method([](std::span<const std::byte> in, answer& out) {
    if (in.empty()) throw failure(42, "nothing there");
    out.assign({reinterpret_cast<const char*>(in.data()), in.size()});
  }, on_loop));
  const auto answers = answers_of(f.call(100, f.lay({bytes_of(3), {}, bytes_of(5)})));
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].bytes == bytes_of(3));
  CHECK(answers[1].status == RINGCALL_FAILED);
  CHECK(answers[1].code == 42);
  CHECK(answers[1].bytes.size() == std::strlen("nothing there"));
  CHECK(answers[2].bytes == bytes_of(5));
  CHECK(f.counters().failed == 1);
}

TEST_CASE("an answer that does not fit behind the others is kept, and what is behind it does not run") {
  frames_fixture f;
  const reply first = f.call(grow, f.lay({size_of(40'000), size_of(40'000), size_of(1)}));
  REQUIRE(answers_of(first).size() == 1);
  CHECK(answers_of(first)[0].bytes.size() == 40'000);
  const std::uint32_t ticket = done_of(first).ticket;
  REQUIRE(ticket != 0);
  CHECK(f.counters().batch_records == 2);

  const reply kept = f.call(grow, {0, 0, 0, ticket});
  CHECK(kept.status == RINGCALL_OK);
  CHECK(kept.bytes.size() == 40'000);
  CHECK(f.counters().batch_records == 2);
  const reply again = f.call(grow, {0, 0, 0, ticket});
  CHECK(again.status == RINGCALL_NO_ROOM);
}

TEST_CASE("an answer as large as the arena comes by itself") {
  frames_fixture f;
  const reply first = f.call(grow, f.lay({size_of(65'520)}));
  CHECK(done_of(first).count == 0);
  const reply kept = f.call(grow, {0, 0, 0, done_of(first).ticket});
  CHECK(kept.bytes.size() == 65'520);
  const auto over = answers_of(f.call(grow, f.lay({size_of(65'521)})));
  REQUIRE(over.size() == 1);
  CHECK(over[0].status == RINGCALL_TOO_LARGE);
}

TEST_CASE("answers to frames wait in server memory when the arena has no room") {
  frames_fixture f;
  fill_arena(f);
  f.post(echo, f.lay({bytes_of(100), bytes_of(200)}));
  CHECK(f.client_side.reap().empty());
  CHECK(f.counters().waited_answers == 1);
  f.client_side.ack(f.client_side.regions.at(0));
  f.server_side.serve();
  auto r = f.client_side.reap();
  REQUIRE(r.size() == 1);
  CHECK(answers_of(r[0]).size() == 2);
  CHECK(answers_of(r[0])[1].bytes == bytes_of(200));
}

TEST_CASE("answers that wait take the memory of their bytes, not of the arena that they might have filled") {
  frames_fixture f;
  f.methods.add(100, make_bytes_method([](std::span<const std::byte>, answer& out) {
    out.resize(60'000);
    out.resize(20);
  }, on_loop));
  fill_arena(f);
  const std::size_t before = allocated();
  for (int i = 0; i < 200; ++i) f.post(echo, f.lay({bytes_of(100)}));
  for (int i = 0; i < 200; ++i) {
    f.client_side.put_value(100, number{});
    f.client_side.publish();
    f.server_side.serve();
  }
  CHECK(f.counters().waited_answers == 400);
  CHECK(f.counters().no_room == 0);
  CHECK(allocated() < before + (1u << 20));
  f.client_side.ack(f.client_side.regions.at(0));
  f.client_side.keep_regions = false;
  std::size_t answered = 0;
  while (f.server_side.serve()) {
    for (auto r = f.client_side.reap(); !r.empty(); r = f.client_side.reap()) answered += r.size();
  }
  CHECK(answered == 400);
  CHECK(f.server_side.idle());
}

TEST_CASE("frames for which there is no memory do not run, and say so") {
  frames_fixture f;
  f.client_side.keep_regions = true;
  for (int i = 0; i < 17; ++i) { // one in the arena, 16 in server memory
    f.client_side.put_value(grow, number{65'520});
    f.client_side.publish();
    f.server_side.serve();
  }
  f.client_side.reap();
  const auto ran = f.counters().batch_records;
  const reply r = f.call(echo, f.lay({bytes_of(100)}));
  CHECK(r.status == RINGCALL_OK);
  CHECK(done_of(r).count == 0);
  CHECK(done_of(r).ticket == 0);
  CHECK(f.counters().batch_records == ran);
}

TEST_CASE("of answers that are kept the oldest give way") {
  frames_fixture f;
  std::vector<std::uint32_t> tickets;
  for (int i = 0; i < 20; ++i) tickets.push_back(done_of(f.call(grow, f.lay({size_of(65'520)}))).ticket);
  CHECK(f.call(grow, {0, 0, 0, tickets.front()}).status == RINGCALL_NO_ROOM);
  CHECK(f.call(grow, {0, 0, 0, tickets.back()}).bytes.size() == 65'520);
  CHECK(f.counters().no_room > 0);
}

TEST_CASE("no more answers are kept than the ring has slots, however small") {
  options o;
  o.slots = 16;
  frames_fixture f(o);
  std::vector<std::uint32_t> tickets;
  for (int i = 0; i < 20; ++i) {
    const reply r = f.call(grow, f.lay({size_of(65'432), size_of(1)})); // behind the first there is room for a head
    REQUIRE(done_of(r).count == 1);
    tickets.push_back(done_of(r).ticket);
    REQUIRE(tickets.back() != 0);
  }
  CHECK(f.counters().no_room == 4);
  CHECK(f.call(grow, {0, 0, 0, tickets.back() + 1}).status == RINGCALL_NO_ROOM);
  CHECK(f.call(grow, {0, 0, 0, 0}).status == RINGCALL_NO_ROOM);
  for (std::size_t i = 20; i-- > 0;) { // also those behind which others were taken away
    const reply r = f.call(grow, {0, 0, 0, tickets[i]});
    CHECK(r.status == (i < 4 ? RINGCALL_NO_ROOM : RINGCALL_OK));
    CHECK(r.bytes.size() == (i < 4 ? 0 : 1));
  }
}

TEST_CASE("frames of another kind than the method's are refused") {
  frames_fixture f;
  const auto answers = answers_of(f.call(add, f.lay({bytes_of(3)})));
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].status == RINGCALL_BAD_REQUEST);
  f.methods.add(100, make_bytes_method([](std::span<const std::byte>, answer&) {}, on_worker));
  const reply r = f.call(100, f.lay({bytes_of(3)}));
  CHECK(r.status == RINGCALL_BAD_REQUEST);
  CHECK(r.text().find("worker") != std::string::npos);
  CHECK(f.call(65'000, f.lay({bytes_of(3)})).status == RINGCALL_UNKNOWN_METHOD);
}

TEST_CASE("frames past their deadline do not run") {
  frames_fixture f;
  const ringcall_frames_ref ref = f.lay({bytes_of(3)});
  const auto past = static_cast<std::uint32_t>(f.client_side.memory.ticks(monotonic_ns()) - 10);
  f.client_side.put_raw(echo, &ref, sizeof ref, RINGCALL_SHAPE_FRAMES, past == 0 ? ~0u : past);
  f.client_side.publish();
  f.server_side.serve();
  auto r = f.client_side.reap();
  REQUIRE(r.size() == 1);
  CHECK(r[0].status == RINGCALL_EXPIRED);
  CHECK(f.counters().batch_records == 0);
}

TEST_CASE("frames whose deadline passes while they are served end early, and what is posted anew is expired") {
  frames_fixture f;
  const std::uint32_t now = f.client_side.memory.ticks(monotonic_ns()), deadline = std::max(now + 8'000, 1u); // half a second
  f.methods.add(100, make_bytes_method([&](std::span<const std::byte>, answer&) {
    while (static_cast<std::int32_t>(f.client_side.memory.ticks(monotonic_ns()) - deadline) < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }, on_loop));
  const ringcall_frames_ref ref = f.lay(std::vector<std::vector<std::byte>>(20));
  for (const ringcall_status status : {RINGCALL_OK, RINGCALL_EXPIRED}) {
    f.client_side.put_raw(100, &ref, sizeof ref, RINGCALL_SHAPE_FRAMES, deadline);
    f.client_side.publish();
    f.server_side.serve();
    auto r = f.client_side.reap();
    REQUIRE(r.size() == 1);
    REQUIRE(r[0].status == status);
    if (status != RINGCALL_OK) continue;
    CHECK(done_of(r[0]).count == 8);
    CHECK(done_of(r[0]).ticket == 0);
  }
  CHECK(f.counters().batch_records == 8);
}

TEST_CASE("frames that leave their area poison the channel") {
  SUBCASE("outside of the arena") {
    frames_fixture f;
    ringcall_frames_ref ref = f.lay({bytes_of(8)});
    ref.offset = 0;
    f.poisons(ref);
  }
  SUBCASE("not aligned") {
    frames_fixture f;
    ringcall_frames_ref ref = f.lay({bytes_of(8)});
    ref.offset += 8;
    f.poisons(ref);
  }
  SUBCASE("more of them than have room") {
    frames_fixture f;
    ringcall_frames_ref ref = f.lay({bytes_of(8)});
    ref.count = 1000;
    f.poisons(ref);
  }
  SUBCASE("fewer than are said") {
    frames_fixture f;
    ringcall_frames_ref ref = f.lay({bytes_of(8)});
    ref.count = 2;
    f.poisons(ref);
  }
  SUBCASE("one longer than the area") {
    frames_fixture f;
    const ringcall_frames_ref ref = f.lay({bytes_of(8)});
    const std::uint32_t size = 9;
    std::memcpy(f.client_side.arena(), &size, sizeof size);
    f.poisons(ref);
  }
}

TEST_CASE("no client gets to see what another's answers left behind") {
  frames_fixture f;
  auto ends = channel_fixture::connections();
  segment made = segment::create(options{}, 1);
  client other(segment::open(unique_fd(checked(fcntl(made.descriptor(), F_DUPFD_CLOEXEC, 3), "dup")), made.size()), std::move(ends.client));
  channel other_server(std::move(made), std::move(ends.server), client_info{2, 3, 3}, f.tools, spin_budget(0, 0));
  // The arenas of both are full, so that answers to frames are made in the loop's own memory.
  fill_arena(f);
  const std::vector<std::byte> secret(4000, std::byte{'S'});
  f.post(echo, f.lay({secret}));
  REQUIRE(f.counters().waited_answers == 1);
  other.keep_regions = true;
  other.put_value(grow, number{65'520});
  other.publish();
  other_server.serve();
  REQUIRE(other.reap().size() == 1);
  constexpr std::uint32_t count = 150;
  for (std::uint32_t i = 0; i < count; ++i) {
    const ringcall_frame_request head{1, 0};
    std::memcpy(other.arena() + i * 16, &head, sizeof head);
    other.arena()[i * 16 + 8] = std::byte{'a'};
  }
  const ringcall_frames_ref ref{other.memory.request_arena().offset, count * 16, count, 0};
  other.put_raw(echo, &ref, sizeof ref, RINGCALL_SHAPE_FRAMES);
  other.publish();
  other_server.serve();
  other.ack(other.regions.at(0));
  other_server.serve();
  const auto answers = other.reap();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].bytes.size() >= count * (sizeof(ringcall_frame_answer) + 8));
  CHECK(std::ranges::count(answers[0].bytes, std::byte{'S'}) == 0);
}
