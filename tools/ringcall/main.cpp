// ringcall: looks into servers that run. The command line; what its subcommands do is theirs.

#include "commands.hpp"
#include "completion.hpp"
#include "load/commands.hpp"
#include "observe/resolve.hpp"
#include "print/output.hpp"
#include "policy.hpp"
#include "print/units.hpp"
#include "profile/profile.hpp"
#include "ringcall/abi.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <functional>
#include <string>

namespace {

namespace tool = ringcall::tool;
using ringcall::policy;

constexpr int exit_failed = 1;
constexpr int exit_misused = 2;

using action = std::function<int()>;

const char* const about_names = R"(
NAME is what Dial takes: a name in the runtime directory, which is
$XDG_RUNTIME_DIR/ringcall or else /tmp/ringcall-UID, or a socket's path. It may
also be a co-process, NAME.PID or NAME alone if there is only one, or the pid of
a server. 'ringcall list' shows them.

Examples:
  ringcall list
  ringcall top quotes
  ringcall stat 4711 -n 5)";

template <class F>
auto valid(const std::string& option, F parse) {
  try {
    return parse();
  } catch (const std::invalid_argument& e) {
    throw CLI::ValidationError(option, e.what());
  }
}

std::uint64_t duration_of(const std::string& option, const std::string& text) {
  return valid(option, [&] { return tool::parse_duration_ns(text); });
}

std::uint64_t spin_of(const std::string& option, const std::string& text, std::uint64_t most_ns) {
  const std::uint64_t ns = duration_of(option, text);
  if (ns > most_ns) throw CLI::ValidationError(option, text + " is too long: at most " + tool::duration_text(most_ns));
  return ns;
}

// An option that takes a duration.
CLI::Option* add_duration(CLI::App& app, const std::string& name, std::uint64_t& ns, const std::string& help) {
  return app.add_option_function<std::string>(name, [&ns, name](const std::string& text) {
    ns = duration_of(name, text);
    if (ns == 0 && name.ends_with("interval")) throw CLI::ValidationError(name, "an interval of nothing; write 1s, 500ms");
  }, help)->type_name("DURATION");
}

CLI::App* add_command(CLI::App& app, const char* name, const char* help, const std::string& footer) {
  CLI::App* sub = app.add_subcommand(name, help);
  sub->option_defaults()->always_capture_default(false);
  sub->footer(footer);
  return sub;
}

void add_name(CLI::App& sub, std::string& name) { sub.add_option("NAME", name, "the server")->required(); }
void add_json(CLI::App& sub, bool& json) { sub.add_flag("--json", json, "print JSON; its keys are in the man page"); }
// As text: CLI11 takes -1 for the largest of its numbers.
void add_sample(CLI::App& sub, std::uint64_t& every) {
  sub.add_option_function<std::string>("--sample", [&every](const std::string& text) { every = valid("--sample", [&] { return tool::parse_every(text); }); }, "have one call in N sampled meanwhile, 64 if not given; 0: leave that as it is")->type_name("N");
}

void add_list(CLI::App& app, action& chosen) {
  static tool::list_options o;
  CLI::App* sub = add_command(app, "list", "the servers that run, and what dead ones left", R"(
Examples:
  ringcall list
  ringcall list --json | jq -r '.servers[] | select(.state == "stale").socket')");
  sub->add_flag("--names", o.names, "only the names, one a line, without asking anybody");
  add_json(*sub, o.json);
  sub->callback([&chosen] { chosen = [] { return tool::run_list(o); }; });
}

