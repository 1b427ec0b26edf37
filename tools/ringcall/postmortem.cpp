#include "postmortem.hpp"

#include "commands.hpp"
#include "observe/processes.hpp"
#include "print/output.hpp"
#include "print/statuses.hpp"
#include "print/table.hpp"
#include "print/units.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace ringcall::tool {
namespace {

constexpr std::size_t runs_printed = 12;
constexpr std::size_t calls_printed = 20;

std::string method_name(const remains& r, std::uint16_t method) {
  const auto known = r.methods.find(method);
  return known == r.methods.end() ? "method " + std::to_string(method) : known->second;
}

std::string age(const remains& r, std::uint64_t count) {
  const std::int64_t ns = r.end_ns - r.clock.ns_of(count);
  return r.end_ns == 0 || ns < 0 ? "-" : duration_text(static_cast<std::uint64_t>(ns));
}

const ringcall_black_box_run* run_with(const black_box& box, std::uint64_t position) {
  for (const auto& run : box.last) {
    if (run.position <= position && position - run.position < run.count) return &run;
  }
  return nullptr;
}

std::string running_text(const remains& r) {
  if (!r.box) return "no black box was kept\n";
  const black_box& b = *r.box;
  if (!b.running) return "no handler was running when it ended\n";
  std::string text = "RUNNING when it ended: " + method_name(r, b.running_method) + ", the record at position " + std::to_string(b.running_position);
  if (b.running_count > 1) text += " and " + std::to_string(b.running_count - 1) + " behind it, of which any may have begun";
  if (const auto* run = run_with(b, b.running_position)) {
    text += " (number " + std::to_string(b.running_position - run->position + 1) + " of a run of " + std::to_string(run->count) + ", taken " + age(r, run->taken) + " before)";
  }
  return text + "\n";
}

std::string calls_text(const remains& r) {
  if (r.calls.empty()) return {};
  using side = table::side;
  table t({{"POSITION"}, {"METHOD", side::left}, {"FATE", side::left}});
  for (std::size_t i = 0; i < std::min(calls_printed, r.calls.size()); ++i) {
    const auto& c = r.calls[i];
    const bool running = r.box && r.box->running && c.position >= r.box->running_position && c.position - r.box->running_position < std::max(r.box->running_count, 1u);
    t.add({std::to_string(c.position), method_name(r, c.method), running ? c.fate + ", was running" : c.fate});
  }
  std::string text = "\nCalls without an answer: " + count_text(r.calls.size()) + "\n" + t.text(2);
  if (r.calls.size() > calls_printed) text += "  and " + std::to_string(r.calls.size() - calls_printed) + " more; --json has them all\n";
  return text;
}

std::string runs_text(const remains& r) {
  if (!r.box || r.box->last.empty()) return {};
  using side = table::side;
  table t({{"POSITION"}, {"RECORDS"}, {"FIRST METHOD", side::left}, {"ENDED"}, {"NOT OK"}, {"ON WORKERS"}, {"LAST FAILURE", side::left}, {"TAKEN BEFORE"}});
  for (std::size_t i = 0; i < std::min(runs_printed, r.box->last.size()); ++i) {
    const auto& run = r.box->last[i];
    t.add({std::to_string(run.position), std::to_string(run.count), method_name(r, run.method), std::to_string(run.ended) + (run.ended + run.on_worker < run.count ? " !" : ""),
           std::to_string(run.failed), std::to_string(run.on_worker), run.failed == 0 ? "-" : status_name(run.last_status), age(r, run.taken)});
  }
  return "\nLast runs, the newest first, of " + count_text(r.box->runs) + " (!: not all of it had ended)\n" + t.text(2);
}

json to_json(const remains& r) {
  json j{{"source", r.source}, {"server", r.server}, {"epoch", r.epoch}, {"cause", r.cause}, {"time", r.time}, {"state", r.state}};
  j["pid"] = r.pid == 0 ? json(nullptr) : json(r.pid);
  j["client"] = r.client == 0 ? json(nullptr) : json(r.client);
  j["taken"] = r.taken ? json(*r.taken) : json(nullptr);
  j["reaped"] = r.reaped ? json(*r.reaped) : json(nullptr);
  j["posted"] = r.posted ? json(*r.posted) : json(nullptr);
  j["calls"] = json::array();
  for (const auto& c : r.calls) j["calls"].push_back({{"position", c.position}, {"method", c.method}, {"name", method_name(r, c.method)}, {"fate", c.fate}});
  j["running"] = nullptr;
  j["runs"] = json::array();
  if (!r.box) return j;
  if (r.box->running) {
    j["running"] = {{"position", r.box->running_position}, {"count", r.box->running_count}, {"method", r.box->running_method}, {"name", method_name(r, r.box->running_method)}};
  }
  for (const auto& run : r.box->last) {
    const std::int64_t ns = r.end_ns - r.clock.ns_of(run.taken);
    j["runs"].push_back({{"position", run.position}, {"count", run.count}, {"method", run.method}, {"name", method_name(r, run.method)}, {"ended", run.ended}, {"not_ok", run.failed},
                         {"on_worker", run.on_worker}, {"last_status", status_name(run.last_status)}, {"taken_before_ns", r.end_ns == 0 ? json(nullptr) : json(ns)}});
  }
  return j;
}

std::vector<remains> collect(const std::string& what) {
  struct stat st;
  const bool digits = what.find_first_not_of("0123456789") == std::string::npos;
  if (stat(what.c_str(), &st) == 0 && S_ISREG(st.st_mode)) return {read_dump(what)};
  if (what.find('/') != std::string::npos && stat(what.c_str(), &st) != 0) throw std::runtime_error("there is no file " + what);
  if (what.ends_with(".dump")) throw std::runtime_error("there is no file " + what);
  if (digits && !what.empty() && what.size() < 10) {
    const auto pid = static_cast<pid_t>(std::stol(what));
    auto found = find_remains(pid);
    if (!found.empty()) return found;
    if (observe::process_state(pid) != '\0') throw std::runtime_error("process " + what + " (" + observe::command_name(pid) + ") holds no memory of a dead server");
  }
  auto found = find_remains(std::nullopt);
  if (found.empty()) {
    throw std::runtime_error("no process holds memory of a dead server" + std::string(digits ? "" : ", of " + what + " or another") +
                             "; clients with WithRestart let go of it; name a dump: clients with WithDumps write one when a server dies");
  }
  return found;
}

}  // namespace

