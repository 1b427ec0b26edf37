// Figures as they are printed and read, and the tables and JSON made of them.

#include "golden.hpp"
#include "made_up.hpp"

#include "doctor.hpp"
#include "observe/conditions.hpp"
#include "print/snapshot_json.hpp"
#include "print/table.hpp"
#include "print/units.hpp"
#include "stat.hpp"

#include <doctest/doctest.h>

using namespace ringcall;
using namespace ringcall::tool;
using namespace ringcall::tool::test;

TEST_CASE("durations and counts have three digits and a unit") {
  CHECK(duration_text(0) == "0 ns");
  CHECK(duration_text(999) == "999 ns");
  CHECK(duration_text(1000) == "1.00 us");
  CHECK(duration_text(99'949) == "99.9 us");
  CHECK(duration_text(99'951) == "100 us");
  CHECK(duration_text(999'499) == "999 us");
  CHECK(duration_text(999'501) == "1.00 ms");
  CHECK(duration_text(68'000'000'000) == "68.0 s");
  CHECK(elapsed_text(59'000'000'000) == "59 s");
  CHECK(elapsed_text(3'600'000'000'000) == "1 h");
  CHECK(elapsed_text(90'061'000'000'000) == "1 d 1 h");
  CHECK(count_text(1'234'567) == "1,234,567");
  CHECK(count_text(999) == "999");
  CHECK(rate_text(2'410'000) == "2.41 M/s");
  CHECK(rate_text(0.25) == "0.25/s");
  CHECK(rate_text(0.001) == "<0.01/s");
  CHECK(bytes_text(225'280) == "220 KiB");
  CHECK(percent_text(0.0001) == "<0.1 %");
}

TEST_CASE("durations are read as people write them") {
  CHECK(parse_duration_ns("2") == 2'000'000'000);
  CHECK(parse_duration_ns("1.5s") == 1'500'000'000);
  CHECK(parse_duration_ns("250 us") == 250'000);
  CHECK(parse_duration_ns("3min") == 180'000'000'000);
  CHECK(parse_bytes("64KiB") == 65'536);
  for (const char* bad : {"", "s", "-1s", "1 day", "nan", "inf", "1e300h", "10s10"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_duration_ns(bad), std::invalid_argument);
  }
}

TEST_CASE("text is cut and padded by columns, not bytes") {
  CHECK(fit_left("µs", 4) == "µs  ");
  CHECK(fit_right("µs", 4) == "  µs");
  CHECK(fit_left("abcdef", 4) == "abc…");
  CHECK(fit_left("äöüß", 3) == "äö…");
  CHECK(columns("äöü") == 3);
  CHECK(fit_left("abc", 0).empty());
}

TEST_CASE("stat's table looks as it is kept") {
  made_up m;
  compare_with_golden("stat.txt", stat_text(m.view, m.period, {"client 1000001 (worker) is STOPPED"}).substr(0));
}

TEST_CASE("what a oneway method's response and client wake are is told where one was sampled, and there alone") {
  fake_stats f({.methods = {{"log.write"}, {"log.flush"}, {"log.drop"}},
                .interface_text = "service log: fingerprint 1\nlog 1: name write, kind oneway, request 8\nlog 2: name flush, kind call, request 8, answer 8\nlog 3: name drop, kind oneway, request 8\n"});
  const observe::stats_view view(f.descriptor());
  f.record(1, RINGCALL_STAGE_TOTAL, 1000);
  CHECK(stat_text(view, observe::take(view), {}).find("oneway") == std::string::npos);
  f.record(0, RINGCALL_STAGE_TOTAL, 1000);
  const std::string text = stat_text(view, observe::take(view), {});
  CHECK(text.find("oneway: log.write; nobody waits") != std::string::npos);
}

TEST_CASE("a period without calls says so") {
  fake_stats f;
  const observe::stats_view view(f.descriptor());
  const auto s = observe::take(view);
  CHECK(stat_text(view, observe::delta(s, s), {}).find("no method was called in that time") != std::string::npos);
}

TEST_CASE("JSON has the same figures under stable keys") {
  made_up m;
  const json j = snapshot_json(m.view, m.period, false);
  CHECK(j["seconds"] == 1.0);
  CHECK(j["calls"] == 2'450'095);
  REQUIRE(j["methods"].size() == 3);
  CHECK(j["methods"][0]["name"] == "quotes.last_price");
  CHECK(j["methods"][0]["stages"]["total"]["count"] == 1000);
  CHECK(j["methods"][1]["stages"].contains("server_wake"));
  CHECK_FALSE(j["methods"][1]["stages"].contains("queue"));
  CHECK(j["methods"][2]["failures"][0]["code"] == 17);
  CHECK(j["methods"][2]["statuses"]["expired"] == 3);
  CHECK(j["channels"].size() == 2);
  CHECK(j["policy"]["client_spin_us"].is_null());
  std::string keys;
  for (const auto& item : j.items()) keys += item.key() + " ";
  CHECK(keys == "seconds calls calls_per_second policy methods loops channels ");
}

TEST_CASE("stopped processes and loops that are away are told") {
  made_up m;
  auto s = m.period;
  auto all_run = [](pid_t) { return 'S'; };
  CHECK(observe::conditions(m.view, s, all_run).empty());
  const auto client = observe::conditions(m.view, s, [](pid_t pid) { return pid == 1'000'002 ? 'T' : 'S'; });
  REQUIRE(client.size() == 1);
  CHECK(client[0].find("client 1000002") == 0);
  s.loops[1].beat = 1'000'000'000;
  const auto away = observe::conditions(m.view, s, all_run);
  REQUIRE(away.size() == 1);
  CHECK(away[0] == "loop 1 has been away for 5 s: in a handler, or without CPU");
}

TEST_CASE("doctor's text says what was found, what it means and what to do") {
  const std::string text = doctor_text({{"cores", grade::fine, "2 may be used"}, {"open files", grade::fails, "12", "nothing works", "raise it"}});
  CHECK(text == "ok     cores       2 may be used\nfails  open files  12\n                   it means: nothing works\n                   to do:    raise it\n\n1 thing will fail\n");
}
