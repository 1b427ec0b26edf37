// What a server's log has of clients and observers: all of it while there are few, and of a flood its begin and how many more there were.

#include "log_limit.hpp"
#include "observer.hpp"
#include "running_server.hpp"

#include "system.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using namespace ringcall;
using namespace ringcall::test;
using std::chrono::steady_clock;

namespace {

// What is written to stderr until the end of the scope.
class captured_stderr {
 public:
  captured_stderr() : before_(checked(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3), "dup of stderr")) {
    const unique_fd file(checked(open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), "a file for stderr"));
    checked(dup2(file.get(), STDERR_FILENO), "dup2");
  }
  ~captured_stderr() { dup2(before_.get(), STDERR_FILENO); }

  // The lines so far that have the words in them.
  std::vector<std::string> lines(std::string_view words) const {
    std::vector<std::string> found;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
      if (line.find(words) != std::string::npos) found.push_back(line);
    }
    return found;
  }

 private:
  temporary_directory directory_;
  std::string path_ = directory_ / "stderr";
  unique_fd before_;
};

// A server whose log can be read.
struct logged {
  logged() { CHECK(comes_true([&] { return !log.lines("listening at").empty(); })); }

  std::size_t told(std::string_view words) const { return log.lines(words).size(); }
  // The sum of what lines "kind: N more like these" have.
  std::size_t left_out(const std::string& kind) const {
    std::size_t sum = 0;
    for (const std::string& line : log.lines(" more like these")) {
      if (const std::size_t at = line.find(kind + ": "); at != std::string::npos) sum += std::stoul(line.substr(at + kind.size() + 2));
    }
    return sum;
  }
  // Both are of lines that were written, but not at one time: once there are no more to come, they are all.
  bool adds_up(std::string_view words, const std::string& kind, std::size_t all) const { return told(words) + left_out(kind) == all; }

  // Whether the first lines are those of channels that came one after another.
  bool first_are_told(std::string_view words) const {
    const std::vector<std::string> lines = log.lines(words);
    for (std::size_t i = 0; i < log_limit::lines_most; ++i) {
      if (i >= lines.size() || channel_of(lines[i]) != channel_of(lines[0]) + i) return false;
    }
    return true;
  }
  static std::size_t channel_of(const std::string& line) { return std::stoul(line.substr(line.find("channel ") + 8)); }

  struct info_level {
    info_level() { setenv("RINGCALL_LOG", "info", 1); }
  } const level;
  const captured_stderr log;
  running_server server;
};

// So many lines of a kind may have come out since then.
std::size_t lines_most(steady_clock::time_point since) {
  const std::size_t periods = static_cast<std::size_t>((steady_clock::now() - since) / std::chrono::nanoseconds(log_limit::period_ns));
  return (periods + 1) * log_limit::lines_most;
}

// Does it until that makes more than three times the lines that may come out. Returns how often.
template <class F>
std::size_t flood(F once) {
  const auto begin = steady_clock::now();
  std::size_t times = 0;
  for (; times <= 3 * lines_most(begin) && steady_clock::now() - begin < std::chrono::seconds(60); ++times) once();
  REQUIRE_MESSAGE(times > 3 * lines_most(begin), "this machine is too slow to make a flood");
  return times;
}

void breaks_a_rule(const std::string& path) {
  client c(path);
  c.put_raw(echo, "", 0, 50);
  c.publish();
  CHECK(reads_end(c.connection.get()));
}

}  // namespace

TEST_CASE("each of a few clients and observers is told, and nothing else") {
  logged l;
  constexpr std::size_t few = 5;
  for (std::size_t i = 0; i < few; ++i) {
    { const client c(l.server.path); }
    breaks_a_rule(l.server.path);
    const observer o(l.server.path);
  }
  CHECK(comes_true([&] { return l.told("the client has gone; closed") == few && l.told("no longer observed by process") == few; }));
  CHECK(l.told(": poisoned: ") == few);
  CHECK(l.told("attached by process") == 2 * few);
  CHECK(l.told("] observed by process") == few);
  l.server.stop();
  CHECK(l.told("more like these") == 0);
}

TEST_CASE("a flood of clients that come and go has its first lines in the log, and the number of the others once it is over") {
  logged l;
  const auto begin = steady_clock::now();
  const std::size_t clients = flood([&] { const client c(l.server.path); });
  CHECK(comes_true([&] { return l.adds_up("attached by process", "channels attached", clients) && l.adds_up("the client has gone; closed", "channels closed", clients); }));
  const std::size_t most = lines_most(begin);
  CHECK(l.first_are_told(": attached by process"));
  CHECK(l.told("attached by process") <= most);
  CHECK(l.first_are_told(": the client has gone; closed"));
  CHECK(l.told("the client has gone; closed") <= most);
}

TEST_CASE("a flood of clients that come and go hides none that is poisoned") {
  logged l;
  flood([&] { const client c(l.server.path); });
  breaks_a_rule(l.server.path);
  flood([&] { const client c(l.server.path); });
  CHECK(l.told(": poisoned: ") == 1);
}

TEST_CASE("a flood of clients that are poisoned has its first lines in the log, and the number of the others once it is over") {
  logged l;
  const auto begin = steady_clock::now();
  const std::size_t clients = flood([&] { breaks_a_rule(l.server.path); });
  CHECK(comes_true([&] { return l.adds_up(": poisoned: ", "channels poisoned", clients); }));
  CHECK(l.first_are_told(": poisoned: a reserved shape or a record larger than its slot; closed"));
  CHECK(l.told(": poisoned: ") <= lines_most(begin));
}

TEST_CASE("a flood of observers has its first lines in the log, and the number of the others once it is over") {
  logged l;
  const auto begin = steady_clock::now();
  const std::size_t observers = flood([&] { const observer o(l.server.path); });
  CHECK(comes_true([&] { return l.adds_up("observed by process", "observers", 2 * observers); }));
  CHECK(l.told("observed by process") <= lines_most(begin));
}

TEST_CASE("a flood that a server's end cuts short is told by its number, too") {
  logged l;
  const std::size_t clients = flood([&] { const client c(l.server.path); });
  l.server.stop();
  CHECK(l.adds_up("attached by process", "channels attached", clients));
}

TEST_CASE("an option that is out of its range is told with what it is and what it may be") {
  const auto told_of = [](const options& o) {
    const captured_stderr log;
    CHECK(server("never", o).run() == 1);
    const auto lines = log.lines("expected");
    return lines.size() == 1 ? lines[0] : std::string();
  };
  options o;
  o.slots = 300;
  CHECK(told_of(o).find("slots is 300, expected a power of two from 2 to 16384") != std::string::npos);
  o = {};
  o.answer_arena = 100;
  CHECK(told_of(o).find("answer_arena is 100, expected a multiple of 4096") != std::string::npos);
  o = {};
  o.spin = std::chrono::seconds(2);
  CHECK(told_of(o).find("spin is 2000000000 ns, expected 0 to 1 s") != std::string::npos);
}
