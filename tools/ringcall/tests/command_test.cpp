// The program itself, against a made-up server: what it prints, how it ends, what it does to a terminal.

#include "fake_server.hpp"
#include "made_up.hpp"
#include "program.hpp"

#include "running_server.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

using namespace ringcall::tool::test;
using nlohmann::json;

namespace {

// A runtime directory of the test's own, which the tool finds.
struct runtime {
  ringcall::test::temporary_directory base;
  std::string directory = base / "ringcall";
  runtime() {
    mkdir(directory.c_str(), 0700);
    setenv("XDG_RUNTIME_DIR", base.path().c_str(), 1);
    setenv("NO_COLOR", "1", 1);
  }
  std::string socket(const std::string& name) const { return directory + "/" + name + ".sock"; }
};

struct served {
  runtime dir;
  made_up m;
  fake_server server{dir.socket("quotes"), m.stats};
  served() { m.stats.header().pid = getpid(); }
};

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("a running server is listed, inspected and measured") {
  served s;
  const auto list = run({"list"});
  CHECK(list.status == 0);
  CHECK(holds(list.out, "quotes"));
  CHECK(holds(list.out, "running"));
  CHECK(holds("\n" + run({"list", "--names"}).out, "\nquotes\n")); // co-processes of others may run
  const auto inspect = run({"inspect", "quotes"});
  CHECK(inspect.status == 0);
  CHECK(holds(inspect.out, "quotes.last_price"));
  CHECK(holds(inspect.out, "service quotes: fingerprint 1"));
  const auto stat = run({"stat", "quotes", "-n", "20ms", "--count", "2"});
  CHECK(stat.status == 0);
  CHECK(holds(stat.out, "no method was called"));
  CHECK(holds(run({"stat", "quotes", "--total"}).out, "orders.place"));
}

TEST_CASE("inspect tells no request from one of any size, and a oneway method from one that answers nothing") {
  runtime dir;
  fake_stats stats({.methods = {{"log.flush", 0, 8}, {"log.write", 0, 0}, {"log.drop", 16, 0}, {"log.reset", 0, 0}, {"raw", 0, 0}},
                    .interface_text = "service log: fingerprint 1\nlog 1: name flush, kind call, request 0, answer 8\nlog 2: name write, kind call, request 16, answer 16\n"
                                      "log 3: name drop, kind oneway, request 16\nlog 4: name reset, kind call, request 0, answer 0\n"});
  fake_server server(dir.socket("log"), stats);
  const std::string out = run({"inspect", "log"}).out;
  auto row = [&](const std::string& name) {
    const auto at = out.find(name);
    std::istringstream line(out.substr(at, out.find('\n', at) - at));
    std::string words, word;
    for (line >> word; line >> word;) words += word + " ";
    return words.substr(0, words.find(" the loop"));
  };
  CHECK(row("log.flush") == "none 8 B");
  CHECK(row("log.write") == "any any");
  CHECK(row("log.drop") == "16 B oneway");
  CHECK(row("log.reset") == "none none");
  CHECK(row("raw") == "any any");
}

TEST_CASE("a path, a pid and a cut-down name find the server, or say which it may be") {
  served s;
  CHECK(run({"tune", s.dir.socket("quotes")}).status == 0);
  CHECK(run({"tune", std::to_string(getpid())}).status == 0);
  const auto wrong = run({"stat", "qoutes"});
  CHECK(wrong.status == 1);
  CHECK(wrong.out.empty());
  CHECK(holds(wrong.err, "no server is called qoutes"));
  CHECK(holds(wrong.err, "did you mean quotes?"));
  CHECK(holds(wrong.err, "or while it drains"));
  CHECK(holds(run({"stat", "zebra"}).err, "'ringcall list' shows those that run"));
  const auto bad = run({"stat", "no such name"});
  CHECK(bad.status == 1);
  CHECK(holds(bad.err, "a name is letters, digits"));
}

TEST_CASE("co-processes are found by name and pid, by name alone if there is one") {
  runtime dir;
  made_up m;
  const std::string prefix = "@ringcall/" + std::to_string(geteuid()) + "/tooltest" + std::to_string(getpid());
  fake_server first(prefix + ".71", m.stats);
  const std::string name = "tooltest" + std::to_string(getpid());
  CHECK(run({"tune", name}).status == 0);
  CHECK(run({"tune", name + ".71"}).status == 0);
  fake_server second(prefix + ".72", m.stats);
  const auto which = run({"tune", name});
  CHECK(which.status == 1);
  CHECK(holds(which.err, name + ".71 and " + name + ".72; say which"));
  CHECK(holds(run({"list"}).out, name + ".72"));
}

TEST_CASE("sampling is asked for while stat runs, and no longer") {
  served s;
  std::thread running([] { run({"stat", "quotes", "-n", "3s", "--count", "1", "--sample", "8"}); });
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (s.server.leases == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  CHECK(s.m.stats.header().sample_every == 8);
  running.join();
  while (s.server.leases != 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  CHECK(s.server.leases == 0);
}

TEST_CASE("tune shows and changes the policy") {
  served s;
  const auto tuned = run({"tune", "quotes", "--sample", "1024", "--server-spin", "200us", "--client-spin", "1ms", "--json"});
  REQUIRE(tuned.status == 0);
  const json j = json::parse(tuned.out);
  CHECK(j["sample_base"] == 1024);
  CHECK(j["server_spin_ns"] == 200'000);
  CHECK(j["client_spin_us"] == 1000);
  CHECK(json::parse(run({"tune", "quotes", "--client-spin", "own", "--json"}).out)["client_spin_us"].is_null());
  s.server.change_reply = [](ringcall_reply& r) {
    r.status = 1;
    std::snprintf(r.message, sizeof r.message, "not today");
  };
  const auto refused = run({"tune", "quotes", "--sample", "1"});
  CHECK(refused.status == 1);
  CHECK(holds(refused.err, "quotes refused: not today"));
}

TEST_CASE("what tune cannot set is told by its option, as it was written, with the bound, and the server is not asked") {
  served s;
  s.server.change_reply = [](ringcall_reply&) { FAIL_CHECK("the server was asked"); };
  auto told = [](std::vector<std::string> options) {
    options.insert(options.begin(), {"tune", "quotes"});
    const auto o = run(options);
    CHECK(o.status == 2);
    return o.err;
  };
  CHECK(holds(told({"--client-spin", "2s"}), "--client-spin: 2s is too long: at most 1.00 s"));
  CHECK(holds(told({"--server-spin", "1500ms"}), "--server-spin: 1500ms is too long: at most 1.00 s"));
  CHECK(holds(told({"--server-spin", "soon"}), "--server-spin: 'soon' is no duration"));
  for (const char* every : {"-1", "4294967296", "1.5", "many", ""}) CHECK(holds(told({"--sample", every}), "--sample: '" + std::string(every) + "' is no number from 0 to 4294967295"));
  CHECK(holds(run({"stat", "quotes", "--sample", "-1"}).err, "--sample: '-1' is no number from 0"));
}

TEST_CASE("tune and inspect count the same observers: those beside themselves") {
  served s;
  s.m.stats.header().observers = 3;
  CHECK(holds(run({"tune", "quotes"}).out, "observers    2 beside this one\n"));
  CHECK(holds(run({"inspect", "quotes"}).out, "2 observers beside this one\n"));
}

TEST_CASE("JSON is whole for every command that has it") {
  served s;
  for (const auto& arguments : std::vector<std::vector<std::string>>{{"list"}, {"inspect", "quotes"}, {"stat", "quotes", "--total"}, {"tune", "quotes"}, {"doctor", "quotes"}}) {
    auto with = arguments;
    with.push_back("--json");
    CAPTURE(arguments[0]);
    CHECK(json::accept(run(with).out));
  }
  const auto lines = run_shell("\"$T\" stat quotes -n 10ms --count 3 --json | wc -l");
  CHECK(lines.out == "3\n");
}

TEST_CASE("a stale socket is named as what it is") {
  runtime dir;
  made_up m;
  { fake_server s(dir.socket("dead"), m.stats); }
  const auto list = run({"list"});
  CHECK(list.status == 0);
  CHECK(holds(list.out, "stale"));
  CHECK(holds(list.out, "nobody serves"));
  const auto stat = run({"stat", "dead"});
  CHECK(stat.status == 1);
  CHECK(holds(stat.err, "its server has ended without removing it"));
}

TEST_CASE("another version, a refusal, silence and nonsense are told apart") {
  served s;
  auto told = [&](auto change) {
    s.server.change_welcome = change;
    const auto o = run({"inspect", "quotes"});
    CHECK(o.status == 1);
    return o.err;
  };
  CHECK(holds(told([](ringcall_welcome& w) { w.abi_version = 7; }), "quotes has ABI version 7, this tool 1"));
  CHECK(holds(told([](ringcall_welcome& w) {
    w.status = RINGCALL_WELCOME_BUSY;
    std::snprintf(w.message, sizeof w.message, "16 observers already");
  }), "quotes refused: 16 observers already"));
  CHECK(holds(told([](ringcall_welcome& w) { w.magic = 1; }), "does not answer as a ringcall server does"));
  CHECK(holds(told([](ringcall_welcome& w) { w.epoch = 1; }), "another epoch"));
  s.m.stats.header().version = 3;
  CHECK(holds(told([](ringcall_welcome&) {}), "version 3 of the statistics"));
  s.m.stats.header().loops_offset = 8;
  s.m.stats.header().version = RINGCALL_STATS_VERSION;
  CHECK(holds(told([](ringcall_welcome&) {}), "cannot be"));
  s.server.silent = true;
  CHECK(holds(told([](ringcall_welcome&) {}), "did not send a welcome within 3000 ms"));
  CHECK(holds(run({"list"}).out, "silent"));
}

TEST_CASE("a server that dies while it is watched ends the watching, and that is said") {
  served s;
  std::thread killer([&] {
    while (s.server.leases == 0) std::this_thread::yield();
    s.server.end();
  });
  const auto o = run({"stat", "quotes", "-n", "20"});
  killer.join();
  CHECK(o.status == 1);
  CHECK(holds(o.err, "quotes (pid "));
}

TEST_CASE("misuse is told with exit status 2, and what was meant is suggested") {
  CHECK(run({}).status == 2);
  const auto near = run({"stats", "quotes"});
  CHECK(near.status == 2);
  CHECK(holds(near.err, "did you mean stat"));
  CHECK(run({"stat"}).status == 2);
  CHECK(run({"stat", "quotes", "--sample", "many"}).status == 2);
  const auto duration = run({"stat", "quotes", "-n", "soon"});
  CHECK(duration.status == 2);
  CHECK(holds(duration.err, "write 10s, 500ms"));
  CHECK(run({"stat", "quotes", "-n", "0"}).status == 2);
  const auto top = run({"top", "quotes"});
  CHECK(top.status == 2);
  CHECK(holds(top.err, "draws on a terminal"));
  CHECK(run({"--help"}).status == 0);
}

TEST_CASE("top for machines prints a line of JSON each interval") {
  served s;
  const auto o = run_shell("\"$T\" top quotes -n 5ms --json | head -n 2");
  CHECK(o.err.empty());
  std::istringstream lines(o.out);
  std::string line;
  int count = 0;
  for (; std::getline(lines, line); ++count) {
    CAPTURE(line);
    CHECK(nlohmann::json::parse(line).at("name") == "quotes");
  }
  CHECK(count == 2);
}

TEST_CASE("who reads the output may close it: the end is quiet") {
  served s;
  const auto o = run_shell("\"$T\" stat quotes -n 5ms --count 1000 | head -n 1; echo \"${PIPESTATUS[0]}\"");
  CHECK(o.err.empty());
  CHECK(o.out.ends_with("\n0\n"));
  const auto full = run_shell("\"$T\" list >/dev/full");
  CHECK(full.status == 1);
  CHECK(holds(full.err, "No space left"));
}

TEST_CASE("top draws, sorts, resizes, and leaves the terminal as it was") {
  served s;
  in_terminal t({"top", "quotes", "-n", "50ms"}, 80, 24);
  REQUIRE(t.shows("quotes.last_price"));
  CHECK(t.shows("\x1b[?1049h"));
  CHECK_FALSE(t.echoes());
  t.forget();
  t.type("n");
  CHECK(t.shows("METHOD▼"));
  t.resize(120, 40);
  CHECK(t.shows("SAMPLED"));
  t.resize(20, 4);
  CHECK(t.shows("too small a termi"));
  t.forget();
  t.type("q");
  CHECK(t.end() == 0);
  CHECK(holds(t.printed(), "\x1b[?1049l"));
  CHECK(t.echoes());
}

TEST_CASE("top leaves the terminal as it was when it is ended by a signal, and ends by it") {
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGSEGV}) {
    CAPTURE(number);
    served s;
    in_terminal t({"top", "quotes", "-n", "50ms"}, 80, 24);
    REQUIRE(t.shows("quotes.last_price"));
    t.signal(number);
    CHECK(t.end() == 128 + number);
    CHECK(holds(t.printed(), "\x1b[?25h\x1b[?1049l"));
    CHECK(t.echoes());
  }
}

TEST_CASE("top leaves the terminal as it was when the server dies, and says so there") {
  served s;
  in_terminal t({"top", "quotes", "-n", "50ms"}, 80, 24);
  REQUIRE(t.shows("quotes.last_price"));
  t.forget();
  s.server.end();
  CHECK(t.end() == 1);
  CHECK(t.echoes());
  CHECK(t.printed().find("quotes (pid ") > t.printed().find("\x1b[?1049l"));
}

TEST_CASE("postmortem reads a dump, and says what is no dump") {
  runtime dir;
  const std::string dump = dir.base / "x.dump", other = dir.base / "other.dump";
  std::ofstream(dump) << "ringcall-dump: 1\nserver: quotes\nepoch: 0000000000000001\nblack-box: 0\n\n";
  std::ofstream(other) << "hello\n";
  const auto good = run({"postmortem", dump});
  CHECK(good.status == 0);
  CHECK(holds(good.out, "quotes (epoch 0000000000000001)"));
  CHECK(json::accept(run({"postmortem", dump, "--json"}).out));
  CHECK(run({"postmortem", other}).status == 1);
  CHECK(holds(run({"postmortem", "missing.dump"}).err, "there is no file missing.dump"));
}

TEST_CASE("postmortem tells what of a dead server to expect from a client that went on with the next") {
  runtime dir;
  CHECK(holds(run({"postmortem", "--help"}).out, "A client with WithRestart lets go of that memory"));
  CHECK(holds(run({"postmortem", "--help"}).out, "WithDumps(DIRECTORY)"));
  const auto o = run({"postmortem", "999999999"}); // no process has this pid
  if (o.status == 0) return;                       // some other program's client really holds memory of a dead server
  CHECK(holds(o.err, "clients with WithRestart let go of it; name a dump: clients with WithDumps write one"));
}

TEST_CASE("the man page names every command and every option") {
  std::ifstream file(SOURCE_ROOT "/tools/ringcall/ringcall.1");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::istringstream script(run({"completion", "fish"}).out);
  std::size_t commands = 0, options = 0;
  for (std::string line; std::getline(script, line);) {
    if (const auto at = line.find("-n __fish_use_subcommand -a "); at != std::string::npos) {
      const std::string name = line.substr(at + 28, line.find(' ', at + 28) - at - 28);
      CAPTURE(name);
      CHECK(holds(page, ".Cm " + name + "\n"));
      ++commands;
    }
    if (const auto at = line.find(" -l "); at != std::string::npos) {
      const std::string name = line.substr(at + 4, line.find(' ', at + 4) - at - 4);
      CAPTURE(name);
      if (name != "help") CHECK(holds(page, "Fl -" + name));
      ++options;
    }
  }
  CHECK(commands >= 8);
  CHECK(options >= 15);
}

TEST_CASE("the shells can read their completions, and bash's completes") {
  CHECK(run_shell("\"$T\" completion bash | bash -n").status == 0);
  CHECK(run_shell("! command -v zsh >/dev/null || \"$T\" completion zsh | zsh -n").status == 0);
  CHECK(run_shell("! command -v fish >/dev/null || \"$T\" completion fish | fish -n").status == 0);
  CHECK(holds(run({"completion", "bsh"}).err, "did you mean bash"));
  served s;
  auto completed = [](const std::string& words, int at) {
    return run_shell("ringcall() { \"$T\" \"$@\"; }; . <(\"$T\" completion bash); COMP_WORDS=(" + words + "); COMP_CWORD=" + std::to_string(at) + "; _ringcall; echo \"${COMPREPLY[*]}\"").out;
  };
  CHECK(completed("ringcall insp", 1) == "inspect\n");
  CHECK(completed("ringcall stat --tot", 2) == "--total\n");
  CHECK(completed("ringcall stat quo", 2) == "quotes\n");
}
