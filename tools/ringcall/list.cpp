#include "commands.hpp"

#include "observe/processes.hpp"
#include "observe/server.hpp"
#include "observe/snapshot.hpp"
#include "observe/trouble.hpp"
#include "print/output.hpp"
#include "print/table.hpp"
#include "print/units.hpp"

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

namespace ringcall::tool {
namespace {

constexpr std::chrono::milliseconds patience{500};  // with each
constexpr std::chrono::milliseconds measured{250};  // for calls a second

struct entry {
  observe::address where;
  pid_t pid = 0;
  std::unique_ptr<observe::server> server; // none: problem says why
  observe::snapshot first, rates;
  std::optional<observe::problem> problem;
};

const char* state_of(const entry& e) {
  if (!e.problem) return e.rates.policy.draining ? "draining" : "running";
  switch (e.problem->kind()) {
    case observe::trouble::stale: return "stale";
    case observe::trouble::silent: return "silent";
    case observe::trouble::other_version: return "other version";
    case observe::trouble::other_user: return "other user";
    case observe::trouble::no_permission: return "no permission";
    case observe::trouble::gone: return "ended";
    default: return "unknown";
  }
}

std::vector<entry> look() {
  std::vector<entry> all;
  for (const auto& where : observe::find_servers()) {
    entry e;
    e.where = where;
    try {
      e.pid = observe::pid_behind(where);
      e.server = std::make_unique<observe::server>(where, patience);
      e.pid = e.server->pid();
      e.first = observe::take(e.server->stats());
    } catch (const observe::problem& p) {
      e.problem = p;
    }
    all.push_back(std::move(e));
  }
  bool any = false;
  for (const entry& e : all) any = any || e.server;
  if (any) std::this_thread::sleep_for(measured);
  for (entry& e : all) {
    if (e.server) e.rates = observe::delta(observe::take(e.server->stats()), e.first);
  }
  return all;
}

json to_json(const entry& e) {
  json j{{"name", e.where.name}, {"socket", (e.where.coprocess ? "@" : "") + e.where.socket}, {"kind", e.where.coprocess ? "co-process" : "listening"}, {"state", state_of(e)}};
  if (e.pid != 0) j["pid"] = e.pid;
  if (e.problem) {
    j["problem"] = e.problem->what();
    return j;
  }
  const auto& h = e.server->stats().header();
  j["command"] = observe::command_name(e.pid);
  j["epoch"] = hex_text(h.epoch);
  j["started_unix_ns"] = h.started_realtime;
  j["uptime_ns"] = e.rates.at_ns - std::min(h.started, e.rates.at_ns);
  j["channels"] = e.rates.channels.size();
  j["calls"] = e.first.calls() + e.rates.calls();
  j["calls_per_second"] = static_cast<double>(e.rates.calls()) / e.rates.seconds();
  return j;
}

std::string to_text(const std::vector<entry>& all) {
  using side = table::side;
  table t({{"NAME", side::left}, {"PID"}, {"COMMAND", side::left}, {"STATE", side::left}, {"UP"}, {"CHANNELS"}, {"CALLS"}, {"CALLS/S"}, {"EPOCH"}});
  std::string notes;
  for (const entry& e : all) {
    const std::string pid = e.pid == 0 ? "-" : std::to_string(e.pid);
    if (e.problem) {
      t.add({e.where.name, pid, e.pid == 0 ? "-" : observe::command_name(e.pid), state_of(e), "-", "-", "-", "-", "-"});
      notes += std::string(e.problem->what()) + "\n";
      continue;
    }
    const auto& h = e.server->stats().header();
    t.add({e.where.name, pid, observe::command_name(e.pid), state_of(e), elapsed_text(e.rates.at_ns - std::min(h.started, e.rates.at_ns)), std::to_string(e.rates.channels.size()),
           short_count_text(static_cast<double>(e.first.calls() + e.rates.calls())), rate_text(static_cast<double>(e.rates.calls()) / e.rates.seconds()), hex_text(h.epoch)});
  }
  if (t.empty()) {
    return "no server of this user runs: there is no socket in " + observe::runtime_directory() + ", and no co-process\n(a server that drains takes its socket away first)\n";
  }
  return t.text() + (notes.empty() ? "" : "\n" + notes);
}

}  // namespace

int run_list(const list_options& o) {
  if (o.names) {
    for (const auto& where : observe::find_servers()) put(where.name + "\n");
    return 0;
  }
  const auto all = look();
  if (!o.json) {
    put(to_text(all));
    return 0;
  }
  json j{{"runtime_directory", observe::runtime_directory()}, {"servers", json::array()}};
  for (const entry& e : all) j["servers"].push_back(to_json(e));
  put_json(j);
  return 0;
}

}  // namespace ringcall::tool
