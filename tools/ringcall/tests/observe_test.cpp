// What is read from a server's statistics, and what a hostile server's cannot do.

#include "fake_stats.hpp"

#include "observe/resolve.hpp"
#include "observe/samples.hpp"
#include "observe/snapshot.hpp"
#include "observe/stats_view.hpp"
#include "observe/trouble.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace ringcall::observe;
using namespace ringcall::tool::test;

namespace {

trouble kind_of(auto&& f) {
  try {
    f();
  } catch (const problem& p) {
    return p.kind();
  }
  FAIL("there was no problem");
  return {};
}

}  // namespace

TEST_CASE("each value lies in its bucket, and each bucket ends where the next begins") {
  for (std::uint32_t b = 0; b + 1 < RINGCALL_HISTOGRAM_BUCKETS; ++b) {
    REQUIRE(bucket_of(bucket_low(b)) == b);
    REQUIRE(bucket_of(bucket_high(b)) == b);
    REQUIRE(bucket_high(b) + 1 == bucket_low(b + 1));
    if (b >= 64) REQUIRE((bucket_high(b) - bucket_low(b) + 1) * 32 <= bucket_low(b));
  }
  CHECK(bucket_low(RINGCALL_HISTOGRAM_BUCKETS - 1) < 1ull << 36);
  CHECK(bucket_high(RINGCALL_HISTOGRAM_BUCKETS - 1) == (1ull << 36) - 1);
  CHECK(bucket_of(~0ull) == RINGCALL_HISTOGRAM_BUCKETS - 1);
}

TEST_CASE("quantiles are those of the values themselves within 1/64") {
  std::mt19937_64 random(7);
  for (const double sigma : {0.1, 1.0, 3.0}) {
    std::lognormal_distribution<double> spread(9, sigma);
    histogram h;
    std::vector<std::uint64_t> exact;
    for (int i = 0; i < 20'000; ++i) {
      const auto value = static_cast<std::uint64_t>(std::min(spread(random), 6e10));
      exact.push_back(value);
      h.add(value);
    }
    std::sort(exact.begin(), exact.end());
    for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
      const auto rank = static_cast<std::size_t>(std::max(1.0, std::ceil(q * static_cast<double>(exact.size()))));
      const auto wanted = static_cast<double>(exact[rank - 1]);
      CHECK(std::abs(static_cast<double>(h.quantile(q)) - wanted) <= wanted / 64 + 1);
    }
    CHECK(h.quantile(1) == exact.back());
    CHECK(h.max == exact.back());
  }
}

TEST_CASE("a quantile whose rank is whole is not that of the next rank for a rounding") {
  for (const std::uint64_t n : {1'000u, 2'000u, 7'000u, 50'000u}) {
    for (const std::uint64_t tenths : {1u, 70u, 290u, 499u, 550u, 570u, 990u, 999u}) {
      histogram h;
      const std::uint64_t rank = tenths * n / 1'000;
      for (std::uint64_t i = 0; i < n; ++i) h.add(i < rank ? 100 : 1'000'000);
      CAPTURE(n);
      CAPTURE(tenths);
      CHECK(h.quantile(static_cast<double>(tenths) / 10 / 100) < 110); // as "99.9 %" is computed
    }
  }
}

TEST_CASE("a histogram without values has quantiles of 0") {
  CHECK(histogram{}.quantile(0.99) == 0);
  CHECK(histogram{}.mean() == 0);
}

TEST_CASE("a snapshot adds the loops up") {
  fake_stats f({.loops = 3});
  f.count_calls(0, 10, 0);
  f.count_calls(0, 5, 2);
  f.count_failures(0, 42, 3, 0);
  f.count_failures(0, 42, 1, 1);
  f.record(0, RINGCALL_STAGE_HANDLER, 1000, 2, 0);
  f.record(0, RINGCALL_STAGE_HANDLER, 3000, 1, 1);
  f.add_channel(2, 77, 15);
  const snapshot s = take(stats_view(f.descriptor()));
  CHECK(s.methods.size() == 3);
  CHECK(s.methods[0].calls == 15);
  CHECK(s.methods[0].not_ok() == 4);
  CHECK(s.methods[0].failures.at(42) == 4);
  CHECK(s.methods[0].stages[RINGCALL_STAGE_HANDLER].count == 3);
  CHECK(s.methods[0].stages[RINGCALL_STAGE_HANDLER].max == 3000);
  CHECK(s.methods[0].stages[RINGCALL_STAGE_HANDLER].sum == 5000);
  REQUIRE(s.channels.size() == 1);
  CHECK(s.channels[0].pid == 77);
}

