#include "commands.hpp"

#include "observe/conditions.hpp"
#include "observe/server.hpp"
#include "observe/snapshot.hpp"
#include "print/output.hpp"
#include "terminal/screen.hpp"
#include "top_view.hpp"

#include <langinfo.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <clocale>
#include <csignal>
#include <string_view>

namespace ringcall::tool {
namespace {

using clock = std::chrono::steady_clock;

bool utf8_terminal() {
  std::setlocale(LC_CTYPE, "");
  return std::string_view(nl_langinfo(CODESET)) == "UTF-8";
}

class live {
 public:
  explicit live(const top_options& o) : server_(o.name), interval_(o.interval_ns), unicode_(utf8_terminal()), colour_(colourful()) {
    if (o.sample != 0) server_.sample(o.sample);
    earlier_ = now_ = observe::take(server_.stats());
    period_ = now_;
  }

  // The signal to leave for, or 0.
  int run() {
    screen s;
    auto next = clock::now() + std::min(interval_, std::chrono::nanoseconds(std::chrono::milliseconds(200))); // the first figures come soon
    while (!state_.quit) {
      s.draw(top_lines(input(), s.size(), state_));
      const event e = s.next(server_.watch(), next);
      if (e.what == event::kind::leave) return e.value;
      if (e.what == event::kind::key) press(state_, e.value, input());
      server_.check_alive();
      if (clock::now() < next) {
        choose();
        continue;
      }
      next = clock::now() + interval_;
      look();
    }
    return 0;
  }

 private:
  void look() {
    if (state_.paused) return;
    earlier_ = std::move(now_);
    now_ = observe::take(server_.stats());
    lately_ = observe::delta(now_, earlier_);
    conditions_ = observe::conditions(server_.stats(), now_);
    choose();
  }
  void choose() { period_ = state_.total || lately_.methods.empty() ? now_ : lately_; }

  top_input input() const {
    const auto started = server_.stats().header().started;
    return {server_.name(), server_.pid(), now_.at_ns - std::min(now_.at_ns, started), static_cast<std::uint64_t>(interval_.count()), server_.stats().methods(), period_, conditions_,
            colour_, unicode_};
  }

  observe::server server_;
  std::chrono::nanoseconds interval_;
  bool unicode_, colour_;
  observe::snapshot earlier_, now_, lately_, period_;
  std::vector<std::string> conditions_;
  top_state state_;
};

}  // namespace

int run_top(const top_options& o) {
  if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1) {
    throw misuse("top draws on a terminal, and this is none; 'ringcall stat " + o.name + " -n 1' prints a table each second");
  }
  const int signal = live(o).run();
  if (signal != 0) { // as if it had not been caught, the terminal being as it was
    std::signal(signal, SIG_DFL);
    raise(signal);
  }
  return 0;
}

}  // namespace ringcall::tool
