// The documents that a recording becomes: well-formed whatever it holds, and in agreement with it. RINGCALL_KEEP_REPORTS=DIR leaves them there to be
// looked at.

#include "fake_recording.hpp"
#include "markup.hpp"

#include "profile/charts.hpp"
#include "profile/documents.hpp"
#include "profile/words.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <set>
#include <sstream>

using namespace ringcall::profile;
using namespace ringcall::tool::test;
using nlohmann::json;

namespace observe = ringcall::observe;

namespace {

const std::string hostile = "</title><script>alert('\"&amp;')</script>\x01\xff\xc0\xaf\xed\xa0\x80\xe2\x80\xae`evil`";

recording with_methods(std::size_t count) {
  recording r = quiet_recording();
  for (std::size_t i = 0; i < count; ++i) add_calls(r, add_method(r, "service.method" + std::to_string(i)), 3 + 200 / count, {.queue = 100 + 37 * i,
      .handler = 1'000 * (i + 1)});
  complete(r);
  return r;
}

recording with_names(const std::string& name) {
  recording r = quiet_recording();
  r.server.name = r.server.label = r.host.name = r.host.processor = r.host.kernel = r.filter = r.channels[0].process = name;
  add_calls(r, add_method(r, name), 300, {.response = 300'000'000, .client_rung = true});
  add_calls(r, add_method(r, "2" + name), 30);
  complete(r);
  return r;
}

recording absurd() {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  recording r = with_methods(2);
  for (auto& h : r.methods[0].counts.stages) h.sum = h.max = h.count = most, h.buckets.assign(RINGCALL_HISTOGRAM_BUCKETS, most);
  for (auto& h : r.methods[1].counts.stages) h.count = 5, h.sum = 0, h.max = 0, h.buckets.clear();
  r.methods[0].counts.calls = most;
  r.calls.push_back({.posted = 0, .taken = 0, .answered = 0, .observed = most, .method = 0, .status = 999});
  r.calls.push_back({.posted = most, .taken = 0, .answered = 7, .observed = 3, .method = 1});
  r.calls.push_back({.method = 60'000});
  r.slowest = r.calls;
  r.slices.push_back({most, 0, most, {{{1023, most}, {5'000'000, 1}}, {}}});
  r.slices.push_back({0, most, 1, {}});
  r.started_realtime = most;
  r.loops[0].counts.calls = most;
  r.length = most;
  return r;
}

std::map<std::string, recording> recordings() {
  std::map<std::string, recording> all;
  all["busy"] = busy_recording();
  all["empty"] = quiet_recording();
  all["nothing-at-all"] = {};
  all["one-sample"] = with_methods(1);
  all["one-sample"].calls.resize(1);
  all["one-method"] = with_methods(1);
  all["fifty-methods"] = with_methods(50);
  all["hostile-names"] = with_names(hostile);
  all["long-names"] = with_names(std::string(111, 'n'));
  all["absurd"] = absurd();
  recording unsampled = quiet_recording();
  unsampled.methods.resize(3);
  unsampled.methods[1].counts.calls = 7;
  all["unsampled"] = unsampled;
  return all;
}

void keep(const std::string& name, const std::string& file, const std::string& bytes) {
  const char* directory = std::getenv("RINGCALL_KEEP_REPORTS");
  if (directory == nullptr) return;
  const auto into = std::filesystem::path(directory) / name;
  std::filesystem::create_directories(into);
  std::ofstream(into / file, std::ios::binary) << bytes;
}

std::size_t count(const std::vector<element>& all, const std::string& name) {
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const element& e) { return e.name == name; }));
}
bool has_id(const std::vector<element>& all, const std::string& id) {
  return std::any_of(all.begin(), all.end(), [&](const element& e) { return e.attribute("id") == id; });
}

struct hgrm_line {
  double value, share;
  std::uint64_t seen;
};
std::vector<hgrm_line> lines_of(const std::string& text) {
  std::vector<hgrm_line> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    hgrm_line l{};
    unsigned long long seen = 0;
    if (std::sscanf(line.c_str(), "%lf %lf %llu", &l.value, &l.share, &seen) != 3) continue;
    l.seen = seen;
    lines.push_back(l);
  }
  return lines;
}

}  // namespace