TEST_CASE("the difference of two snapshots is what came in between") {
  fake_stats f;
  f.count_calls(0, 10);
  f.record(0, RINGCALL_STAGE_TOTAL, 50'000, 4);
  const stats_view view(f.descriptor());
  const snapshot before = take(view);
  f.count_calls(0, 7);
  f.count_failures(0, 9, 2);
  f.record(0, RINGCALL_STAGE_TOTAL, 900, 3);
  const snapshot d = delta(take(view), before);
  CHECK(d.since_ns == before.at_ns);
  CHECK(d.methods[0].calls == 7);
  CHECK(d.methods[0].failures.at(9) == 2);
  const histogram& h = d.methods[0].stages[RINGCALL_STAGE_TOTAL];
  CHECK(h.count == 3);
  CHECK(h.sum == 2700);
  CHECK(h.max == bucket_high(bucket_of(900))); // the earlier 50 us are not in it
  CHECK(d.methods[1].calls == 0);
}

TEST_CASE("a channel that is being written all the while is left out, and told") {
  fake_stats f;
  f.add_channel(0, 1);
  f.add_channel(1, 2);
  ++f.channel(1).sequence;
  const snapshot s = take(stats_view(f.descriptor()));
  CHECK(s.channels.size() == 1);
  CHECK(s.unreadable_channels == 1);
}

TEST_CASE("samples are read once each, and what was overwritten is counted") {
  fake_stats f;
  auto record = [&](std::uint64_t posted) { f.record({.posted = posted, .taken = posted + 10, .answered = posted + 30, .observed = posted + 31, .records = 1}); };
  record(1);
  const stats_view view(f.descriptor());
  sample_reader reader(view);
  std::vector<sample> all;
  reader.read(all);
  CHECK(all.empty());
  record(2);
  record(3);
  reader.read(all);
  REQUIRE(all.size() == 2);
  CHECK(all[0].call.posted == 2);
  CHECK(all[1].call.posted == 3);
  for (std::uint64_t i = 0; i < RINGCALL_SAMPLES + 5; ++i) record(100 + i);
  all.clear();
  reader.read(all);
  CHECK(all.size() == RINGCALL_SAMPLES);
  CHECK(all[0].call.posted == 105);
  CHECK(reader.lost() == 5);
}

TEST_CASE("samples that cannot be are not handed out") {
  fake_stats f;
  const stats_view view(f.descriptor());
  sample_reader reader(view);
  f.record({.posted = 10, .taken = 5, .answered = 6, .observed = 7});
  f.record({.posted = 1, .taken = 2, .answered = 3, .observed = 4, .method = 1});
  f.sample_entry(1).method = 400;
  std::vector<sample> all;
  reader.read(all);
  CHECK(all.empty());
}

TEST_CASE("statistics whose offsets or counts leave the file are refused") {
  auto broken = [](auto&& change) {
    fake_stats f({.interface_text = "service calc\n"});
    change(f);
    return kind_of([&] { stats_view view(f.descriptor()); });
  };
  CHECK(broken([](fake_stats& f) { f.header().magic ^= 1; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().size += 4096; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().method_count = 0; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().method_count = 60'000; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().method_count = 0xffffffff; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().loop_count = 0; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().loop_count = 4000; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().channel_count = 1u << 20; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().methods_offset = 0xfffffff8; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().methods_offset += 4; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().channels_offset = 8; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().interface_size = 60'000'000; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().interface_offset = static_cast<std::uint32_t>(f.memory().size()) - 3; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.loop_info(0).methods_offset = ~7ull; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.loop_info(0).stats_offset = static_cast<std::uint32_t>(f.memory().size()) - 8; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.loop_info(0).samples_offset = 0xfffff000; }) == trouble::broken);
  CHECK(broken([](fake_stats& f) { f.header().version = 2; }) == trouble::other_version);
  CHECK(broken([](fake_stats& f) { f.header().abi_version = 9; }) == trouble::other_version);
}

TEST_CASE("offsets that change after the check steer nothing") {
  fake_stats f;
  f.count_calls(0, 3);
  const stats_view view(f.descriptor());
  f.header().method_count = 0xffffff;
  f.header().methods_offset = 0xfffffff8;
  f.loop_info(0).methods_offset = ~0ull;
  CHECK(take(view).methods[0].calls == 3);
}

TEST_CASE("a file that could shrink under the reader is refused") {
  const int fd = memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  fake_stats f;
  REQUIRE(write(fd, f.memory().data(), f.memory().size()) == static_cast<ssize_t>(f.memory().size()));
  CHECK(kind_of([&] { stats_view view(fd); }) == trouble::broken);
  close(fd);
}

TEST_CASE("names cannot steer the terminal") {
  fake_stats f({.methods = {{"a\x1b[2Jb\x7f\xc2\x9b"}}, .name = "x\ny"});
  std::fill(std::begin(f.method_info(1).name), std::end(f.method_info(1).name), 'z'); // without a NUL
  const stats_view view(f.descriptor());
  CHECK(view.name() == "x?y");
  CHECK(view.methods()[0].name == "a?[2Jb??");
  CHECK(view.methods()[1].name == std::string(112, 'z'));
}

TEST_CASE("near names are those that somebody meant") {
  const std::vector<std::string> names = {"calculator", "market", "checksum", "calc"};
  CHECK(near_names("marekt", names) == std::vector<std::string>{"market"});
  CHECK(near_names("Market", names) == std::vector<std::string>{"market"});
  CHECK(near_names("calk", names) == std::vector<std::string>{"calc"});
  CHECK(near_names("calcu", names) == std::vector<std::string>{"calc", "calculator"});
  CHECK(near_names("zebra", names).empty());
  CHECK(near_names("", names).empty());
  CHECK(suggestion("calcu", names) == "; did you mean calc or calculator?");
  CHECK(suggestion("zebra", names).empty());
}
