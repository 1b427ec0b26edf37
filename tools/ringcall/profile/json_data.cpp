#include <nlohmann/json.hpp>

#include <array>

#include "profile/documents.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

using json = nlohmann::ordered_json; // keys stay in the order in which they are written here

std::string key_of_stage(std::size_t stage) {
  static constexpr std::array keys{"total", "queue", "server_wake", "handler", "response", "client_wake"};
  return keys[stage];
}

json histogram_json(const observe::histogram& h) {
  json buckets = json::array();
  for (std::uint32_t i = 0; i < h.buckets.size(); ++i) {
    if (h.buckets[i] > 0) buckets.push_back({observe::bucket_low(i), observe::bucket_high(i), h.buckets[i]});
  }
  return {{"count", h.count},
          {"mean_ns", h.mean()},
          {"p50_ns", h.quantile(0.5)},
          {"p90_ns", h.quantile(0.9)},
          {"p99_ns", h.quantile(0.99)},
          {"p999_ns", h.quantile(0.999)},
          {"max_ns", h.max},
          {"buckets_low_high_count", std::move(buckets)}};
}

json composition_json(const composition& c) {
  json j{{"calls", c.calls}};
  for (std::size_t s = 0; s < RINGCALL_STAGES; ++s) j[key_of_stage(s) + "_ns"] = c.stages[s];
  return j;
}

json method_json(const recording& of, std::size_t index) {
  const method& m = of.methods[index];
  const observe::method_counts& c = m.counts;
  json j{{"name", clean(m.name)}, {"id", m.id}, {"on_worker", m.on_worker}, {"unknown", m.is_unknown}, {"calls", c.calls}};
  j["calls_per_second"] = of.length == 0 ? 0 : static_cast<double>(c.calls) / of.seconds();
  j["batch_records"] = c.batch_records;
  j["worker_calls"] = c.worker_calls;
  j["sampled"] = c.sampled;
  j["unobserved"] = c.unobserved;
  for (const char* object : {"statuses", "failures_by_code"}) j[object] = json::object();
  for (std::size_t s = 1; s < c.statuses.size(); ++s) j["statuses"][name_of_status(s)] = c.statuses[s];
  for (const auto& [code, count] : c.failures) j["failures_by_code"][std::to_string(code)] = count;
  j["other_failures"] = c.other_failures;
  for (std::size_t s = 0; s < RINGCALL_STAGES; ++s) j["stages"][key_of_stage(s)] = histogram_json(c.stages[s]);
  const auto near = compositions(of, index, {0.5, 0.99});
  j["near_p50"] = composition_json(near[0]);
  j["near_p99"] = composition_json(near[1]);
  return j;
}

template <class T>
using member = std::pair<const char*, std::uint64_t T::*>;

template <class T, std::size_t Count>
json counters_json(const T& counters, const std::array<member<T>, Count>& members) {
  json j = json::object();
  for (const auto& [key, value] : members) j[key] = counters.*value;
  return j;
}

json loop_json(const loop& l) {
  using stats = ringcall_loop_stats;
  static constexpr std::array<member<stats>, 12> members{{{"turns", &stats::turns}, {"sleeps", &stats::sleeps}, {"calls", &stats::calls}, {"runs", &stats::runs},
    {"bells_rung", &stats::bells_rung}, {"bells_saved", &stats::bells_saved}, {"poisoned", &stats::poisoned}, {"attached", &stats::attached}, {"left", &stats::left},
    {"waited_answers", &stats::waited_answers}, {"recovered_wakes", &stats::recovered_wakes}, {"samples", &stats::samples}}};
  json j = counters_json(l.counts, members);
  j["longest_turn_ns"] = l.counts.longest_turn;
  j["longest_turn_end_ns"] = nullptr;
  if (l.longest_turn_end) j["longest_turn_end_ns"] = *l.longest_turn_end;
  for (const std::uint64_t n : l.counts.run_lengths) j["run_lengths"].push_back(n);
  return j;
}

