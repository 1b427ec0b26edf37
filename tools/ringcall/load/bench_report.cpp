#include "bench_report.hpp"

#include "show_frame.hpp"

#include "print/table.hpp"
#include "print/units.hpp"
#include "ringcall/abi.h"

#include <cmath>
#include <cstdio>

namespace ringcall::load {
namespace {

using nlohmann::ordered_json;
using tool::count_text;
using tool::duration_text;

double seconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e9; }

std::string plural(std::uint64_t n, const std::string& one) { return count_text(n) + " " + one + (n == 1 ? "" : "s"); }

std::string way_of(const bench_report& r) {
  const tool::bench_options& o = r.asked;
  std::string text = plural(o.clients, "client") + ", ";
  text += o.rate == 0 ? "closed loop, " + count_text(o.inflight) + " in flight" + (o.clients > 1 ? " each" : "") : "open loop, " + tool::rate_text(o.rate) + " due";
  if (o.run > 1) text += ", runs of " + count_text(o.run);
  if (o.batch != 0) text += ", batches of " + count_text(o.batch);
  return text + ", " + duration_text(r.elapsed_ns) + ", seed " + std::to_string(o.seed);
}

void add_row(tool::table& t, const std::string& name, const method_result& m, std::uint64_t elapsed_ns) {
  const observe::histogram& h = m.latency;
  t.add({name, count_text(m.calls), tool::rate_text(static_cast<double>(m.calls) / seconds(elapsed_ns)), duration_text(h.quantile(0.5)), duration_text(h.quantile(0.9)),
         duration_text(h.quantile(0.99)), duration_text(h.quantile(0.999)), duration_text(h.max), count_text(m.failed())});
}

std::string failures_of(const bench_report& r) {
  std::string text;
  for (std::size_t i = 0; i < r.results.size(); ++i) {
    const method_result& m = r.results[i];
    std::string counts;
    for (std::uint16_t status = 1; status < m.statuses.size(); ++status) {
      if (m.statuses[status] != 0) counts += (counts.empty() ? "" : ", ") + count_text(m.statuses[status]) + " " + status_name(status);
    }
    if (!counts.empty()) text += r.names[i] + ": " + counts + "; the first: " + m.failure + "\n";
    if (m.malformed != 0) text += r.names[i] + ": " + plural(m.malformed, "malformed answer") + "; the first: " + m.fault + "\n";
  }
  return text;
}

std::string cpu_of(const bench_report& r) {
  const auto share = [&](std::uint64_t ns) { return duration_text(ns) + " (" + tool::percent_text(static_cast<double>(ns) / static_cast<double>(r.elapsed_ns)) + ")"; };
  std::string text = "processor time: clients " + share(r.client_cpu_ns);
  if (r.server_cpu_ns) text += ", server " + share(*r.server_cpu_ns);
  const method_result all = r.total();
  if (all.calls != 0 && r.server_cpu_ns) text += "; " + duration_text((r.client_cpu_ns + *r.server_cpu_ns) / all.calls) + " a call of both";
  return text + "\n";
}

constexpr double ticks_each_half = 5; // as HdrHistogram prints: so many lines between 1 - 1/2^n and 1 - 1/2^(n+1)

double standard_deviation(const observe::histogram& h) {
  double squares = 0;
  for (std::uint32_t i = 0; i < h.buckets.size(); ++i) {
    const double middle = static_cast<double>(observe::bucket_low(i) + observe::bucket_high(i)) / 2;
    squares += static_cast<double>(h.buckets[i]) * (middle - h.mean()) * (middle - h.mean());
  }
  return h.count == 0 ? 0 : std::sqrt(squares / static_cast<double>(h.count));
}

std::uint64_t count_up_to(const observe::histogram& h, std::uint64_t value) {
  std::uint64_t count = 0;
  for (std::uint32_t i = 0; i < h.buckets.size() && observe::bucket_low(i) <= value; ++i) count += h.buckets[i];
  return count;
}

}  // namespace

method_result bench_report::total() const {
  method_result all;
  for (const method_result& m : results) all.add(m);
  return all;
}

bool bench_report::is_good() const {
  const method_result all = total();
  const std::uint64_t misunderstood = all.statuses[RINGCALL_UNKNOWN_METHOD] + all.statuses[RINGCALL_BAD_REQUEST];
  return error.empty() && all.malformed == 0 && all.unanswered == 0 && misunderstood == 0 && all.calls != 0;
}

