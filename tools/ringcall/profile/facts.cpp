#include "profile/documents.hpp"
#include "profile/words.hpp"

namespace ringcall::profile {
namespace {

std::string spin_of_clients(std::uint64_t microseconds) {
  return microseconds == RINGCALL_SPIN_OWN ? "as each client likes" : duration(static_cast<double>(microseconds) * 1e3);
}

std::string how_it_ended(const recording& of) {
  switch (of.end) {
    case ending::complete: return "";
    case ending::interrupted: return ", interrupted (" + duration(static_cast<double>(of.asked)) + " were asked for)";
    case ending::server_ended: return ", until the server ended (" + duration(static_cast<double>(of.asked)) + " were asked for)";
  }
  return "";
}

}  // namespace

std::vector<fact> facts(const recording& of) {
  const std::uint64_t calls = sum_of_calls(of), sampled = sum_of_sampled(of);
  const server_facts& s = of.server;
  std::vector<fact> all;
  const std::string label = clean(s.label);
  all.push_back({"server", clean(s.name) + (label.empty() || label == clean(s.name) ? "" : " (" + label + ")") + ", pid " + std::to_string(s.pid) + ", up for " +
      tool::elapsed_text(s.running)});
  if (!of.host.name.empty()) {
    all.push_back({"host", clean(of.host.name) + ", " + clean(of.host.processor) + ", " + std::to_string(of.host.processors) +
        (of.host.processors == 1 ? " processor" : " processors") + (of.host.load > 0 ? " (load " + number(of.host.load) + "), " : ", ") + clean(of.host.kernel)});
  }
  all.push_back({"recorded", date(of.started_realtime) + ", " + duration(static_cast<double>(of.length)) + how_it_ended(of)});
  if (!of.filter.empty()) all.push_back({"methods", "only those with \"" + clean(of.filter) + "\" in their names"});
  all.push_back({"calls", count_text(calls) + (of.length == 0 ? "" : ", " + rate_text(static_cast<double>(calls) / of.seconds()))});
  const std::uint64_t in_force = s.policy.sample_every != 0 ? s.policy.sample_every : s.sample_asked;
  all.push_back({"sampled", count_text(sampled) + (in_force == 0 ? "" : in_force == 1 ? ", every call" : ", one call in " + count_text(in_force)) +
      (of.samples_missed == 0 ? "" : "; " + count_text(of.samples_missed) + " single samples missed")});
  all.push_back({"clock", s.clock_kind == RINGCALL_CLOCK_CYCLES ? "the processor's counter" : s.clock_kind == RINGCALL_CLOCK_MONOTONIC ? "CLOCK_MONOTONIC" : "unknown"});
  all.push_back({"spin", "server " + duration(static_cast<double>(s.policy.server_spin_ns)) + ", clients " + spin_of_clients(s.policy.client_spin_us)});
  return all;
}

std::string about_stages(const recording& of) {
  std::string text = "The mean of all sampled calls, and the calls about as slow as the median and as p99.", names;
  std::size_t count = 0;
  for (const method& m : of.methods) {
    if (m.oneway && m.total().count > 0) names += (count++ == 0 ? "" : ", ") + clean(m.name);
  }
  if (count > 0) text += " Nobody waits for " + shortened(names, 120) + " (oneway): response and client wake last until the client looks at its answers again.";
  return text;
}

}  // namespace ringcall::profile
