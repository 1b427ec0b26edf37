// Results and failures as handlers write them.

#include "ringcall/result.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>

using namespace ringcall;

namespace {

enum class trouble : std::uint32_t { small = 1, big = 0xfffffffe };
enum class tiny : std::uint8_t { only = 200 };

result<std::string, trouble> greet(std::string_view name) {
  if (name.empty()) return error(trouble::small, "no name");
  return "hello " + std::string(name);
}

result<void, trouble> check(int age) {
  if (age < 18) return error(trouble::big);
  return {};
}

}  // namespace

TEST_CASE("a result has a value or a code and a message") {
  const auto good = greet("Ada");
  CHECK(good.has_value());
  CHECK(good);
  CHECK(good.value() == "hello Ada");
  CHECK(good.code() == trouble{});
  CHECK(good.message().empty());
  const auto bad = greet("");
  CHECK_FALSE(bad);
  CHECK(bad.code() == trouble::small);
  CHECK(bad.message() == "no name");
  CHECK(check(18));
  CHECK(check(17).code() == trouble::big);
}

TEST_CASE("a value that is not there is the failure that it stands for") {
  const auto thrown = [](auto f) {
    try {
      f();
    } catch (const failure& e) {
      return std::to_string(e.code()) + " " + e.what();
    }
    return std::string("nothing");
  };
  CHECK(thrown([] { unwrap(greet("")); }) == "1 no name");
  CHECK(thrown([] { (void)greet("").value(); }) == "1 no name");
  CHECK(thrown([] { unwrap(check(1)); }) == "4294967294 ");
  CHECK(thrown([] { check(1).value(); }) == "4294967294 ");
  CHECK(thrown([] { unwrap(check(20)); }) == "nothing");
  CHECK(unwrap(greet("Ada")) == "hello Ada");
  CHECK(thrown([] { throw failure(tiny::only, "x"); }) == "200 x");
  CHECK(thrown([] { throw failure(tiny::only); }) == "200 ");
}

TEST_CASE("a result moves what it holds") {
  result<std::unique_ptr<int>, trouble> r = std::make_unique<int>(3);
  CHECK(*unwrap(std::move(r)) == 3);
}

TEST_CASE("a result converts as its value does") {
  const auto text = []() -> result<std::string_view, trouble> { return "literal"; }();
  CHECK(text.value() == "literal");
  const auto number = []() -> result<std::int64_t, trouble> { return 3; }();
  CHECK(number.value() == 3);
  static_assert(!std::is_convertible_v<int, result<std::string, trouble>>);
  static_assert(!std::is_constructible_v<result<int, trouble>, error<tiny>>);
}

TEST_CASE("a code or a value of the same type are told apart") {
  const result<trouble, trouble> value = trouble::small, code = error(trouble::small);
  CHECK(value.has_value());
  CHECK_FALSE(code.has_value());
}
