// What server::stats() and Prometheus are told, of statistics that the test has written.

#include "metrics_text.hpp"
#include "prometheus.hpp"
#include "stats_file.hpp"
#include "stats_reader.hpp"

#include "histogram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace ringcall;
using namespace ringcall::test;

namespace {

struct filled {
  filled() {
    registered.methods.add(7, make_bytes_method([](std::span<const std::byte>, answer&) {}, on_loop));
    registered.interfaces.add("quo\"tes", 1, "");
    o.loops = 2;
    o.channels_max = 3;
    file.emplace("na\\me", 99, o, registered);
  }
  ringcall_method_stats& method(std::uint32_t loop) { return file->loop(loop).methods[0]; }
  stats_reader reader() { return stats_reader(file->header()); }

  registry registered;
  options o;
  std::optional<stats_file> file;
};

}  // namespace

TEST_CASE("percentiles of two loops' values are those of all values, at most 1/32 above") {
  filled f;
  std::vector<std::uint64_t> all;
  std::mt19937_64 random(3);
  std::lognormal_distribution<double> distribution(8, 2);
  for (int i = 0; i < 20'000; ++i) {
    const auto value = static_cast<std::uint64_t>(distribution(random));
    all.push_back(value);
    histogram::record(f.method(i % 3 == 0 ? 1 : 0).stages[RINGCALL_STAGE_HANDLER], value);
  }
  std::ranges::sort(all);
  const server_stats s = f.reader().all();
  const stage_stats& h = s.methods[0][stage::handler];
  CHECK(h.count == all.size());
  CHECK(static_cast<std::uint64_t>(h.max.count()) == all.back());
  const std::pair<double, std::chrono::nanoseconds> wanted[] = {{0.5, h.p50}, {0.9, h.p90}, {0.99, h.p99}, {0.999, h.p999}};
  for (const auto& [q, got] : wanted) {
    CAPTURE(q);
    const std::uint64_t truth = all[static_cast<std::size_t>(std::ceil(q * static_cast<double>(all.size()))) - 1];
    CHECK(static_cast<std::uint64_t>(got.count()) >= truth);
    CHECK(static_cast<std::uint64_t>(got.count()) <= truth + truth / 32);
  }
  std::uint64_t sum = 0;
  for (const std::uint64_t v : all) sum += v;
  CHECK(static_cast<std::uint64_t>(h.mean.count()) == sum / all.size());
  CHECK(s.methods[0][stage::queue].count == 0);
}

TEST_CASE("a server's stats are the sums over its loops, and list the channels that are there") {
  filled f;
  f.method(0).calls = 5;
  f.method(1).calls = 7;
  f.method(1).statuses[RINGCALL_EXPIRED] = 2;
  f.method(0).statuses[RINGCALL_FAILED] = 3;
  f.file->loop(1).stats.calls = 7;
  f.file->loop(1).stats.longest_turn = 1234;
  auto entry = f.file->claim();
  auto gone = f.file->claim();
  {
    const entry_writing w(*entry.get());
    entry.get()->id = 17;
    entry.get()->pid = 4321;
    entry.get()->server.calls = 12;
  }
  const server_stats s = f.reader().all();
  CHECK(s.epoch == 99);
  REQUIRE(s.methods.size() == 2);
  CHECK(s.methods[0].id == 7);
  CHECK(s.methods[0].calls == 12);
  CHECK(s.methods[0].failed == 5);
  CHECK(s.methods[0].expired == 2);
  CHECK(s.methods[1].name == "unknown method");
  CHECK(s.loops[1].calls == 7);
  CHECK(s.loops[1].longest_turn.count() == 1234);
  REQUIRE(s.channels.size() == 1);
  CHECK(s.channels[0].id == 17);
  CHECK(s.channels[0].pid == 4321);
  CHECK(s.channels[0].calls == 12);
}

TEST_CASE("a channel's entry that is being written is not shown") {
  filled f;
  auto entry = f.file->claim();
  entry.get()->id = 17;
  const entry_writing w(*entry.get());
  CHECK(f.reader().all().channels.empty());
}

TEST_CASE("the metrics are Prometheus' text format, and say what the statistics say") {
  filled f;
  f.method(0).calls = 5;
  f.method(1).calls = 7;
  f.method(0).statuses[RINGCALL_FAILED] = 3;
  f.file->header().sample_every = 64;
  std::uint64_t sum = 0;
  for (std::uint64_t ns : {100u, 240u, 260u, 900u, 1'000'000u, 2'000'000'000u}) {
    histogram::record(f.method(ns % 2).stages[RINGCALL_STAGE_TOTAL], ns);
    sum += ns;
  }
  histogram::record(f.method(1).stages[RINGCALL_STAGE_TOTAL], 100'000'000'000);
  sum += 100'000'000'000;
  const metrics m = parse_metrics(metrics_text(f.reader()));
  const std::string method = "{method=\"method 7\"";
  CHECK(m.at("ringcall_calls_total" + method + "}") == 12);
  CHECK(m.at("ringcall_failures_total" + method + ",status=\"failed\"}") == 3);
  CHECK(m.at("ringcall_sample_every") == 64);
  CHECK(m.at("ringcall_server_info{name=\"na\\\\me\",epoch=\"0000000000000063\"}") == 1);
  const std::string total = method + ",stage=\"total\"";
  const auto bucket = [&](const std::string& le) { return m.at("ringcall_stage_seconds_bucket" + total + ",le=\"" + le + "\"}"); };
  CHECK(bucket("2.5e-07") == 2);
  CHECK(bucket("5e-07") == 3);
  CHECK(bucket("1e-06") == 4);
  CHECK(bucket("0.0005") == 4);
  CHECK(bucket("0.0025") == 5);
  CHECK(bucket("1") == 5);
  CHECK(bucket("2.5") == 6);
  CHECK(bucket("10") == 6);
  CHECK(bucket("+Inf") == 7);
  CHECK(m.at("ringcall_stage_seconds_count" + total + "}") == 7);
  CHECK(m.at("ringcall_stage_seconds_sum" + total + "}") == doctest::Approx(static_cast<double>(sum) / 1e9));
  for (const auto& [family, type] : m.types) CHECK(((type == "counter") == family.ends_with("_total") && m.helped.contains(family)));
}
