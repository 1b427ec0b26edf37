// A C++ client is killed after any instruction; the server and its other clients survive.

#include "stepper.hpp"
#include "sweep.hpp"

#include <doctest/doctest.h>

using namespace ringcall::kill;

TEST_CASE("a client killed at any instruction leaves nothing behind and is nobody else's trouble") {
  skip_unless_traceable();
  const report r = kill_clients({});
  r.print("C++ client, server survives");
  CHECK(r.tried > 100);
  CHECK(r.missed * 2 < r.tried);
  CHECK(r.violations.empty());
}
