// ringcall: looks into servers that run. The command line; what its subcommands do is theirs.

#include "commands.hpp"
#include "observe/resolve.hpp"
#include "print/output.hpp"
#include "print/units.hpp"
#include "profile/profile.hpp"

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

// An option that takes a duration.
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::uint64_t& ns, const std::string& help) {
  return app.add_option_function<std::string>(name, [&ns, name](const std::string& text) {
    try {
      ns = tool::parse_duration_ns(text);
    } catch (const std::invalid_argument& e) {
      throw CLI::ValidationError(name, e.what());
    }
  }, help)->type_name("DURATION");
}

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

void add_profile(CLI::App& app, action& chosen) {
  static tool::profile_options o;
  CLI::App* sub = add_command(app, "profile", "records a server and reports where its calls' time went", R"(
Writes report.html (one page that needs nothing else), report.png, report.txt, data.json, trace.json (Chrome's trace format, for ui.perfetto.dev) and
METHOD.STAGE.hgrm (HdrHistogram percentiles, in microseconds); the text also to standard output. Sampling ends with the recording. Ctrl-C ends it early.

Examples:
  ringcall profile quotes
  ringcall profile quotes --for 1min --sample 1 --out /tmp/quotes
  ringcall profile quotes --json - | jq '.findings[].what')");
  sub->add_option("NAME", o.name, "of the server")->required();
  add_duration(*sub, "--for", o.for_ns, "so long (10s)");
  sub->add_option("--sample", o.sample, "sample one call in so many (64)")->type_name("N");
  sub->add_option("--out", o.out, "the directory to write into; made if it is not there (a new one here, ringcall-profile-NAME-TIME; none with --json alone)")->type_name("DIR");
  sub->add_option("--json", o.json, "write the data there too; '-': to standard output, in the text's place")->type_name("FILE");
  sub->add_option("--method", o.method, "only methods with this in their names")->type_name("FILTER");
  sub->callback([&chosen] { chosen = [] { return tool::run_profile(o); }; });
}

void add_commands(CLI::App& app, action& chosen) {
  add_list(app, chosen);
  add_profile(app, chosen);
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
