// ringcall: looks into servers that run. The command line; what its subcommands do is theirs.

#include "commands.hpp"
#include "observe/resolve.hpp"
#include "print/output.hpp"
#include "print/units.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <cstdio>
#include <functional>
#include <string>

namespace {

namespace tool = ringcall::tool;

constexpr int exit_failed = 1;
constexpr int exit_misused = 2;

using action = std::function<int()>;

const char* const about_names = R"(
NAME is what Dial takes: a name in the runtime directory ($XDG_RUNTIME_DIR/ringcall, else /tmp/ringcall-UID) or a socket's path. It may also be a
co-process, NAME.PID or NAME alone if there is only one, or the pid of a server. 'ringcall list' shows them.)";

CLI::App* add_command(CLI::App& app, const char* name, const char* help, const std::string& footer) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->option_defaults()->always_capture_default(false);
  sub->footer(footer);
  return sub;
}

void add_list(CLI::App& app, action& chosen) {
  static tool::list_options o;
  CLI::App* sub = add_command(app, "list", "the servers that run, and the sockets that dead ones left", R"(
Examples:
  ringcall list
  ringcall list --json | jq -r '.servers[] | select(.state == "stale").socket')");
  sub->add_flag("--json", o.json, "as JSON");
  sub->callback([&chosen] { chosen = [] { return tool::run_list(o); }; });
}

void add_commands(CLI::App& app, action& chosen) {
  add_list(app, chosen);
}

// A subcommand that there is none of: CLI11 would only say that one is required.
std::string unknown_command(CLI::App& app, int count, char** values) {
  if (count < 2 || values[1][0] == '-') return {};
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands({})) names.push_back(sub->get_name());
  if (std::find(names.begin(), names.end(), values[1]) != names.end()) return {};
  const std::string suggested = ringcall::observe::suggestion(values[1], names);
  return "there is no command '" + std::string(values[1]) + "'" + (suggested.empty() ? "; 'ringcall --help' lists them" : suggested);
}

int fail(const std::string& text, int status) {
  std::fprintf(stderr, "ringcall: %s\n", text.c_str());
  return status;
}

int run(const action& chosen) {
  try {
    return chosen();
  } catch (const tool::output_closed&) {
    return 0;
  } catch (const tool::misuse& e) {
    return fail(e.what(), exit_misused);
  } catch (const std::exception& e) {
    return fail(e.what(), exit_failed);
  }
}

}  // namespace

int main(int count, char** values) {
  std::signal(SIGPIPE, SIG_IGN); // a closed output shows in the write that fails
  CLI::App app{"Looks into running ringcall servers: what they do, how fast, and where the time goes.", "ringcall"};
  action chosen;
  add_commands(app, chosen);
  app.footer(std::string(about_names) + "\n\nExit status: 0; 1 if something failed or was found to be wrong; 2 if the command line is wrong.");
  if (const std::string text = unknown_command(app, count, values); !text.empty()) return fail(text, exit_misused);
  app.require_subcommand(1);
  try {
    app.parse(count, values);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_misused;
  }
  return run(chosen);
}
