#include "print/snapshot_json.hpp"

#include "observe/processes.hpp"
#include "print/stages.hpp"
#include "print/statuses.hpp"

#include <string>

namespace ringcall::tool {
namespace {

json method_json(const observe::method_info& info, const observe::method_counts& m, double seconds) {
  json j{{"name", info.name}, {"id", info.id}, {"calls", m.calls}, {"calls_per_second", seconds > 0 ? static_cast<double>(m.calls) / seconds : 0}};
  j["batch_records"] = m.batch_records;
  j["worker_calls"] = m.worker_calls;
  j["not_ok"] = m.not_ok();
  j["statuses"] = json::object();
  for (std::size_t i = 1; i < m.statuses.size(); ++i) {
    if (m.statuses[i] != 0) j["statuses"][status_name(i)] = m.statuses[i];
  }
  j["failures"] = json::array();
  for (const auto& [code, count] : m.failures) j["failures"].push_back({{"code", code}, {"count", count}});
  j["other_failures"] = m.other_failures;
  j["sampled"] = m.sampled;
  j["unobserved"] = m.unobserved;
  j["stages"] = json::object();
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (m.stages[i].count != 0) j["stages"][stages[i].key] = histogram_json(m.stages[i]);
  }
  return j;
}

json loop_json(const ringcall_loop_stats& l, std::uint64_t now_ns) {
  json j{{"calls", l.calls}, {"runs", l.runs}, {"run_lengths", json::array()}, {"turns", l.turns}, {"sleeps", l.sleeps}, {"asleep", l.asleep != 0}};
  for (const std::uint64_t n : l.run_lengths) j["run_lengths"].push_back(n);
  j["since_beat_ns"] = now_ns > l.beat ? now_ns - l.beat : 0;
  j["longest_turn_ns"] = l.longest_turn;
  j["bells_rung"] = l.bells_rung;
  j["bells_saved"] = l.bells_saved;
  j["poisoned"] = l.poisoned;
  j["attached"] = l.attached;
  j["left"] = l.left;
  j["waited_answers"] = l.waited_answers;
  j["samples"] = l.samples;
  return j;
}

json channel_json(const ringcall_channel_stats& c, std::uint64_t now_ns) {
  const auto& s = c.server;
  const auto& k = c.client;
  json j{{"id", c.id}, {"pid", c.pid}, {"command", observe::command_name(c.pid)}, {"loop", c.loop}, {"polled", c.polled != 0}};
  j["attached_ns_ago"] = now_ns > c.attached ? now_ns - c.attached : 0;
  j["updated_ns_ago"] = now_ns > c.updated ? now_ns - c.updated : 0;
  j["taken"] = c.taken;
  j["answered"] = c.answered;
  j["worker_calls_under_way"] = c.worker_calls;
  j["waiting_answers"] = c.waiting;
  j["segment_bytes"] = c.segment_size;
  j["server"] = {{"calls", s.calls}, {"runs", s.runs}, {"batch_records", s.batch_records}, {"answers", s.answers}, {"answer_runs", s.answer_runs},
                 {"bells_rung", s.bells_rung}, {"bells_saved", s.bells_saved}, {"sleeps", s.sleeps}, {"expired", s.expired}, {"failed", s.failed},
                 {"unknown", s.unknown}, {"worker_calls", s.worker_calls}, {"waited_answers", s.waited_answers}, {"no_room", s.no_room}};
  j["client"] = {{"calls", k.calls}, {"runs", k.runs}, {"batch_records", k.batch_records}, {"answers", k.answers}, {"answer_runs", k.answer_runs},
                 {"bells_rung", k.bells_rung}, {"bells_saved", k.bells_saved}, {"spins", k.spins}, {"sleeps", k.sleeps}, {"cancelled", k.cancelled},
                 {"late_answers", k.late_answers}, {"ring_waits", k.ring_waits}, {"arena_waits", k.arena_waits}, {"arena_calls", k.arena_calls}};
  return j;
}

}  // namespace

json policy_json(const observe::policy& p) {
  json j{{"sample_every", p.sample_every}, {"sample_base", p.sample_base}, {"server_spin_ns", p.server_spin_ns}};
  j["client_spin_us"] = p.client_spin_us == RINGCALL_SPIN_OWN ? json(nullptr) : json(p.client_spin_us);
  j["observers"] = p.observers;
  j["refused"] = p.refused;
  j["draining"] = p.draining;
  return j;
}

json histogram_json(const observe::histogram& h) {
  return {{"count", h.count}, {"sum_ns", h.sum}, {"mean_ns", h.mean()}, {"p50_ns", h.quantile(0.5)}, {"p90_ns", h.quantile(0.9)},
          {"p99_ns", h.quantile(0.99)}, {"p999_ns", h.quantile(0.999)}, {"max_ns", h.max}};
}

json snapshot_json(const observe::stats_view& view, const observe::snapshot& s, bool all_methods) {
  json j{{"seconds", s.seconds()}, {"calls", s.calls()}, {"calls_per_second", s.seconds() > 0 ? static_cast<double>(s.calls()) / s.seconds() : 0}};
  j["policy"] = policy_json(s.policy);
  j["methods"] = json::array();
  for (std::size_t i = 0; i < s.methods.size(); ++i) {
    if (all_methods || s.methods[i].calls != 0 || s.methods[i].sampled != 0) j["methods"].push_back(method_json(view.methods()[i], s.methods[i], s.seconds()));
  }
  j["loops"] = json::array();
  for (const auto& l : s.loops) j["loops"].push_back(loop_json(l, s.at_ns));
  j["channels"] = json::array();
  for (const auto& c : s.channels) j["channels"].push_back(channel_json(c, s.at_ns));
  return j;
}

}  // namespace ringcall::tool