TEST_CASE("every recording becomes a well-formed page that asks for nothing from outside") {
  for (const auto& [name, r] : recordings()) {
    CAPTURE(name);
    const std::string page = html_report(r, find(r));
    keep(name, "report.html", page);
    std::vector<element> all;
    REQUIRE_NOTHROW(all = parse_markup(page));
    CHECK(count(all, "script") == 0);
    CHECK(count(all, "link") == 0);
    CHECK(count(all, "img") == 0);
    for (const element& e : all) {
      for (const auto& [key, value] : e.attributes) {
        CHECK((key != "href" && key != "src" && !key.starts_with("on")));
        CHECK(value.find("nan") == std::string::npos);
        CHECK(value.find("inf") == std::string::npos);
      }
    }
    CHECK(page.find("url(") == std::string::npos);
    CHECK(page.size() < 3'000'000);
    CHECK(has_id(all, "findings"));
    CHECK(has_id(all, "loops"));
  }
}

TEST_CASE("the page has a chart of each kind, with a bar for each stage, and axes with units") {
  const recording r = busy_recording();
  const std::vector<element> all = parse_markup(html_report(r, find(r)));
  for (const char* id : {"stages", "percentiles", "time", "slowest", "methods", "channels"}) CHECK(has_id(all, id));
  std::set<std::string> labels, classes;
  std::string words;
  for (const element& e : all) {
    if (e.name == "svg") labels.insert(e.attribute("aria-label"));
    if (e.name == "rect") classes.insert(e.attribute("class"));
    if (e.name == "text") words += e.text + "\n";
  }
  for (const char* chart : {"Stages of each method", "Latency by percentile", "Latency over time", "Latency over time of market.quote"}) CHECK(labels.contains(chart));
  for (const std::size_t stage : stages_in_time) CHECK(classes.contains("f" + std::to_string(static_cast<std::size_t>(stage_ink(stage)))));
  for (const char* word : {"seconds since the recording began", "share of calls that took no longer", "99.9 %", "100 µs",
      "market.quote"}) CHECK(words.find(std::string(word) + "\n") != std::string::npos);
}

TEST_CASE("names from a hostile server are text in the page, and control nothing in a terminal") {
  const recording r = with_names(hostile);
  const std::vector<finding> findings = find(r);
  const std::string page = html_report(r, findings);
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("&lt;script&gt;") != std::string::npos);
  CHECK(page.find("\xe2\x80\xae") == std::string::npos); // writing from right to left
  const std::string text = text_report(r, findings);
  CHECK(std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n'; }));
  CHECK_NOTHROW(parse_markup("<p>" + escape_xml(text) + "</p>"));
}

TEST_CASE("every recording becomes a picture") {
  for (const auto& [name, r] : recordings()) {
    CAPTURE(name);
    std::string png;
    REQUIRE_NOTHROW(png = png_report(r, find(r)));
    keep(name, "report.png", png);
    CHECK(png.starts_with("\x89PNG\r\n\x1a\n"));
    CHECK(png.size() > 2'000);
  }
}

TEST_CASE("every recording becomes text whose lines are no wider than they need be") {
  for (const auto& [name, r] : recordings()) {
    CAPTURE(name);
    const std::string text = text_report(r, find(r));
    keep(name, "report.txt", text);
    CHECK(text.find("FINDINGS\n") != std::string::npos);
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) CHECK(columns(line) < 240);
  }
}

TEST_CASE("the data are JSON whose keys stay") {
  for (const auto& [name, r] : recordings()) {
    CAPTURE(name);
    const std::string data = json_data(r, find(r));
    keep(name, "data.json", data);
    REQUIRE(json::accept(data));
  }
  const nlohmann::ordered_json j = nlohmann::ordered_json::parse(json_data(busy_recording(), {{"rule", severity::slow, "what", "advice"}}));
  const auto keys = [](const nlohmann::ordered_json& object) {
    std::string all;
    for (const auto& [key, value] : object.items()) all += key + " ";
    return all;
  };
  CHECK(keys(j) == "format version server host recording findings methods loops channels slices still slowest ");
  CHECK(keys(j["findings"][0]) == "rule severity what advice ");
  CHECK(keys(j["recording"]) == "started_unix_ns asked_ns length_ns end filter sample_asked sample_in_force calls sampled samples_missed ");
  CHECK(keys(j["methods"][0]) == "name id on_worker unknown calls calls_per_second batch_records worker_calls sampled unobserved statuses failures_by_code other_failures stages near_p50 near_p99 ");
  CHECK(keys(j["methods"][0]["stages"]) == "total queue server_wake handler response client_wake ");
  CHECK(keys(j["methods"][0]["stages"]["total"]) == "count mean_ns p50_ns p90_ns p99_ns p999_ns max_ns buckets_low_high_count ");
  CHECK(keys(j["slowest"][0]) == "method posted_ns channel loop status records on_worker total_ns queue_ns server_wake_ns handler_ns response_ns client_wake_ns ");
}