void add_profile(CLI::App& app, action& chosen) {
  static tool::profile_options o;
  CLI::App* sub = add_command(app, "profile", "records a server and reports where its calls' time went", R"(
Writes report.html (one page that needs nothing else), report.png, report.txt,
data.json, trace.json (Chrome's trace format, for ui.perfetto.dev) and
METHOD.STAGE.hgrm (HdrHistogram percentiles, in microseconds); the text also to
standard output. Ctrl-C ends the recording early; the report is written.

Examples:
  ringcall profile quotes
  ringcall profile quotes --for 1min --sample 1 --out /tmp/quotes
  ringcall profile quotes --json - | jq '.findings[].what')");
  add_name(*sub, o.name);
  add_duration(*sub, "--for", o.for_ns, "record so long, 10s if not given");
  add_sample(*sub, o.sample);
  sub->add_option("--out", o.out, "the directory to write into; if not given a new one, ringcall-profile-NAME-TIME, or with --json none")->type_name("DIR");
  sub->add_option("--json", o.json, "write the data there too; -: to standard output instead of the text")->type_name("FILE");
  sub->add_option("--method", o.method, "only methods with this in their names")->type_name("FILTER");
  sub->callback([&chosen] { chosen = [] { return tool::run_profile(o); }; });
}

void add_inspect(CLI::App& app, action& chosen) {
  static tool::inspect_options o;
  CLI::App* sub = add_command(app, "inspect", "one server: interface, methods, clients, memory, policy", R"(
Examples:
  ringcall inspect quotes
  ringcall inspect 4711                          the server that is process 4711
  ringcall inspect quotes --json | jq .channels)");
  add_name(*sub, o.name);
  add_json(*sub, o.json);
  sub->callback([&chosen] { chosen = [] { return tool::run_inspect(o); }; });
}

void add_stat(CLI::App& app, action& chosen) {
  static tool::stat_options o;
  CLI::App* sub = add_command(app, "stat", "a table of methods: rates, and where their time goes", R"(
A call's total time is split into stages: queue (it waits for an awake server,
or for calls before it) or server wake (the server slept), handler, and response
(its client is busy) or client wake (its client slept). SHARE is the stage's
part of the total of all sampled calls.

Examples:
  ringcall stat quotes                 one second
  ringcall stat quotes -n 5            every 5 seconds, until interrupted
  ringcall stat quotes -n 1 --count 60 --json >minute.jsonl
  ringcall stat quotes --total         since the server's start, at once)");
  add_name(*sub, o.name);
  auto* interval = add_duration(*sub, "-n,--interval", o.interval_ns, "a table each so long, until interrupted");
  sub->add_option("--count", o.count, "so many tables, then end")->type_name("N");
  sub->add_flag("--total", o.total, "what was counted since the server's start; measures nothing")->excludes(interval);
  add_sample(*sub, o.sample);
  add_json(*sub, o.json);
  sub->callback([&chosen, interval] {
    o.repeat = interval->count() != 0 || o.count != 0;
    chosen = [] { return tool::run_stat(o); };
  });
}

void add_top(CLI::App& app, action& chosen) {
  static tool::top_options o;
  static bool as_json = false;
  CLI::App* sub = add_command(app, "top", "the same live in the terminal, with bars", R"(
Keys: n c f 5 9 sort by name, calls, not ok, p50, p99; r turns the order round;
up and down choose the method that is shown in detail; t since the server's
start; space stands still; q quits. The bars show the stages' shares: q queue,
w server wake, h handler, r response, c client wake.

Examples:
  ringcall top quotes
  ringcall top quotes -n 200ms --sample 1)");
  add_name(*sub, o.name);
  add_duration(*sub, "-n,--interval", o.interval_ns, "new figures each so long, 1s if not given");
  add_sample(*sub, o.sample);
  sub->add_flag("--json", as_json, "instead a line of JSON each interval, as 'stat -n' prints it");
  sub->callback([&chosen] {
    chosen = [] { return as_json ? tool::run_stat({.name = o.name, .interval_ns = o.interval_ns, .repeat = true, .sample = o.sample, .json = true}) : tool::run_top(o); };
  });
}

void add_tune(CLI::App& app, action& chosen) {
  static tool::tune_options o;
  CLI::App* sub = add_command(app, "tune", "shows or changes a server's sampling and wait policy while it runs", R"(
Without options it shows the policy. Changes last until the server ends.

Examples:
  ringcall tune quotes
  ringcall tune quotes --sample 1024               sample one call in 1024 for good
  ringcall tune quotes --server-spin 200us         poll longer before sleeping: faster answers, more CPU
  ringcall tune quotes --client-spin own           each client decides again)");
  add_name(*sub, o.name);
  sub->add_option_function<std::string>("--sample", [](const std::string& text) { o.sample = valid("--sample", [&] { return tool::parse_every(text); }); }, "sample one call in N for good; 0: none but what observers ask for")->type_name("N");
  sub->add_option_function<std::string>("--server-spin", [](const std::string& text) { o.server_spin_ns = spin_of("--server-spin", text, policy::server_spin_most); },
                                        "how long a loop polls a channel after its last call, at most 1s; 0: it sleeps at once")->type_name("DURATION");
  sub->add_option_function<std::string>("--client-spin", [](const std::string& text) {
    o.client_spin_us = text == "own" ? RINGCALL_SPIN_OWN : (spin_of("--client-spin", text, policy::client_spin_most * 1000) + 999) / 1000;
  }, "how long clients poll for an answer, at most 1s; 0: they sleep at once; own: as each was made")->type_name("DURATION|own");
  add_json(*sub, o.json);
  sub->callback([&chosen] { chosen = [] { return tool::run_tune(o); }; });
}

void add_postmortem(CLI::App& app, action& chosen) {
  static tool::postmortem_options o;
  CLI::App* sub = add_command(app, "postmortem", "the last calls of a server that died", R"(
WHAT is a dump that a client wrote, or the pid of a client that survived and
still holds the memory it shared with the server, or a name: then all clients of
this user are searched for the memory of dead servers.
A client with WithRestart lets go of that memory and goes on with the next
server: give it WithDumps(DIRECTORY), and it writes a dump first.

Examples:
  ringcall postmortem ringcall-00f3a1b2c4d5e6f7.dump
  ringcall postmortem 4712
  ringcall postmortem quotes --json | jq '.channels[].running')");
  sub->add_option("WHAT", o.what, "a dump's file, a client's pid, or a name")->required();
  add_json(*sub, o.json);
  sub->callback([&chosen] { chosen = [] { return tool::run_postmortem(o); }; });
}

void add_doctor(CLI::App& app, action& chosen) {
  static tool::doctor_options o;
  CLI::App* sub = add_command(app, "doctor", "checks this machine for what hurts ringcall", R"(
Each check says what was found; those that are not ok also what it does to
ringcall and what to do about it. Exit status 1 if something will fail.

Examples:
  ringcall doctor
  ringcall doctor quotes)");
  sub->add_option("NAME", o.name, "a server to look at, too");
  add_json(*sub, o.json);
  sub->callback([&chosen] { chosen = [] { return tool::run_doctor(o); }; });
}

// What the command line takes, as the completions need it.
std::vector<tool::command_words> words_of(const CLI::App& app) {
  std::vector<tool::command_words> all;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    tool::command_words c{sub->get_name(), sub->get_description(), {}, {}};
    for (const CLI::Option* o : sub->get_options()) {
      if (o->get_positional() && o->get_lnames().empty()) {
        c.arguments.push_back(o->get_name());
        continue;
      }
      tool::option_words w{{}, o->get_description(), o->get_items_expected_max() == 0 ? "" : o->get_type_name()};
      for (const std::string& n : o->get_snames()) w.names.push_back("-" + n);
      for (const std::string& n : o->get_lnames()) w.names.push_back("--" + n);
      c.options.push_back(std::move(w));
    }
    all.push_back(std::move(c));
  }
  return all;
}

