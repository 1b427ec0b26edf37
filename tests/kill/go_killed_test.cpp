// The Go client is killed before any of its accesses to the segment; the server and its other clients survive.

#include "stepper.hpp"
#include "sweep.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace ringcall::kill;

TEST_CASE("a Go client killed before any access leaves nothing behind and is nobody else's trouble") {
  skip_unless_traceable();
  const report r = kill_callers(std::getenv("RINGCALL_KILL_GO"), {.stride = 4});
  r.print("Go client, server survives");
  CHECK(r.tried > 20);
  CHECK(r.violations.empty());
}
