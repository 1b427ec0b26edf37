#include "processes.hpp"

#include "script.hpp"
#include "stepper.hpp"
#include "system.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

namespace ringcall::kill {
namespace {

std::string proc(pid_t pid, const char* what) { return "/proc/" + std::to_string(pid) + "/" + what; }

// Forks a leader of a process group, which ends with us. Returns 0 in it.
pid_t fork_leader() {
  const pid_t pid = checked(fork(), "fork");
  if (pid != 0) return setpgid(pid, pid), pid; // on both sides: whoever comes first
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  return 0;
}

void end(pid_t pid) {
  if (pid == 0) return;
  ::kill(pid, SIGKILL);
  waitpid(pid, nullptr, 0);
}

void await(const std::function<bool()>& done, const char* what) {
  const std::uint64_t limit = monotonic_ns() + 20'000'000'000u;
  while (!done()) {
    if (monotonic_ns() > limit) throw std::runtime_error(std::string("waited 20 s for ") + what);
    usleep(50);
  }
}

}  // namespace

holdings holdings_of(pid_t pid) {
  holdings h;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(proc(pid, "fd"))) ++h.descriptors;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(proc(pid, "task"))) ++h.threads;
  std::ifstream maps(proc(pid, "maps"));
  for (std::string line; std::getline(maps, line);) h.segments += line.find("memfd:ringcall ") != std::string::npos;
  return h;
}

std::string text(const holdings& h) {
  return std::to_string(h.descriptors) + " descriptors, " + std::to_string(h.segments) + " segments, " + std::to_string(h.threads) + " threads";
}

server_process::server_process(const std::string& path) : log_(checked(memfd_create("log", MFD_CLOEXEC), "memfd_create for a log")) {
  marks& m = shared_marks();
  pid_ = fork_leader();
  if (pid_ == 0) {
    dup2(log_.get(), STDERR_FILENO);
    setenv("RINGCALL_LOG", "warn", 1);
    server s(path);
    add_methods(s, m);
    _exit(s.run());
  }
  // The acceptor, a loop and a worker.
  await([this] { return sleeping_threads(pid_) == 3; }, "a server to listen");
}

server_process::~server_process() { end(pid_); }

std::string server_process::complaints() const {
  char text[1000];
  const ssize_t n = pread(log_.get(), text, sizeof text, 0);
  return {text, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
}

client_process::client_process(const std::string& path) {
  int ends[2];
  checked(pipe2(ends, O_CLOEXEC), "pipe");
  const unique_fd go(ends[0]);
  go_.reset(ends[1]);
  marks& m = shared_marks();
  pid_ = fork_leader();
  if (pid_ == 0) {
    const auto before = [&](int phase) {
      m.phase = phase;
      char byte;
      if (read(go.get(), &byte, 1) != 1) _exit(1);
    };
    const outcomes o = script(path, before).run();
    for (const outcome one : o.of) {
      if (one != outcome::answered) _exit(2);
    }
    _exit(0);
  }
}

client_process::~client_process() { end(pid_); }

void client_process::let_go() {
  if (write(go_.get(), "", 1) != 1) throw_errno("letting the client go on");
}

}  // namespace ringcall::kill
