// A C++ server is killed after any instruction; the Go client survives.

#include "go_survivor.hpp"
#include "stepper.hpp"
#include "sweep.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace ringcall::kill;

TEST_CASE("the Go client tells the truth of a server killed at any instruction") {
  skip_unless_traceable();
  const auto s = make_go_survivor(std::getenv("RINGCALL_KILL_GO"));
  const report r = kill_servers(*s, {.stride = is_long() ? 4u : 64u, .visible_stride = is_long() ? 1u : 4u, .always_short = true});
  r.print("C++ server, Go client survives");
  CHECK(r.tried > 100);
  CHECK(r.missed * 2 < r.tried);
  CHECK(r.violations.empty());
}
