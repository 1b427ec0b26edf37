#include "program.hpp"

#include "system.hpp"

#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

namespace ringcall::tool::test {
namespace {

using clock = std::chrono::steady_clock;

std::string tool() {
  const char* path = std::getenv("RINGCALL_TOOL");
  if (path == nullptr) throw std::runtime_error("RINGCALL_TOOL names no program");
  return path;
}

std::vector<char*> pointers(std::vector<std::string>& arguments) {
  std::vector<char*> all;
  for (std::string& a : arguments) all.push_back(a.data());
  all.push_back(nullptr);
  return all;
}

int status_of(int wait_status) { return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status); }

outcome run_all(std::vector<std::string> arguments) {
  int out[2], err[2];
  checked(pipe(out), "pipe");
  checked(pipe(err), "pipe");
  auto values = pointers(arguments);
  const pid_t pid = checked(fork(), "fork");
  if (pid == 0) {
    dup2(out[1], 1);
    dup2(err[1], 2);
    for (const int fd : {out[0], out[1], err[0], err[1]}) close(fd);
    alarm(30);
    execv(values[0], values.data());
    _exit(127);
  }
  unique_fd read_out(out[0]), read_err(err[0]);
  close(out[1]);
  close(err[1]);
  outcome o;
  std::array<pollfd, 2> fds{{{read_out.get(), POLLIN, 0}, {read_err.get(), POLLIN, 0}}};
  for (int open = 2; open > 0;) {
    poll(fds.data(), fds.size(), -1);
    for (auto& p : fds) {
      if (p.fd == -1 || p.revents == 0) continue;
      char bytes[4096];
      const ssize_t n = read(p.fd, bytes, sizeof bytes);
      if (n > 0) (p.fd == read_out.get() ? o.out : o.err).append(bytes, static_cast<std::size_t>(n));
      else p.fd = -1, --open;
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  o.status = status_of(status);
  return o;
}

}  // namespace

outcome run(const std::vector<std::string>& arguments) {
  std::vector<std::string> all{tool()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return run_all(std::move(all));
}

outcome run_shell(const std::string& command) {
  setenv("T", tool().c_str(), 1);
  return run_all({"/bin/bash", "-c", command});
}

in_terminal::in_terminal(const std::vector<std::string>& arguments, int columns, int rows) {
  std::vector<std::string> all{tool()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  auto values = pointers(all);
  winsize size{static_cast<unsigned short>(rows), static_cast<unsigned short>(columns), 0, 0};
  int master = -1;
  pid_ = checked(forkpty(&master, nullptr, nullptr, &size), "forkpty");
  if (pid_ == 0) {
    setenv("TERM", "xterm-256color", 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    alarm(60);
    execv(values[0], values.data());
    _exit(127);
  }
  terminal_.reset(master);
}

in_terminal::~in_terminal() {
  if (pid_ == -1) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool in_terminal::read_some(int timeout_ms) {
  pollfd p{terminal_.get(), POLLIN, 0};
  if (poll(&p, 1, timeout_ms) <= 0) return true;
  char bytes[4096];
  const ssize_t n = read(terminal_.get(), bytes, sizeof bytes);
  if (n <= 0) return false;
  printed_.append(bytes, static_cast<std::size_t>(n));
  return true;
}

bool in_terminal::shows(const std::string& text) {
  const auto until = clock::now() + std::chrono::seconds(20);
  while (printed_.find(text) == std::string::npos) {
    if (clock::now() >= until || !read_some(100)) return printed_.find(text) != std::string::npos;
  }
  return true;
}

void in_terminal::type(const std::string& keys) { checked(write(terminal_.get(), keys.data(), keys.size()), "typing"); }

void in_terminal::resize(int columns, int rows) {
  const winsize size{static_cast<unsigned short>(rows), static_cast<unsigned short>(columns), 0, 0};
  checked(ioctl(terminal_.get(), TIOCSWINSZ, &size), "resizing");
}

void in_terminal::signal(int number) { kill(pid_, number); }

int in_terminal::end() {
  int status = 0;
  const auto until = clock::now() + std::chrono::seconds(20);
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (clock::now() >= until) return -1;
    read_some(20);
  }
  while (printed_.size() < 1'000'000) { // what is still in the terminal
    pollfd p{terminal_.get(), POLLIN, 0};
    if (poll(&p, 1, 0) <= 0 || !read_some(0)) break;
  }
  pid_ = -1;
  return status_of(status);
}

bool in_terminal::echoes() const {
  termios t{};
  checked(tcgetattr(terminal_.get(), &t), "asking the terminal");
  return (t.c_lflag & (ECHO | ICANON)) == (ECHO | ICANON);
}

}  // namespace ringcall::tool::test
