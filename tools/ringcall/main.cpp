// ringcall: looks into servers that run. The command line; what its subcommands do is theirs.

#include "commands.hpp"
#include "load/commands.hpp"
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

// An option whose text parse makes a number of; what it throws is the command line's fault.
template <class Parse>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, std::uint64_t& value, Parse parse, const char* type, const std::string& help) {
  return app.add_option_function<std::string>(name, [&value, name, parse](const std::string& text) {
    try {
      value = parse(text);
    } catch (const std::invalid_argument& e) {
      throw CLI::ValidationError(name, e.what());
    }
  }, help)->type_name(type);
}

void add_bench(CLI::App& app, action& chosen) {
  static tool::bench_options o;
  CLI::App* sub = add_command(app, "bench", "loads a server with calls of its methods and measures them", R"(
Arguments are made up by the seed as the server's description of its interface has them. A closed loop has --inflight calls under way: when one is answered
the next is sent. An open loop, --rate, sends each call when it is due, whatever became of those before, and measures from then: a server that stalls shows.

Examples:
  ringcall bench quotes quote_of --for 5s
  ringcall bench quotes quote_of add --inflight 64 --run 16
  ringcall bench quotes quote_of --rate 20000 --hgrm quotes.hgrm
  ringcall bench ./raw.sock 2 --request-size 64

Exit status: 1 too if answers were malformed or missing, or requests not understood; handlers that fail are counted.)");
  sub->add_option("NAME", o.name, "the server")->required();
  sub->add_option("METHOD", o.methods, "service.method, method or number; of several, any at random")->required();
  add_parsed(*sub, "--for", o.for_ns, tool::parse_duration_ns, "DURATION", "how long, 10s if not given");
  sub->add_option("--rate", o.rate, "open loop: so many calls a second of all clients together");
  sub->add_option("--inflight", o.inflight, "closed loop: calls of each client under way; if not given, those of a run");
  sub->add_option("--run", o.run, "calls published at once, 1 to 256; 1 if not given");
  sub->add_option("--batch", o.batch, "dense batches of so many records, each one call");
  sub->add_option("--clients", o.clients, "clients, a thread and a channel each; 1 if not given");
  sub->add_option("--seed", o.seed, "of the arguments; 1 if not given");
  add_parsed(*sub, "--deadline", o.deadline_ns, tool::parse_duration_ns, "DURATION", "of each call, from its post; none if not given");
  sub->add_option("--request-hex", o.request_hex, "the request's bytes, for each call")->type_name("HEX");
  sub->add_option("--request-size", o.request_size, "requests of so many random bytes")->type_name("BYTES");
  sub->add_option("--hgrm", o.hgrm, "writes all latencies in HdrHistogram's percentile format, in microseconds")->type_name("FILE");
  sub->add_flag("--json", o.json, "as JSON, latencies in nanoseconds");
  sub->callback([&chosen] { chosen = [] { return tool::run_bench(o); }; });
}

void add_record(CLI::App& app, action& chosen) {
  static tool::record_options o;
  CLI::App* sub = add_command(app, "record", "captures a server's real traffic, with its timing, into a file", R"(
Ends after --for, at --max-bytes, with the server or on Ctrl-C; the file is complete in each case. Requests and answers stand in it as they are: keep it
as you keep the data. Where calls come faster than they can be written some are left out, and that is told.

Examples:
  ringcall record quotes --for 10s -o quotes.rec
  ringcall replay quotes.rec quotes-next)");
  sub->add_option("NAME", o.name, "the server")->required();
  sub->add_option("-o,--output", o.file, "the recording; what was there is lost")->required()->type_name("FILE");
  add_parsed(*sub, "--for", o.for_ns, tool::parse_duration_ns, "DURATION", "how long; until Ctrl-C if not given");
  add_parsed(*sub, "--max-bytes", o.max_bytes, tool::parse_bytes, "BYTES", "the file grows no larger; 1G if not given");
  sub->add_flag("--json", o.json, "what was recorded, as JSON");
  sub->callback([&chosen] { chosen = [] { return tool::run_record(o); }; });
}

double parse_speed(const std::string& text) {
  if (text == "max") return 0;
  char* end = nullptr;
  const double speed = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || std::string_view(end).find_first_not_of('x') != std::string_view::npos || !(speed > 0)) {
    throw CLI::ValidationError("--speed", "expected a number above 0, or max, found '" + text + "'");
  }
  return speed;
}

void add_replay(CLI::App& app, action& chosen) {
  static tool::replay_options o;
  CLI::App* sub = add_command(app, "replay", "plays a recording to a server and compares the answers", R"(
Calls go to the server in their order, on one channel, with the recorded gaps. An answer differs if its status, its code or any of its bytes do.

Examples:
  ringcall replay quotes.rec quotes-next
  ringcall replay quotes.rec quotes-next --speed 10 --ignore quotes.now
  ringcall replay quotes.rec quotes-next --speed max

Exit status: 1 too if answers differ or are missing.)");
  sub->add_option("FILE", o.file, "the recording")->required();
  sub->add_option("NAME", o.name, "the server")->required();
  sub->add_option_function<std::string>("--speed", [](const std::string& text) { o.speed = parse_speed(text); }, "so many times as fast as then, or max: as fast as the answers come; 1 if not given")->type_name("N|max");
  sub->add_option("--inflight", o.inflight, "with --speed max: calls under way; 64 if not given");
  sub->add_option("--methods", o.methods, "plays these alone")->delimiter(',')->type_name("METHOD,...");
  sub->add_option("--ignore", o.ignore, "plays these, but their answers may differ")->delimiter(',')->type_name("METHOD,...");
  sub->add_flag("--json", o.json, "as JSON, latencies in nanoseconds");
  sub->callback([&chosen] { chosen = [] { return tool::run_replay(o); }; });
}

void add_commands(CLI::App& app, action& chosen) {
  add_list(app, chosen);
  add_bench(app, chosen);
  add_record(app, chosen);
  add_replay(app, chosen);
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