json channel_json(const channel& c) {
  using server = ringcall_server_counters;
  using client = ringcall_client_counters;
  static constexpr std::array<member<server>, 15> server_members{{{"calls", &server::calls}, {"runs", &server::runs}, {"batch_records", &server::batch_records},
    {"answers", &server::answers}, {"answer_runs", &server::answer_runs}, {"bells_rung", &server::bells_rung}, {"bells_saved", &server::bells_saved},
    {"sleeps", &server::sleeps}, {"recovered_wakes", &server::recovered_wakes}, {"expired", &server::expired}, {"failed", &server::failed}, {"unknown", &server::unknown},
    {"worker_calls", &server::worker_calls}, {"waited_answers", &server::waited_answers}, {"no_room", &server::no_room}}};
  static constexpr std::array<member<client>, 15> client_members{{{"calls", &client::calls}, {"runs", &client::runs}, {"batch_records", &client::batch_records},
    {"answers", &client::answers}, {"answer_runs", &client::answer_runs}, {"bells_rung", &client::bells_rung}, {"bells_saved", &client::bells_saved},
    {"spins", &client::spins}, {"sleeps", &client::sleeps}, {"recovered_wakes", &client::recovered_wakes}, {"cancelled", &client::cancelled},
    {"late_answers", &client::late_answers}, {"ring_waits", &client::ring_waits}, {"arena_waits", &client::arena_waits}, {"arena_calls", &client::arena_calls}}};
  json j{{"id", c.id}, {"pid", c.pid}, {"process", clean(c.process)}, {"loop", c.loop}, {"ended", c.ended}};
  j["server"] = counters_json(c.server, server_members);
  j["client"] = counters_json(c.client, client_members);
  return j;
}

json slice_json(const slice& s) {
  json totals = json::array();
  for (std::size_t m = 0; m < s.totals.size(); ++m) {
    if (s.totals[m].empty()) continue;
    json buckets = json::array();
    for (const bucket_count& b : s.totals[m]) buckets.push_back({observe::bucket_low(b.bucket), observe::bucket_high(b.bucket), b.count});
    totals.push_back({{"method", m}, {"buckets_low_high_count", std::move(buckets)}});
  }
  return {{"from_ns", s.from}, {"to_ns", s.to}, {"calls", s.calls}, {"totals", std::move(totals)}};
}

json call_json(const call& c) {
  json j{{"method", c.method}, {"posted_ns", c.posted}, {"channel", c.channel}, {"loop", c.loop}, {"status", name_of_status(c.status)}, {"records", c.records}};
  j["on_worker"] = (c.flags & RINGCALL_SAMPLE_WORKER) != 0;
  const stage_times times = c.stages();
  for (std::size_t s = 0; s < RINGCALL_STAGES; ++s) j[key_of_stage(s) + "_ns"] = times[s];
  return j;
}

const char* name_of(ending e) { return e == ending::complete ? "complete" : e == ending::interrupted ? "interrupted" : "server ended"; }

}  // namespace

std::string json_data(const recording& of, const std::vector<finding>& findings) {
  const server_facts& s = of.server;
  json j{{"format", "ringcall-profile"}, {"version", 1}};
  j["server"] = {{"name", clean(s.name)}, {"label", clean(s.label)}, {"pid", s.pid}, {"epoch", s.epoch},
                 {"clock", s.clock_kind == RINGCALL_CLOCK_CYCLES ? "cycles" : "monotonic"}, {"slots", s.slots}, {"workers", s.workers},
                 {"running_ns", s.running}, {"server_spin_ns", s.policy.server_spin_ns}, {"client_spin_us", nullptr}};
  if (s.policy.client_spin_us != RINGCALL_SPIN_OWN) j["server"]["client_spin_us"] = s.policy.client_spin_us;
  j["host"] = {{"name", clean(of.host.name)}, {"processor", clean(of.host.processor)}, {"processors", of.host.processors}, {"kernel", clean(of.host.kernel)}};
  j["recording"] = {{"started_unix_ns", of.started_realtime}, {"asked_ns", of.asked}, {"length_ns", of.length}, {"end", name_of(of.end)},
                    {"filter", clean(of.filter)}, {"sample_asked", s.sample_asked}, {"sample_in_force", s.policy.sample_every},
                    {"calls", sum_of_calls(of)}, {"sampled", sum_of_sampled(of)}, {"samples_missed", of.samples_missed}};
  for (const char* list : {"findings", "methods", "loops", "channels", "slices", "still", "slowest"}) j[list] = json::array();
  for (const finding& f : findings) j["findings"].push_back({{"rule", f.rule}, {"severity", name_of(f.level)}, {"what", f.what}, {"advice", f.advice}});
  for (std::size_t i = 0; i < of.methods.size(); ++i) j["methods"].push_back(method_json(of, i));
  for (const loop& l : of.loops) j["loops"].push_back(loop_json(l));
  for (const channel& c : of.channels) j["channels"].push_back(channel_json(c));
  for (const slice& each : of.slices) j["slices"].push_back(slice_json(each));
  for (const stillness& each : of.still) j["still"].push_back({{"loop", each.loop}, {"from_ns", each.from}, {"to_ns", each.to}, {"stopped", each.stopped}});
  for (const call& c : of.slowest) j["slowest"].push_back(call_json(c));
  return j.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace ringcall::profile
