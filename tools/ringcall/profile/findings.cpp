#include "profile/findings.hpp"

#include <algorithm>
#include <array>

#include "profile/finding_rules.hpp"
#include "profile/thresholds.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

constexpr std::array<finding_rule, 22> rules{
    end_of_the_server, stopped_server, stopped_clients, broken_rules, unknown_methods, failures, refused_answers, expired_calls,
    long_turns, wakes_of_clients, wakes_of_the_server, queueing, responses, arena_and_ring_waits, cancelled_calls, heavy_tails, handlers, pauses,
    few_samples, missed_samples, unobserved_samples, other_rate};

evidence evidence_of(const recording& of) {
  evidence e{of, {}};
  for (const std::size_t m : methods_by_time(of)) {
    if (of.methods[m].total().count < thresholds::samples_some) continue;
    const composition near = compositions(of, m, {0.99}).front();
    if (near.calls > 0 && of.methods[m].total().count >= thresholds::samples_for_p99) e.subjects.push_back({m, near, true});
    else e.subjects.push_back({m, mean_composition(of.methods[m]), false});
  }
  return e;
}

bool needs_quotes(const std::string& name) {
  return name.empty() || name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/@:+=") != std::string::npos;
}

}  // namespace

const char* name_of(severity level) {
  switch (level) {
    case severity::problem: return "problem";
    case severity::slow: return "slow";
    case severity::note: return "note";
  }
  return "?";
}

std::string list_of(const recording& of, const std::vector<std::size_t>& methods) {
  constexpr std::size_t named = 3;
  const std::size_t shown = methods.size() > named + 1 ? named : methods.size();
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += i + 1 == methods.size() ? " and " : ", ";
    std::string name = shortened(clean(of.methods[methods[i]].name), 60);
    std::replace(name.begin(), name.end(), '`', '\''); // which ends it
    text += "`" + name + "`";
  }
  if (shown < methods.size()) text += " and " + count_text(methods.size() - shown) + " more";
  return text;
}

bool loops_are_shared(const recording& of) {
  std::vector<std::uint32_t> seen;
  for (const channel& c : of.channels) {
    if (c.server.calls == 0) continue;
    if (std::find(seen.begin(), seen.end(), c.loop) != seen.end()) return true;
    seen.push_back(c.loop);
  }
  return false;
}

std::string tune_command(const recording& of, const std::string& option, const std::string& value) {
  std::string name = clean(of.server.name);
  if (needs_quotes(name)) {
    for (std::size_t at = 0; (at = name.find('\'', at)) != std::string::npos; at += 4) name.replace(at, 1, "'\\''");
    name = "'" + name + "'";
  }
  return "(ringcall tune " + name + " " + option + " " + value + ")";
}

std::vector<finding> find(const recording& of) {
  const evidence e = evidence_of(of);
  std::vector<finding> all;
  for (const finding_rule rule : rules) rule(e, all);
  std::stable_sort(all.begin(), all.end(), [](const finding& a, const finding& b) { return a.level < b.level; });
  const bool only_notes = all.empty() || all.front().level == severity::note;
  if (only_notes && sum_of_sampled(of) > 0) all.insert(all.begin(), {"nothing", severity::note,
      "Nothing stands out: no stage is larger than it should be, and nothing failed.", ""});
  return all;
}

}  // namespace ringcall::profile
