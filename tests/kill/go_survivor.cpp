#include "go_survivor.hpp"

#include "system.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <algorithm>

namespace ringcall::kill {
namespace {

constexpr int silent_after_ms = 15'000; // longer than the Go side's own limit

class go_survivor final : public survivor {
 public:
  explicit go_survivor(const std::string& program) {
    int in[2], out[2];
    checked(pipe2(in, O_CLOEXEC), "pipe");
    checked(pipe2(out, O_CLOEXEC), "pipe");
    pid_ = checked(fork(), "fork");
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(in[0], STDIN_FILENO);
      dup2(out[1], STDOUT_FILENO);
      execl(program.c_str(), program.c_str(), "survive", nullptr);
      _exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    in_.reset(in[1]);
    out_.reset(out[0]);
  }
  ~go_survivor() override {
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  void start(const std::string& path) override {
    phase_ = let_ = -1;
    ended_ = false;
    result_ = {};
    say(path + "\n");
  }
  int phase() override {
    while (!ended_ && hear(0)) {
    }
    return phase_;
  }
  void let_go() override {
    let_ = phase_;
    say("\n");
  }
  outcomes finish() override {
    while (!ended_) {
      if (phase_ > let_ && phase_ < over) let_go();
      if (!hear(silent_after_ms)) {
        result_.trouble = "the Go client said nothing for 15 s";
        break;
      }
    }
    return result_;
  }

 private:
  void say(const std::string& line) {
    if (write(in_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) throw_errno("telling the Go client");
  }
  // Takes in what it says, waiting for that for a while. False: it says nothing.
  bool hear(int timeout_ms) {
    pollfd p{out_.get(), POLLIN, 0};
    if (poll(&p, 1, timeout_ms) != 1) return false;
    char bytes[4096];
    const ssize_t n = read(out_.get(), bytes, sizeof bytes);
    if (n <= 0) throw std::runtime_error("the Go client has ended; " + heard_);
    heard_.append(bytes, static_cast<std::size_t>(n));
    for (std::size_t end = heard_.find('\n'); end != std::string::npos; end = heard_.find('\n')) {
      take(heard_.substr(0, end));
      heard_.erase(0, end + 1);
    }
    return true;
  }
  void take(const std::string& line) {
    int number = 0, used = 0;
    if (std::sscanf(line.c_str(), "at %d", &number) == 1) {
      phase_ = number;
    } else if (line == "end") {
      ended_ = true;
      phase_ = over;
      result_.over_ns = monotonic_ns();
    } else if (std::sscanf(line.c_str(), "call %d %n", &number, &used) == 1 && number >= 0 && number < static_cast<int>(calls)) {
      note(static_cast<std::size_t>(number), line.substr(static_cast<std::size_t>(used)));
    } else {
      result_.trouble += line;
    }
  }
  void note(std::size_t call, const std::string& word) {
    static const std::vector<std::pair<std::string, outcome>> words{{"answered", outcome::answered}, {"wrong", outcome::wrong}, {"may_have_run", outcome::may_have_run},
                                                                    {"never_started", outcome::never_started}, {"hung", outcome::hung}};
    const auto at = std::ranges::find(words, word, &std::pair<std::string, outcome>::first);
    if (at != words.end()) result_.of[call] = at->second;
    else result_.trouble += "call " + std::to_string(call) + " " + word + " ";
  }

  pid_t pid_ = 0;
  unique_fd in_, out_;
  std::string heard_;
  int phase_ = -1, let_ = -1;
  bool ended_ = false;
  outcomes result_;
};

}  // namespace

std::unique_ptr<survivor> make_go_survivor(const std::string& program) { return std::make_unique<go_survivor>(program); }

}  // namespace ringcall::kill