TEST_CASE("the data's buckets are the histogram's") {
  const recording r = busy_recording();
  const json j = json::parse(json_data(r, {}));
  const observe::histogram& h = r.methods[0].total();
  std::uint64_t sum = 0;
  for (const auto& b : j["methods"][0]["stages"]["total"]["buckets_low_high_count"]) {
    CHECK(h.buckets[observe::bucket_of(b[0])] == b[2]);
    CHECK(observe::bucket_of(b[0]) == observe::bucket_of(b[1]));
    sum += b[2].get<std::uint64_t>();
  }
  CHECK(sum == h.count);
  CHECK(j["methods"][0]["stages"]["total"]["p99_ns"] == h.quantile(0.99));
}

TEST_CASE("percentile files agree with their histogram") {
  const recording r = busy_recording();
  for (const method& m : r.methods) {
    const observe::histogram& h = m.total();
    const std::string text = hgrm(h);
    const std::vector<hgrm_line> lines = lines_of(text);
    REQUIRE(lines.size() > 5);
    CHECK(lines.front().share == 0);
    CHECK(lines.back().share == 1);
    CHECK(lines.back().seen == h.count);
    CHECK(lines.back().value == doctest::Approx(static_cast<double>(h.max) / 1e3).epsilon(1e-6));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (i > 0) CHECK((lines[i].value >= lines[i - 1].value && lines[i].share > lines[i - 1].share && lines[i].seen >= lines[i - 1].seen));
      std::uint64_t below = 0; // so many are in buckets up to this value
      for (std::uint32_t b = 0; b < h.buckets.size() && static_cast<double>(observe::bucket_low(b)) <= lines[i].value * 1e3 + 0.5; ++b) below += h.buckets[b];
      CHECK(lines[i].seen == below);
      CHECK(static_cast<double>(lines[i].seen) >= lines[i].share * static_cast<double>(h.count) - 1e-6);
    }
    CHECK(text.find("Total count    = ") != std::string::npos);
  }
}

TEST_CASE("the format of percentile files is HdrHistogram's, byte by byte") {
  observe::histogram h;
  for (const std::uint64_t v : {1'000, 2'000, 3'000, 63}) h.add(v);
  std::istringstream in(hgrm(h));
  std::string line;
  std::getline(in, line);
  CHECK(line == "       Value     Percentile TotalCount 1/(1-Percentile)");
  std::getline(in, line);
  CHECK(line.empty());
  std::getline(in, line);
  CHECK(line == "       0.063 0.000000000000          1           1.00");
  CHECK(hgrm(h).find("       3.000 1.000000000000          4\n#[Mean    =        1.516, StdDeviation   =") != std::string::npos);
  CHECK(hgrm({}).find("#[Max     =        0.000, Total count    =            0]") != std::string::npos);
}

TEST_CASE("percentile files have names that no file system minds, and no two the same") {
  recording r = quiet_recording();
  for (const char* name : {"a.b", "a/b", "a?b", "../../etc/passwd", ".hidden", "-rf", ""}) add_calls(r, add_method(r, name), 2);
  complete(r);
  std::set<std::string> names;
  for (const document& d : hgrm_documents(r)) {
    CHECK(names.insert(d.name).second);
    CHECK(d.name.find('/') == std::string::npos);
    CHECK((d.name[0] != '.' && d.name[0] != '-'));
  }
  CHECK(names.contains("a.b.total.hgrm"));
  CHECK(names.contains("a_b.handler.hgrm"));
  CHECK(names.contains("a_b-2.handler.hgrm"));
  CHECK(names.size() == 7 * 4);
}

TEST_CASE("a call about as slow as a quantile is made up as those ranked there") {
  recording r = quiet_recording();
  const std::size_t m = add_method(r, "quote");
  add_calls(r, m, 970, {.queue = 100, .handler = 100, .response = 0});
  add_calls(r, m, 30, {.queue = 9'000, .handler = 1'000, .response = 0});
  complete(r);
  const auto c = compositions(r, m, {0.5, 0.99});
  CHECK(c[0].share(RINGCALL_STAGE_QUEUE) == doctest::Approx(0.5));
  CHECK(c[1].share(RINGCALL_STAGE_QUEUE) == doctest::Approx(0.9));
  CHECK(c[1].stages[RINGCALL_STAGE_TOTAL] == doctest::Approx(10'000));
  CHECK(mean_composition(r.methods[m]).stages[RINGCALL_STAGE_TOTAL] == doctest::Approx((970 * 200 + 30 * 10'000) / 1000.0));
}