std::string postmortem_text(const remains& r) {
  std::string text = (r.server.empty() ? "a server" : r.server) + " (" + (r.pid == 0 ? "" : "pid " + std::to_string(r.pid) + ", ") + "epoch " + r.epoch + ")";
  text += r.cause.empty() ? " is gone\n" : " died: " + r.cause + "\n";
  text += "  from     " + r.source + "\n";
  if (r.client != 0) text += "  client   " + std::to_string(r.client) + "\n";
  if (!r.time.empty()) text += "  noticed  " + r.time + "\n";
  if (!r.state.empty()) text += "  its life " + r.state + "\n";
  if (r.taken) {
    text += "  ring     taken to position " + count_text(*r.taken) + (r.posted ? ", posted to " + count_text(*r.posted) : "") + (r.reaped ? ", answers reaped to " + count_text(*r.reaped) : "") + "\n";
  }
  return text + "\n" + running_text(r) + calls_text(r) + runs_text(r);
}

int run_postmortem(const postmortem_options& o) {
  const auto all = collect(o.what);
  if (o.json) {
    json j{{"channels", json::array()}};
    for (const remains& r : all) j["channels"].push_back(to_json(r));
    put_json(j);
    return 0;
  }
  std::string text;
  for (const remains& r : all) text += (text.empty() ? "" : "\n----\n\n") + postmortem_text(r);
  put(text);
  return 0;
}

}  // namespace ringcall::tool
