#include "stat.hpp"

#include "commands.hpp"
#include "load/description.hpp"
#include "observe/conditions.hpp"
#include "observe/processes.hpp"
#include "observe/server.hpp"
#include "print/output.hpp"
#include "print/snapshot_json.hpp"
#include "print/stages.hpp"
#include "print/table.hpp"
#include "print/units.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

namespace ringcall::tool {
namespace {

std::vector<std::string> stage_cells(const observe::histogram& h, const observe::histogram& total, const char* name) {
  return {name, total.sum == 0 ? "-" : percent_text(static_cast<double>(h.sum) / static_cast<double>(total.sum)), duration_text(h.quantile(0.5)), duration_text(h.quantile(0.9)),
          duration_text(h.quantile(0.99)), duration_text(h.quantile(0.999)), duration_text(h.max)};
}

// The method's first row has its figures; the stages' rows follow.
void add_rows(table& t, const std::string& name, const observe::method_counts& m, double seconds) {
  auto rate = [&](std::uint64_t n) { return seconds > 0 ? rate_text(static_cast<double>(n) / seconds) : std::string("-"); };
  std::vector<std::string> head = {name, rate(m.calls), m.not_ok() == 0 ? "0" : rate(m.not_ok()), short_count_text(static_cast<double>(m.sampled))};
  const observe::histogram& total = m.stages[RINGCALL_STAGE_TOTAL];
  if (total.count == 0) {
    head.insert(head.end(), {"-", "", "", "", "", "", ""});
    t.add(head);
    return;
  }
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (m.stages[i].count == 0) continue;
    auto row = i == 0 ? head : std::vector<std::string>{"", "", "", ""};
    const auto cells = stage_cells(m.stages[i], total, stages[i].name);
    row.insert(row.end(), cells.begin(), cells.end());
    t.add(row);
  }
}

std::string loops_text(const observe::snapshot& s) {
  ringcall_loop_stats sum{};
  std::size_t asleep = 0;
  for (const auto& l : s.loops) {
    sum.calls += l.calls;
    sum.runs += l.runs;
    sum.bells_rung += l.bells_rung;
    sum.bells_saved += l.bells_saved;
    sum.sleeps += l.sleeps;
    sum.longest_turn = std::max(sum.longest_turn, l.longest_turn);
    asleep += l.asleep != 0;
  }
  std::string text = std::to_string(s.loops.size()) + (s.loops.size() == 1 ? " loop, " : " loops, ") + (asleep == s.loops.size() ? "asleep" : asleep == 0 ? "polling" : std::to_string(asleep) + " asleep");
  if (sum.runs != 0) text += "; runs of " + short_count_text(static_cast<double>(sum.calls) / static_cast<double>(sum.runs)) + " calls";
  text += "; bells " + count_text(sum.bells_rung) + " rung, " + count_text(sum.bells_saved) + " saved; " + count_text(sum.sleeps) + (sum.sleeps == 1 ? " sleep" : " sleeps");
  if (sum.longest_turn != 0) text += "; longest turn " + duration_text(sum.longest_turn);
  return text;
}

std::vector<std::size_t> busiest_first(const observe::snapshot& s) {
  std::vector<std::size_t> order(s.methods.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return s.methods[a].calls > s.methods[b].calls; });
  return order;
}

std::uint64_t all_failed(const observe::snapshot& s) {
  std::uint64_t n = 0;
  for (const auto& m : s.methods) n += m.not_ok();
  return n;
}

std::string oneway_note(const observe::stats_view& view, const observe::snapshot& s) {
  const auto description = load::description::parse_if_good(view.interface_text());
  std::string names;
  for (std::size_t i = 0; i < s.methods.size(); ++i) {
    if (s.methods[i].stages[RINGCALL_STAGE_TOTAL].count != 0 && description.find(view.methods()[i].id).oneway) names += (names.empty() ? "" : ", ") + view.methods()[i].name;
  }
  return names.empty() ? "" : "oneway: " + names + "; nobody waits, response and client wake\nlast until the client looks at its answers again\n";
}

std::string notes(const observe::stats_view& view, const observe::snapshot& s) {
  std::string text = oneway_note(view, s);
  for (std::size_t i = 0; i < s.methods.size(); ++i) {
    const auto& m = s.methods[i];
    const std::string& name = view.methods()[i].name;
    for (const auto& [code, count] : m.failures) text += name + " failed with code " + std::to_string(code) + ": " + count_text(count) + (count == 1 ? " time\n" : " times\n");
    if (m.other_failures != 0) text += name + " failed with other codes: " + count_text(m.other_failures) + " times\n";
    if (m.unobserved > m.sampled / 10) text += name + ": of " + count_text(m.unobserved) + " sampled calls nobody saw the end, they are not in the stages\n";
  }
  return text;
}

void print_one(const stat_options& o, observe::server& s, const observe::snapshot& period) {
  const auto bad = observe::conditions(s.stats(), period);
  if (!o.json) return put(stat_text(s.stats(), period, bad));
  json j{{"name", s.name()}, {"pid", s.pid()}, {"epoch", hex_text(s.stats().header().epoch)}, {"conditions", bad}};
  j.update(snapshot_json(s.stats(), period, false));
  put_json(j, o.repeat ? -1 : 2);
}

}  // namespace

std::string sampling_text(std::uint64_t every) {
  if (every == 0) return "no sampling";
  return every == 1 ? "every call sampled" : "1 call in " + count_text(every) + " sampled";
}

std::string stat_text(const observe::stats_view& view, const observe::snapshot& s, const std::vector<std::string>& conditions) {
  const std::uint64_t failed = all_failed(s);
  const double seconds = s.seconds();
  std::string text = view.name() + " (pid " + std::to_string(view.header().pid) + "): " + count_text(s.calls()) + " calls in " +
                     (seconds < 100 ? duration_text(s.at_ns - s.since_ns) : elapsed_text(s.at_ns - s.since_ns)) + ", " +
                     (failed == 0 ? "none failed" : count_text(failed) + " not ok") + "; " + std::to_string(s.channels.size()) + (s.channels.size() == 1 ? " channel; " : " channels; ") +
                     sampling_text(s.policy.sample_every) + "\n";
  for (const std::string& c : conditions) text += "! " + c + "\n";
  using side = table::side;
  table t({{"METHOD", side::left}, {"CALLS"}, {"NOT OK"}, {"SAMPLED"}, {"STAGE", side::left}, {"SHARE"}, {"P50"}, {"P90"}, {"P99"}, {"P99.9"}, {"MAX"}});
  for (const std::size_t i : busiest_first(s)) {
    if (s.methods[i].calls != 0 || s.methods[i].sampled != 0) add_rows(t, view.methods()[i].name, s.methods[i], seconds);
  }
  if (t.empty()) text += "no method was called in that time\n";
  else text += t.text();
  return text + loops_text(s) + "\n" + notes(view, s);
}

int run_stat(const stat_options& o) {
  observe::server s(o.name);
  if (o.total) {
    print_one(o, s, observe::take(s.stats()));
    return 0;
  }
  if (o.sample != 0) s.sample(o.sample);
  observe::snapshot before = observe::take(s.stats());
  for (std::uint64_t n = 0; !o.repeat || o.count == 0 || n < o.count; ++n) {
    s.wait(std::chrono::nanoseconds(o.interval_ns));
    observe::snapshot now = observe::take(s.stats());
    if (n != 0 && !o.json) put("\n");
    print_one(o, s, observe::delta(now, before));
    if (!o.repeat) break;
    before = std::move(now);
  }
  return 0;
}

}  // namespace ringcall::tool
