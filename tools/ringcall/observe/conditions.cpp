#include "observe/conditions.hpp"

#include "observe/processes.hpp"

#include <map>

namespace ringcall::observe {
namespace {

constexpr std::uint64_t beat_late_ns = 3'000'000'000; // an idle loop beats each second

std::string seconds_text(std::uint64_t ns) { return std::to_string(ns / 1'000'000'000) + " s"; }

}  // namespace

std::vector<std::string> conditions(const stats_view& view, const snapshot& s, const std::function<char(pid_t)>& state_of) {
  std::vector<std::string> all;
  const pid_t pid = view.header().pid;
  const bool server_stopped = is_stopped(state_of(pid));
  if (server_stopped) all.push_back("the server is STOPPED (signal or debugger): kill -CONT " + std::to_string(pid) + " lets it go on");
  if (s.policy.draining) all.push_back("the server is ending: it takes no more clients");
  for (std::size_t i = 0; i < s.loops.size(); ++i) {
    const std::uint64_t late = s.at_ns > s.loops[i].beat ? s.at_ns - s.loops[i].beat : 0;
    if (server_stopped || s.loops[i].beat == 0 || late < beat_late_ns) continue;
    all.push_back("loop " + std::to_string(i) + " has been away for " + seconds_text(late) + ": in a handler, or without CPU");
  }
  std::map<pid_t, std::size_t> clients;
  for (const auto& c : s.channels) {
    if (is_stopped(state_of(c.pid))) ++clients[c.pid];
  }
  for (const auto& [client, count] : clients) {
    all.push_back("client " + std::to_string(client) + " (" + command_name(client) + ") is STOPPED" + (count > 1 ? ", with " + std::to_string(count) + " channels" : ""));
  }
  if (s.unreadable_channels != 0) all.push_back(std::to_string(s.unreadable_channels) + " channels could not be read: they were being written all the while");
  return all;
}

std::vector<std::string> conditions(const stats_view& view, const snapshot& s) { return conditions(view, s, process_state); }

}  // namespace ringcall::observe
