// How much of one kind a log takes, by a given clock.

#include "log_limit.hpp"

#include <doctest/doctest.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <sstream>
#include <string>

using namespace ringcall;

namespace {

constexpr std::uint64_t begin = 5'000'000'000, period = log_limit::period_ns, most = log_limit::lines_most;

struct log_fixture {
  log_fixture() { log->set_pattern("%l %v"); }
  // How many of so many lines come out.
  std::uint64_t admitted(std::uint64_t lines, std::uint64_t now) {
    std::uint64_t n = 0;
    while (lines-- != 0) n += limit->admits(now);
    return n;
  }

  std::ostringstream text;
  std::shared_ptr<spdlog::logger> log = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_st>(text));
  std::optional<log_limit> limit{std::in_place, log, spdlog::level::warn, "apples"};
};

}  // namespace

TEST_CASE("lines within the limit all come out, and nothing is added to them") {
  log_fixture f;
  for (std::uint64_t i = 0; i < 10; ++i) CHECK(f.admitted(most, begin + i * period) == most);
  CHECK_FALSE(f.limit->sum_up(begin + 100 * period));
  f.limit.reset();
  CHECK(f.text.str().empty());
}

TEST_CASE("the first lines of a period come out, and the next period tells how many more there were") {
  log_fixture f;
  CHECK(f.admitted(most + 20, begin) == most);
  CHECK(f.admitted(3, begin + period - 1) == 0);
  CHECK(f.text.str().empty());
  CHECK(f.admitted(1, begin + period) == 1);
  CHECK(f.text.str() == "warning apples: 23 more like these\n");
  CHECK(f.admitted(most, begin + period) == most - 1);
  CHECK(f.admitted(1, begin + 2 * period) == 1);
  CHECK(f.text.str() == "warning apples: 23 more like these\nwarning apples: 1 more like these\n");
}

TEST_CASE("a period begins with its first line") {
  log_fixture f;
  CHECK(f.admitted(most, begin + period / 2) == most);
  CHECK(f.admitted(1, begin + period + period / 2 - 1) == 0);
  CHECK(f.admitted(1, begin + period + period / 2) == 1);
}

TEST_CASE("what was left out can be told without another line, once and no sooner than the period is over") {
  log_fixture f;
  CHECK(f.admitted(most + 5, begin) == most);
  CHECK(f.limit->sum_up(begin + period - 1));
  CHECK(f.text.str().empty());
  CHECK_FALSE(f.limit->sum_up(begin + period));
  CHECK_FALSE(f.limit->sum_up(begin + 2 * period));
  CHECK(f.text.str() == "warning apples: 5 more like these\n");
}

TEST_CASE("what was summed up counts no more in the period that follows") {
  log_fixture f;
  CHECK(f.admitted(most + 5, begin) == most);
  CHECK_FALSE(f.limit->sum_up(begin + period));
  CHECK(f.admitted(most + 2, begin + period + 1) == most);
  f.limit.reset();
  CHECK(f.text.str() == "warning apples: 5 more like these\nwarning apples: 2 more like these\n");
}

TEST_CASE("the end tells what was left out") {
  log_fixture f;
  CHECK(f.admitted(most + 7, begin) == most);
  f.limit.reset();
  CHECK(f.text.str() == "warning apples: 7 more like these\n");
}

TEST_CASE("a clock that goes back a little ends no period") {
  log_fixture f;
  CHECK(f.admitted(most, begin) == most);
  CHECK(f.admitted(1, begin - 1) == 0);
}

TEST_CASE("kinds are limited each by itself") {
  log_fixture f;
  log_limit pears(f.log, spdlog::level::info, "pears");
  CHECK(f.admitted(1000 * most, begin) == most);
  CHECK(pears.admits(begin));
}