void add_completion(CLI::App& app, action& chosen) {
  static std::string shell;
  CLI::App* sub = add_command(app, "completion", "prints a script for a shell to complete commands", R"(
Examples:
  source <(ringcall completion bash)
  ringcall completion fish >~/.config/fish/completions/ringcall.fish)");
  sub->add_option("SHELL", shell, "bash, zsh or fish")->required();
  sub->callback([&app, &chosen] {
    chosen = [&app] {
      tool::put(tool::completion(shell, words_of(app)));
      return 0;
    };
  });
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
  add_duration(*sub, "--for", o.for_ns, "how long, 10s if not given");
  sub->add_option("--rate", o.rate, "open loop: so many calls a second of all clients together");
  sub->add_option("--inflight", o.inflight, "closed loop: calls of each client under way; if not given, those of a run");
  sub->add_option("--run", o.run, "calls published at once, 1 to 256; 1 if not given");
  sub->add_option("--batch", o.batch, "dense batches of so many records, each one call");
  sub->add_option("--clients", o.clients, "clients, a thread and a channel each; 1 if not given");
  sub->add_option("--seed", o.seed, "of the arguments; 1 if not given");
  add_duration(*sub, "--deadline", o.deadline_ns, "of each call, from its post; none if not given");
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
  add_duration(*sub, "--for", o.for_ns, "how long; until Ctrl-C if not given");
  sub->add_option_function<std::string>("--max-bytes", [](const std::string& text) {
    o.max_bytes = valid("--max-bytes", [&] { return tool::parse_bytes(text); });
  }, "the file grows no larger; 1G if not given")->type_name("BYTES");
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
  add_inspect(app, chosen);
  add_stat(app, chosen);
  add_top(app, chosen);
  add_profile(app, chosen);
  add_tune(app, chosen);
  add_postmortem(app, chosen);
  add_doctor(app, chosen);
  add_completion(app, chosen);
  add_bench(app, chosen);
  add_record(app, chosen);
  add_replay(app, chosen);
}

// A subcommand that there is none of: CLI11 would only say that one is required.
std::string unknown_command(CLI::App& app, int count, char** values) {
  if (count < 2 || values[1][0] == '-') return {};
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(sub->get_name());
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
  app.footer(std::string(about_names) + "\n\nExit status: 0; 1 if something failed or was found to be wrong; 2 if the command\nline is wrong.");
  if (const std::string text = unknown_command(app, count, values); !text.empty()) return fail(text, exit_misused);
  app.require_subcommand(1);
  if (count < 2) return std::fputs(app.help().c_str(), stderr), exit_misused;
  try {
    app.parse(count, values);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_misused;
  }
  return run(chosen);
}
