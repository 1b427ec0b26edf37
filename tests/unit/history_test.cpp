// What a server notes of its executions, and of its requests.

#include "channel_fixture.hpp"

#include "history.hpp"
#include "request_log.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

using namespace ringcall;
using namespace ringcall::test;

namespace {

struct recorded_channel : channel_fixture {
  recorded_channel() {
    add(100, make_method<number, number>([](const number& n) { return number{n.value + 1}; }, on_loop));
    add(101, make_method<number, number>([](const number& n) { return n.value % 2 != 0 ? throw std::runtime_error("odd") : n; }, on_loop));
  }

  void add(std::uint16_t id, method m) { methods.add(id, log.recorded(id, std::move(m))); }

  std::vector<reply> serve() {
    client_side.publish();
    server_side.serve();
    return client_side.reap();
  }

  // All marks but the header.
  std::vector<history_record> marks() {
    for (const auto& entry : std::filesystem::directory_iterator(directory.path())) {
      std::ifstream file(entry.path(), std::ios::binary);
      std::vector<history_record> found;
      for (history_record r{}; file.read(reinterpret_cast<char*>(&r), sizeof r) && r.kind != 0;) found.push_back(r);
      REQUIRE(found.at(0).kind == history_server);
      return {found.begin() + 1, found.end()};
    }
    return {};
  }
  std::vector<std::uint64_t> kinds() {
    std::vector<std::uint64_t> all;
    for (const history_record& r : marks()) all.push_back(r.kind);
    return all;
  }

  temporary_directory directory;
  history log{directory.path().c_str()};
};

template <class T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

}  // namespace

TEST_CASE("an execution is noted before and after, with the key of its request and the client") {
  recorded_channel f;
  f.client_side.put_value(100, number{7});
  const auto replies = f.serve();
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].as<number>().value == 8);
  const auto marks = f.marks();
  REQUIRE(marks.size() == 2);
  CHECK(marks[0].kind == history_begin);
  CHECK(marks[0].key == history_key(100, bytes_of(number{7})));
  CHECK(marks[0].method == 100);
  CHECK(marks[0].size == sizeof(number));
  CHECK(marks[0].pid == 2);
  CHECK(marks[1].kind == history_end);
  CHECK(marks[1].number == marks[0].number);
  CHECK(marks[1].time_ns >= marks[0].time_ns);
}

TEST_CASE("the records of a run are noted one by one, answered as ever, and one that throws has failed") {
  recorded_channel f;
  for (std::uint64_t i = 0; i < 4; ++i) f.client_side.put_value(101, number{i});
  const auto replies = f.serve();
  REQUIRE(replies.size() == 4);
  for (std::uint64_t i = 0; i < 4; ++i) {
    CHECK(replies[i].status == (i % 2 != 0 ? RINGCALL_FAILED : RINGCALL_OK));
    if (i % 2 == 0) CHECK(replies[i].as<number>().value == i);
  }
  CHECK(f.kinds() == std::vector<std::uint64_t>{history_begin, history_end, history_begin, history_failed, history_begin, history_end, history_begin, history_failed});
  CHECK(f.counters().runs == 1);
}

TEST_CASE("what is refused or expired is not noted, for no handler ran") {
  recorded_channel f;
  const std::uint32_t now = f.client_side.memory.ticks(monotonic_ns());
  f.client_side.put_value(100, number{1}, now - 1 == 0 ? 1 : now - 1);
  f.client_side.put_value(100, std::uint32_t{1});
  const auto replies = f.serve();
  REQUIRE(replies.size() == 2);
  CHECK(replies[0].status == RINGCALL_EXPIRED);
  CHECK(replies[1].status == RINGCALL_BAD_REQUEST);
  for (const std::uint64_t kind : f.kinds()) CHECK((kind == history_begin || kind == history_untouched));
}

TEST_CASE("of a batch in which a record fails, those before it have ended and those behind it were not touched") {
  recorded_channel f;
  const ringcall_batch_ref batch = f.good_batch(4);
  const number numbers[] = {{2}, {4}, {5}, {6}};
  std::memcpy(f.client_side.memory.base() + batch.request_offset, numbers, sizeof numbers);
  f.client_side.put_ref(101, batch);
  const auto replies = f.serve();
  REQUIRE(replies.size() == 1);
  CHECK(replies[0].status == RINGCALL_BATCH_FAILED);
  CHECK(f.kinds() == std::vector<std::uint64_t>{history_begin, history_begin, history_begin, history_begin, history_end, history_end, history_failed, history_untouched});
}

TEST_CASE("the key depends on every byte, on the size and on the method") {
  std::byte bytes[20]{};
  const std::uint64_t whole = history_key(1, bytes);
  CHECK(whole != history_key(2, bytes));
  CHECK(whole != history_key(1, std::span(bytes).first(19)));
  for (std::byte& b : bytes) {
    b = std::byte{1};
    CHECK(whole != history_key(1, bytes));
    b = std::byte{0};
  }
  // What tools/campaigns makes of them.
  for (std::size_t i = 0; i < sizeof bytes; ++i) bytes[i] = static_cast<std::byte>(i);
  CHECK(history_key(7, bytes) == 0x3bddef8a3cd3b3e9);
}

TEST_CASE("requests and answers are logged, each on a line of its own; what failed is not") {
  channel_fixture f;
  temporary_directory directory;
  request_log log((directory / "requests").c_str());
  f.methods.add(100, log.recorded(100, make_method<number, number>([](const number& n) { return n.value == 9 ? throw failure(1, "nine") : number{n.value + 1}; }, on_loop)));
  f.client_side.put_value(100, number{0x0102});
  f.client_side.put_value(100, number{9});
  const ringcall_batch_ref batch = f.good_batch(1);
  const number one{3};
  std::memcpy(f.client_side.memory.base() + batch.request_offset, &one, sizeof one);
  f.client_side.put_ref(100, batch);
  f.client_side.publish();
  f.server_side.serve();
  CHECK(f.client_side.reap().size() == 3);
  std::ifstream file(directory / "requests");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(text == "100 0201000000000000 0301000000000000\n100 0300000000000000 0400000000000000\n");
}
