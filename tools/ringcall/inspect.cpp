#include "commands.hpp"

#include "load/description.hpp"
#include "observe/conditions.hpp"
#include "observe/processes.hpp"
#include "observe/server.hpp"
#include "observe/snapshot.hpp"
#include "print/output.hpp"
#include "print/snapshot_json.hpp"
#include "print/table.hpp"
#include "print/units.hpp"
#include "stat.hpp"

#include <algorithm>
#include <ctime>

namespace ringcall::tool {
namespace {

std::string local_time(std::uint64_t realtime_ns) {
  const auto t = static_cast<std::time_t>(realtime_ns / 1'000'000'000);
  std::tm parts{};
  char text[64] = "";
  if (localtime_r(&t, &parts) != nullptr) std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts);
  return text;
}

std::uint64_t channels_bytes(const observe::snapshot& s) {
  std::uint64_t bytes = 0;
  for (const auto& c : s.channels) bytes += c.segment_size;
  return bytes;
}

std::string size_text(std::uint32_t bytes) { return bytes == 0 ? "none" : std::to_string(bytes) + " B"; }

// The statistics have 0 both for no record and for one of any size; which it is the description tells.
std::string request_text(const observe::method_info& m, const load::method& described) {
  return m.request_size != 0 || (described.described && described.request_size == 0) ? size_text(m.request_size) : "any";
}

std::string answer_text(const observe::method_info& m, const load::method& described) {
  if (described.oneway) return "oneway";
  return m.request_size != 0 || m.answer_size != 0 || (described.described && described.answer_size == 0) ? size_text(m.answer_size) : "any";
}

std::string methods_text(const observe::stats_view& view) {
  using side = table::side;
  table t({{"ID"}, {"METHOD", side::left}, {"REQUEST"}, {"ANSWER"}, {"RUNS ON", side::left}, {"BATCHES", side::left}});
  const auto& methods = view.methods();
  std::vector<observe::method_info> known(methods.begin(), methods.end() - 1); // the last is "unknown method"
  const auto description = load::description::parse_if_good(view.interface_text());
  std::sort(known.begin(), known.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  for (const auto& m : known) {
    const load::method described = description.find(m.id);
    t.add({std::to_string(m.id), m.name, request_text(m, described), answer_text(m, described), m.on_worker ? "a worker" : "the loop", m.batches_only ? "only" : m.takes_batches ? "yes" : "-"});
  }
  return t.empty() ? "  none\n" : t.text(2);
}

std::string channels_text(const observe::snapshot& s) {
  using side = table::side;
  table t({{"ID"}, {"CLIENT"}, {"COMMAND", side::left}, {"LOOP"}, {"STATE", side::left}, {"UP"}, {"CALLS"}, {"OUT"}, {"WAITING"}, {"SLEEPS"}, {"MEMORY"}});
  for (const auto& c : s.channels) {
    const char state = observe::process_state(c.pid);
    const bool stopped = state == 'T' || state == 't';
    const std::uint64_t out = c.taken > c.answered ? c.taken - c.answered : 0;
    t.add({std::to_string(c.id), std::to_string(c.pid), state == '\0' ? "(ended)" : observe::command_name(c.pid), std::to_string(c.loop),
           stopped ? "client STOPPED" : c.polled != 0 ? "polled" : "asleep", elapsed_text(s.at_ns - std::min(s.at_ns, c.attached)),
           count_text(c.server.calls), std::to_string(out), std::to_string(c.waiting), count_text(c.client.sleeps), bytes_text(c.segment_size)});
  }
  return t.empty() ? "  none\n" : t.text(2);
}

std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out += "  " + text.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return out;
}

std::string to_text(observe::server& s, const observe::snapshot& now) {
  const auto& view = s.stats();
  const auto& h = view.header();
  std::string text = s.name() + ": " + observe::command_name(s.pid()) + ", pid " + std::to_string(s.pid()) + ", up " + elapsed_text(now.at_ns - std::min(now.at_ns, h.started)) +
                     " (since " + local_time(h.started_realtime) + ")\n";
  for (const std::string& c : observe::conditions(view, now)) text += "! " + c + "\n";
  text += "  socket    " + std::string(s.where().coprocess ? "@" : "") + s.where().socket + "\n";
  text += "  versions  ABI " + std::to_string(h.abi_version) + ", statistics " + std::to_string(h.version) + "\n";
  text += "  epoch     " + hex_text(h.epoch) + "\n";
  text += "  clock     " + std::string(h.clock_kind == RINGCALL_CLOCK_CYCLES ? "the processor's cycles" : "CLOCK_MONOTONIC") + "\n";
  text += "  options   " + std::to_string(h.slots) + " slots of " + std::to_string(h.stride) + " B, arenas of " + bytes_text(h.request_arena) + " and " + bytes_text(h.answer_arena) + ", " +
          std::to_string(h.loop_count) + (h.loop_count == 1 ? " loop, " : " loops, ") +
          (h.workers == 0 ? "no workers" : std::to_string(h.workers) + (h.workers == 1 ? " worker a loop" : " workers a loop")) + ", at most " + std::to_string(h.channel_count) + " channels\n";
  text += "  memory    " + bytes_text(channels_bytes(now)) + " of channels, " + bytes_text(h.size) + " of statistics; " + bytes_text(observe::resident_bytes(s.pid())) + " resident in all\n";
  text += "  policy    " + sampling_text(now.policy.sample_every) + "; server spin " + duration_text(now.policy.server_spin_ns) + ", client spin " +
          (now.policy.client_spin_us == RINGCALL_SPIN_OWN ? "each client's own" : duration_text(now.policy.client_spin_us * 1000)) + "\n";
  text += "  clients   " + std::to_string(now.channels.size()) + " channels, " + count_text(now.policy.refused) + " refused so far; " + std::to_string(now.policy.observers - std::min<std::uint64_t>(now.policy.observers, 1)) +
          " observers beside this one\n\nMethods\n" + methods_text(view) + "\nChannels\n" + channels_text(now);
  const std::string interface = view.interface_text();
  text += "\nInterface\n" + (interface.empty() ? "  the server does not describe one: its methods go by number\n" : indented(interface));
  return text;
}

json to_json(observe::server& s, const observe::snapshot& now) {
  const auto& view = s.stats();
  const auto& h = view.header();
  json j{{"name", s.name()}, {"kind", s.where().coprocess ? "co-process" : "listening"}, {"socket", (s.where().coprocess ? "@" : "") + s.where().socket}, {"pid", s.pid()},
         {"command", observe::command_name(s.pid())}, {"conditions", observe::conditions(view, now)}};
  j["abi_version"] = h.abi_version;
  j["statistics_version"] = h.version;
  j["epoch"] = hex_text(h.epoch);
  j["clock"] = h.clock_kind == RINGCALL_CLOCK_CYCLES ? "cycles" : "monotonic";
  j["started_unix_ns"] = h.started_realtime;
  j["uptime_ns"] = now.at_ns - std::min(now.at_ns, h.started);
  j["options"] = {{"slots", h.slots}, {"stride", h.stride}, {"request_arena", h.request_arena}, {"answer_arena", h.answer_arena}, {"loops", h.loop_count}, {"workers", h.workers},
                  {"channels_max", h.channel_count}};
  j["memory"] = {{"channels_bytes", channels_bytes(now)}, {"statistics_bytes", h.size}, {"resident_bytes", observe::resident_bytes(s.pid())}};
  j["interface"] = view.interface_text();
  j["layouts"] = json::array();
  for (const auto& m : view.methods()) {
    j["layouts"].push_back({{"id", m.id}, {"name", m.name}, {"request_bytes", m.request_size}, {"answer_bytes", m.answer_size}, {"on_worker", m.on_worker}, {"takes_batches", m.takes_batches}, {"batches_only", m.batches_only}});
  }
  j["layouts"].erase(j["layouts"].size() - 1);
  j.update(snapshot_json(view, now, true));
  return j;
}

}  // namespace

int run_inspect(const inspect_options& o) {
  observe::server s(o.name);
  const observe::snapshot now = observe::take(s.stats());
  if (o.json) put_json(to_json(s, now));
  else put(to_text(s, now));
  return 0;
}

}  // namespace ringcall::tool
