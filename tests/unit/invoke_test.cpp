#include "invoke.hpp"

#include "ringcall/error.hpp"
#include "ringcall/result.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace ringcall;

namespace {

struct test_answer final : sendable_answer {
  test_answer() : sendable_answer(slot, sizeof slot) {}
  std::byte* grow(std::size_t size) override {
    if (size > 100) throw answer_too_large(size, 100);
    memory.resize(size);
    return memory.data();
  }
  std::string text() const { return {reinterpret_cast<const char*>(bytes()), size()}; }
  std::byte slot[16];
  std::vector<std::byte> memory;
};

struct number { std::uint64_t value; };

template <class F>
outcome run(F f, test_answer& out, std::size_t request_size = sizeof(number)) {
  const method m = make_method<number, number>(f, on_loop);
  const std::byte bytes[64]{};
  return invoke({&m, {bytes, request_size}}, out);
}

}  // namespace

TEST_CASE("an answer comes back with status ok") {
  test_answer out;
  CHECK(run([](const number&) { return number{7}; }, out).status == RINGCALL_OK);
  CHECK(out.size() == 8);
  CHECK(out.in_slot());
}

TEST_CASE("a failure carries code and message") {
  test_answer out;
  const outcome o = run([](const number&) -> number { throw failure(18, "under age"); }, out);
  CHECK(o.status == RINGCALL_FAILED);
  CHECK(o.detail == 18);
  CHECK(out.text() == "under age");
}

TEST_CASE("a failure's message is kept beyond a NUL, as that of a result is") {
  const std::string whole("cut\0here", 8);
  test_answer out;
  run([&](const number&) -> number { throw failure(18, whole); }, out);
  CHECK(out.text() == whole);
  enum class why : std::uint32_t { young = 18 };
  test_answer other;
  CHECK(run([&](const number&) { return unwrap(result<number, why>(error(why::young, whole))); }, other).detail == 18);
  CHECK(other.text() == whole);
}

TEST_CASE("any exception becomes a status") {
  test_answer a, b;
  CHECK(run([](const number&) -> number { throw std::runtime_error("plain"); }, a).status == RINGCALL_FAILED);
  CHECK(a.text() == "plain");
  CHECK(run([](const number&) -> number { throw 5; }, b).status == RINGCALL_FAILED);
  CHECK(b.text().find("no std::exception") != std::string::npos);
}

TEST_CASE("a message too large for anything is cut to the slot") {
  test_answer out;
  run([](const number&) -> number { throw std::runtime_error(std::string(500, 'x')); }, out);
  CHECK(out.text() == std::string(16, 'x'));
}

TEST_CASE("a request of the wrong size never reaches the handler") {
  test_answer out;
  bool ran = false;
  const outcome o = run([&](const number& n) { return ran = true, n; }, out, 4);
  CHECK(o.status == RINGCALL_BAD_REQUEST);
  CHECK_FALSE(ran);
  CHECK(out.text().find("4 bytes") != std::string::npos);
  CHECK(out.text().find("takes 8") != std::string::npos);
}

TEST_CASE("an answer beyond the arena names both sizes") {
  test_answer out;
  const method m = make_bytes_method([](std::span<const std::byte>, answer& a) { a.resize(5000); }, on_loop);
  CHECK(invoke({&m, {}}, out).status == RINGCALL_TOO_LARGE);
  CHECK(out.text().find("5000") != std::string::npos);
  CHECK(out.text().find("100") != std::string::npos);
}

TEST_CASE("a handler sees the copy that was checked") {
  std::uint64_t shared[3] = {1, 2, 3};
  struct triple { std::uint64_t v[3]; };
  const auto copy = detail::copy_once<triple>(reinterpret_cast<const std::byte*>(shared));
  shared[1] = 99;
  CHECK(copy.v[1] == 2);
}

TEST_CASE("records of odd sizes are copied whole") {
  struct odd { std::uint8_t b[7]; };
  struct half { std::uint32_t v[3]; };
  const odd o{{1, 2, 3, 4, 5, 6, 7}};
  const half h{{8, 9, 10}};
  CHECK(detail::copy_once<odd>(reinterpret_cast<const std::byte*>(&o)).b[6] == 7);
  CHECK(detail::copy_once<half>(reinterpret_cast<const std::byte*>(&h)).v[2] == 10);
}

namespace {

// Runs a batch of the numbers 0 to 9.
outcome run_ten(const method& m, test_answer& out, std::vector<std::uint64_t>& answers) {
  std::uint64_t requests[10];
  for (std::uint64_t i = 0; i < 10; ++i) requests[i] = i;
  answers.assign(10, 99);
  work w{&m, {}};
  w.batch_requests = reinterpret_cast<const std::byte*>(requests);
  w.batch_answers = reinterpret_cast<std::byte*>(answers.data());
  w.batch_count = 10;
  return invoke(w, out);
}

}  // namespace

TEST_CASE("a batch that fails for one record says for which") {
  const method m = make_method<number, number>([](const number& n) -> number { return n.value == 7 ? throw failure(18, "seven") : number{n.value + 1}; }, on_loop);
  test_answer out;
  std::vector<std::uint64_t> answers;
  const outcome o = run_ten(m, out, answers);
  CHECK(o.status == RINGCALL_BATCH_FAILED);
  CHECK(o.detail == 18);
  CHECK(out.text() == std::string("\7\0\0\0\0\0\0\0seven", 13));
  CHECK(answers == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 99, 99, 99});
}

TEST_CASE("the number of the failed record stays where its message is cut") {
  const method m = make_method<number, number>([](const number& n) -> number { return n.value == 0 ? throw failure(1, std::string(1000, 'x')) : n; }, on_loop);
  test_answer out;
  std::vector<std::uint64_t> answers;
  CHECK(run_ten(m, out, answers).status == RINGCALL_BATCH_FAILED);
  CHECK(out.text() == std::string(8, '\0') + std::string(16, 'x'));
}

TEST_CASE("a batch whose handler sees it as a whole fails as a whole") {
  const method m = make_batch_method<number, number>([](std::span<const number>, std::span<number>) { throw failure(4, "all of it"); }, on_loop);
  test_answer out;
  std::vector<std::uint64_t> answers;
  const outcome o = run_ten(m, out, answers);
  CHECK(o.status == RINGCALL_FAILED);
  CHECK(out.text() == "all of it");
}
