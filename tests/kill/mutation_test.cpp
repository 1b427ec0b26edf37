// Built once with each mutation of mutate.cpp, in the place of a file of the library: the checks must see it.

#include "stepper.hpp"
#include "sweep.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <string_view>

using namespace ringcall::kill;

namespace {

// A few points only lie where the broken rule shows: a run may miss them.
void catches(const std::function<report()>& sweep, std::string_view what) {
  bool seen = false;
  for (int sweeps = 0; !seen && sweeps < 10; ++sweeps) {
    const report r = sweep();
    r.print(MUTATION);
    for (const std::string& v : r.violations) seen = seen || v.find(what) != std::string::npos;
  }
  CHECK(seen);
}

}  // namespace

TEST_CASE("the checks see the rule that is broken here") {
  skip_unless_traceable();
  const std::string_view mutation = MUTATION;
  const auto s = make_cpp_survivor();
  if (mutation == "mutation_taken_late") catches([&] { return kill_servers(*s, {.first = run, .last = run, .always_short = true}); }, "is told never started and ran");
  if (mutation == "mutation_counted_early") catches([&] { return kill_servers(*s, {.first = run, .last = run, .always_short = true}); }, "answers were published");
  if (mutation == "mutation_client_kept") catches([] { return kill_clients({.first = one, .last = one, .stride = 100, .visible_stride = 5, .always_short = true}); }, "before it held");
}
