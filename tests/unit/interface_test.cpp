// A header as users write it, without the generator: it compiles everywhere and its methods can be called in a test.

#include "ringcall/interface.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstring>
#include <numeric>

namespace {

enum class quote_error : std::uint32_t { unknown_symbol = 1 };

class RINGCALL_SERVICE quotes {
 public:
  virtual ~quotes() = default;
  // The sum.
  RINGCALL_METHOD(1, idempotent, deadline(5ms)) virtual std::int64_t add(std::int32_t a, std::int32_t b) = 0;
  RINGCALL_METHOD(2, worker) virtual ringcall::result<double, quote_error> price_of(std::string_view symbol) = 0;
  RINGCALL_METHOD(3, oneway) virtual void note(std::string_view line) = 0;
  RINGCALL_METHOD(4, batch) virtual void price_all(std::span<const double> requests, std::span<double> answers) = 0;
  RINGCALL_METHOD(5, errors(quote_error)) virtual std::vector<std::string> names(ringcall::sequence<std::string_view> ids) = 0;
};

class my_quotes final : public quotes {
 public:
  std::int64_t add(std::int32_t a, std::int32_t b) override { return std::int64_t{a} + b; }
  ringcall::result<double, quote_error> price_of(std::string_view symbol) override {
    if (symbol != "A") return ringcall::error(quote_error::unknown_symbol, "no " + std::string(symbol));
    return 1.5;
  }
  void note(std::string_view line) override { noted += line; }
  void price_all(std::span<const double> requests, std::span<double> answers) override { std::copy(requests.begin(), requests.end(), answers.begin()); }
  std::vector<std::string> names(ringcall::sequence<std::string_view> ids) override {
    std::vector<std::string> all;
    for (const auto id : ids) all.emplace_back(id);
    return all;
  }

  std::string noted;
};

using ringcall::fixed_text;

}  // namespace

TEST_CASE("a service is a class that a test can call") {
  my_quotes q;
  CHECK(q.add(0x7fffffff, 1) == 0x80000000);
  CHECK(q.price_of("A").value() == 1.5);
  CHECK(q.price_of("B").code() == quote_error::unknown_symbol);
  q.note("x");
  CHECK(q.noted == "x");
  CHECK(q.names(ringcall::make_sequence<std::string_view>({"a", "b"})) == std::vector<std::string>{"a", "b"});
}

TEST_CASE("a fixed text is its bytes") {
  static_assert(sizeof(fixed_text<12>) == 14 && alignof(fixed_text<12>) == 2 && sizeof(fixed_text<1>) == 4 && sizeof(fixed_text<65535>) == 65538);
  static_assert(std::is_trivially_copyable_v<fixed_text<12>> && std::is_standard_layout_v<fixed_text<12>>);
  static_assert(offsetof(fixed_text<12>, data) == 2);
  constexpr fixed_text<5> constant("abc");
  static_assert(constant == "abc" && constant.size == 3);
  fixed_text<5> t;
  CHECK(std::string_view(t).empty());
  t = "abcde";
  CHECK(t == "abcde");
  t = std::string("x");
  CHECK(t == std::string("x"));
  const char zeros[5] = {'x', 0, 0, 0, 0};
  CHECK(std::memcmp(t.data, zeros, sizeof zeros) == 0);
  CHECK_THROWS_AS(t = "abcdef", std::length_error);
  CHECK(t == "x");
}

TEST_CASE("a fixed text compares with any text") {
  const fixed_text<5> a("a"), b("b");
  const fixed_text<9> wide("a");
  CHECK(a == wide);
  CHECK(a != b);
  CHECK(a < b);
  CHECK(b > std::string_view("a"));
  CHECK("a" == a);
  CHECK((a <=> std::string("aa")) == std::strong_ordering::less);
  CHECK(fixed_text<4>(a) == a);
}

TEST_CASE("a size that a peer wrote never leads outside a fixed text") {
  fixed_text<3> t("abc");
  t.size = 65535;
  CHECK(std::string_view(t) == "abc");
  CHECK(t == "abc");
}
