// The arguments of RINGCALL_METHOD. What is wrong with them is in bad/options.hpp and bad/ids.hpp.

#include "annotations.hpp"

#include <doctest/doctest.h>

using namespace ringcall;

namespace {

gen::method_options parse(const char* text) {
  std::vector<std::string> faults;
  auto o = gen::parse_method_options(text, faults);
  CHECK(faults.empty());
  return o;
}

std::size_t faults_in(const char* text) {
  std::vector<std::string> faults;
  gen::parse_method_options(text, faults);
  return faults.size();
}

}  // namespace

TEST_CASE("an id alone is enough") {
  CHECK(parse("0").id == 0);
  CHECK(parse(" 65535 ").id == 65535);
  CHECK(parse("7").deadline_ns == 0);
}

TEST_CASE("options come in any order and spacing") {
  const auto o = parse("12, worker ,errors( market::trouble ),idempotent, deadline ( 250 us )");
  CHECK(o.id == 12);
  CHECK(o.worker);
  CHECK(o.idempotent);
  CHECK_FALSE(o.oneway);
  CHECK_FALSE(o.batch);
  CHECK(o.errors == "market::trouble");
  CHECK(o.deadline_ns == 250'000);
}

TEST_CASE("every unit of a deadline is known") {
  CHECK(parse("1, deadline(1ns)").deadline_ns == 1);
  CHECK(parse("1, deadline(1us)").deadline_ns == 1'000);
  CHECK(parse("1, deadline(1ms)").deadline_ns == 1'000'000);
  CHECK(parse("1, deadline(1s)").deadline_ns == 1'000'000'000);
  CHECK(parse("1, deadline(1min)").deadline_ns == 60'000'000'000);
  CHECK(parse("1, deadline(1h)").deadline_ns == 3'600'000'000'000);
}

TEST_CASE("all faults of one annotation are told") {
  CHECK(faults_in("x, y, deadline(z)") == 3);
  CHECK(faults_in("") == 1);
  CHECK(faults_in("1, deadline(9223372036s)") == 0);
  CHECK(faults_in("1, deadline(9223372037s)") == 1);
  CHECK(faults_in("1, deadline(-1s)") == 1);
  CHECK(faults_in("1, errors(a b)") == 1);
  CHECK(faults_in("1, batch(2)") == 1);
}
