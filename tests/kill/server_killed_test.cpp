// A C++ server is killed after any instruction; the test client survives.

#include "stepper.hpp"
#include "sweep.hpp"

#include <doctest/doctest.h>

using namespace ringcall::kill;

TEST_CASE("a server killed at any instruction leaves each call one outcome, and a true one") {
  skip_unless_traceable();
  const auto s = make_cpp_survivor();
  const report r = kill_servers(*s, {});
  r.print("C++ server, C++ client survives");
  CHECK(r.tried > 100);
  CHECK(r.missed * 2 < r.tried);
  CHECK(r.violations.empty());
}