std::string text_of(const bench_report& r) {
  using side = tool::table::side;
  const method_result all = r.total();
  tool::table t({{"method", side::left}, {"calls"}, {"rate"}, {"p50"}, {"p90"}, {"p99"}, {"p99.9"}, {"max"}, {"failed"}});
  for (std::size_t i = 0; i < r.names.size(); ++i) add_row(t, r.names[i], r.results[i], r.elapsed_ns);
  if (r.names.size() > 1) add_row(t, "all", all, r.elapsed_ns);
  std::string text = way_of(r) + "\nlatency " + (r.asked.rate == 0 ? "from the post" : "from when each call was due") + " to its answer, within 1.6 %, max exact\n\n" + t.text() + "\n";
  if (all.records != 0) text += count_text(all.records) + " records in batches, " + tool::rate_text(static_cast<double>(all.records) / seconds(r.elapsed_ns)) + "\n";
  if (all.unsent != 0) text += plural(all.unsent, "call") + " due and not sent: the rate is more than this many clients get done; counted with the time that they had waited\n";
  if (all.unanswered != 0) text += plural(all.unanswered, "call") + " without an answer 5 s after the end\n";
  return text + failures_of(r) + cpu_of(r);
}

ordered_json json_of(const observe::histogram& h) {
  return {{"count", h.count}, {"mean", h.mean()}, {"p50", h.quantile(0.5)}, {"p90", h.quantile(0.9)}, {"p99", h.quantile(0.99)}, {"p99.9", h.quantile(0.999)}, {"p99.99", h.quantile(0.9999)}, {"max", h.max}};
}

namespace {

ordered_json json_of(const std::string& name, const method_result& m, std::uint64_t elapsed_ns) {
  ordered_json failures = ordered_json::object();
  for (std::uint16_t status = 1; status < m.statuses.size(); ++status) {
    if (m.statuses[status] != 0) failures[status_name(status)] = m.statuses[status];
  }
  ordered_json value{{"name", name}, {"calls", m.calls}, {"calls_per_second", static_cast<double>(m.calls) / seconds(elapsed_ns)}, {"batch_records", m.records},
                     {"failures", failures}, {"malformed", m.malformed}, {"unsent", m.unsent}, {"unanswered", m.unanswered}, {"latency_ns", load::json_of(m.latency)}};
  if (!m.failure.empty()) value["first_failure"] = m.failure;
  if (!m.fault.empty()) value["first_fault"] = m.fault;
  return value;
}

}  // namespace

ordered_json json_of(const bench_report& r) {
  const tool::bench_options& o = r.asked;
  ordered_json value{{"server", o.name}, {"loop", o.rate == 0 ? "closed" : "open"}, {"clients", o.clients}, {"inflight", o.inflight}, {"run", o.run}, {"batch", o.batch},
                     {"rate", o.rate}, {"seed", o.seed}, {"seconds", seconds(r.elapsed_ns)}, {"client_cpu_seconds", seconds(r.client_cpu_ns)}};
  value["server_cpu_seconds"] = r.server_cpu_ns ? ordered_json(seconds(*r.server_cpu_ns)) : ordered_json(nullptr);
  value["methods"] = ordered_json::array();
  for (std::size_t i = 0; i < r.names.size(); ++i) value["methods"].push_back(json_of(r.names[i], r.results[i], r.elapsed_ns));
  value["all"] = json_of("all", r.total(), r.elapsed_ns);
  if (!r.error.empty()) value["error"] = r.error;
  return value;
}

std::string hgrm_of(const observe::histogram& h) {
  std::string text = "       Value     Percentile TotalCount 1/(1-Percentile)\n\n";
  char line[120];
  double fraction = 0;
  for (bool last = h.count == 0; !last;) {
    const std::uint64_t value = h.quantile(fraction);
    const std::uint64_t count = count_up_to(h, value);
    last = count >= h.count;
    if (last) fraction = 1;
    if (last) {
      std::snprintf(line, sizeof line, "%12.3f %14.12f %10llu\n", static_cast<double>(value) / 1000, fraction, static_cast<unsigned long long>(h.count));
    } else {
      std::snprintf(line, sizeof line, "%12.3f %14.12f %10llu %14.2f\n", static_cast<double>(value) / 1000, fraction, static_cast<unsigned long long>(count), 1 / (1 - fraction));
    }
    text += line;
    const double half = std::exp2(std::floor(std::log2(1 / (1 - fraction))) + 1);
    fraction += 1 / (half * ticks_each_half);
  }
  std::snprintf(line, sizeof line, "#[Mean    = %12.3f, StdDeviation   = %12.3f]\n", h.mean() / 1000, standard_deviation(h) / 1000);
  text += line;
  std::snprintf(line, sizeof line, "#[Max     = %12.3f, Total count    = %12llu]\n", static_cast<double>(h.max) / 1000, static_cast<unsigned long long>(h.count));
  return text + line + "#[Buckets =           31, SubBuckets     =           64]\n";
}

}  // namespace ringcall::load
