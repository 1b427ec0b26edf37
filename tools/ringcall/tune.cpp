#include "commands.hpp"

#include "observe/server.hpp"
#include "print/output.hpp"
#include "print/snapshot_json.hpp"
#include "print/units.hpp"
#include "stat.hpp"

#include <algorithm>

namespace ringcall::tool {
namespace {

std::string client_spin_text(std::uint64_t us) { return us == RINGCALL_SPIN_OWN ? "each client's own" : us == 0 ? "0: they sleep at once" : duration_text(us * 1000); }

std::string to_text(const observe::server& s, const observe::policy& p) {
  std::string text = s.name() + " (pid " + std::to_string(s.pid()) + ")\n";
  text += "  sampling     " + sampling_text(p.sample_every) + (p.sample_every == p.sample_base ? "" : " for observers; without them " + sampling_text(p.sample_base)) + "\n";
  text += "  server spin  " + (p.server_spin_ns == 0 ? "0: it sleeps at once" : duration_text(p.server_spin_ns)) + ", how long a loop polls a channel after its last call\n";
  text += "  client spin  " + client_spin_text(p.client_spin_us) + ", how long a client polls for an answer before it sleeps\n";
  text += "  observers    " + std::to_string(p.observers - std::min<std::uint64_t>(p.observers, 1)) + " beside this one\n";
  return text;
}

}  // namespace

int run_tune(const tune_options& o) {
  observe::server s(o.name);
  if (o.sample) s.command(RINGCALL_COMMAND_SAMPLE_BASE, *o.sample);
  if (o.server_spin_ns) s.command(RINGCALL_COMMAND_SERVER_SPIN, *o.server_spin_ns);
  if (o.client_spin_us) s.command(RINGCALL_COMMAND_CLIENT_SPIN, *o.client_spin_us);
  const observe::policy p = s.stats().current_policy();
  if (o.json) {
    json j{{"name", s.name()}, {"pid", s.pid()}};
    j.update(policy_json(p));
    put_json(j);
  } else {
    put(to_text(s, p));
  }
  return 0;
}

}  // namespace ringcall::tool
