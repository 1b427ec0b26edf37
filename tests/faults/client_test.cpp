// Every system call of a Go client that attaches, launches a co-process or is woken fails in turn. RINGCALL_FAULTS_CLIENTS has the clients, with cgo
// and without, separated by a colon; tools/test builds them.

#include "injector.hpp"
#include "process.hpp"

#include "running_server.hpp"
#include "system.hpp"

#include <doctest/doctest.h>

#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <sstream>
#include <thread>

using namespace ringcall;
using namespace ringcall::test;

namespace {

// EAGAIN is not among the errors: Go waits then for an edge of readiness, which comes only after a true one. Threads are not: Go's runtime ends the
// program without them. README.md says more.
std::vector<watched> client_calls() {
  const std::vector<int> no_descriptor{EMFILE, ENFILE, ENOMEM};
  constexpr std::uint32_t map_shared = 1, dont_fork = 10, clone_thread = 0x10000;
  return {
      {__NR_socket, "socket", {EMFILE, ENFILE, ENOMEM, ENOBUFS}},
      {__NR_socketpair, "socketpair", {EMFILE, ENFILE, ENOMEM, ENOBUFS}},
      {__NR_connect, "connect", {ENOMEM, EACCES, ECONNREFUSED}},
      {__NR_getsockopt, "getsockopt", {ENOMEM, ENOBUFS}},
      {__NR_setsockopt, "setsockopt", {ENOMEM}},
      {__NR_getsockname, "getsockname", {ENOBUFS}},
      {__NR_getpeername, "getpeername", {ENOBUFS}},
      {__NR_epoll_ctl, "epoll_ctl", {ENOMEM, ENOSPC}, watched::equal, 1, EPOLL_CTL_ADD},
      {__NR_epoll_pwait, "epoll_pwait", {EINTR}},
      {__NR_write, "write", {EINTR, ENOBUFS, ENOMEM}, watched::on_socket},
      {__NR_read, "read", {EINTR, ECONNRESET}, watched::on_socket},
      {__NR_sendto, "sendto", {EINTR, ENOBUFS, ENOMEM, EPIPE}},
      {__NR_recvmsg, "recvmsg", {EINTR, ENOMEM, ECONNRESET}},
      {__NR_fcntl, "fcntl", {EMFILE, EBUSY}, watched::above, 0, 2},
      {__NR_fstat, "fstat", {ENOMEM}, watched::above, 0, 2},
      {__NR_newfstatat, "newfstatat", {ENOMEM, EACCES}},
      {__NR_mmap, "mmap", {ENOMEM, EAGAIN}, watched::has_bits, 3, map_shared},
      {__NR_madvise, "madvise", {ENOMEM, EAGAIN}, watched::equal, 2, dont_fork},
      {434, "pidfd_open", no_descriptor},
      {__NR_pipe2, "pipe2", no_descriptor},
      {__NR_openat, "openat", {EMFILE, ENFILE, ENOMEM, EINTR}},
      {__NR_clone, "clone", {EAGAIN, ENOMEM}, watched::lacks_bits, 0, clone_thread},
      {__NR_execve, "execve", {ENOMEM, E2BIG}},
      {__NR_dup3, "dup3", {EMFILE, EINTR}},
      {__NR_ppoll, "ppoll", {EINTR, ENOMEM}},
      {__NR_waitid, "waitid", {EINTR}},
      {__NR_wait4, "wait4", {EINTR}},
  };
}

class go_client {
 public:
  explicit go_client(const std::string& program) {
    process.emplace(std::vector<std::string>{program}, std::vector<std::string>{}, client_calls(), directory / "log");
    process->only(program);
  }

  std::string told(const std::string& line) {
    const std::string text = line + "\n";
    checked(write(process->input(), text.data(), text.size()), "telling the client");
    std::string answer;
    for (;;) {
      pollfd p{process->output(), POLLIN, 0};
      char c;
      if (poll(&p, 1, 100'000) != 1) return "it hangs";
      if (read(process->output(), &c, 1) != 1) return "the client ended: " + text_of(directory / "log");
      if (c == '\n') return answer;
      answer += c;
    }
  }

  temporary_directory directory;
  std::optional<injector> process;
};

// Go names errors as the C library does, but in small letters.
bool names(const std::string& text, int error) {
  std::string name = std::strerror(error);
  name[0] = static_cast<char>(std::tolower(name[0]));
  return text.find(name) != std::string::npos;
}

bool known_end(const std::string& text) {
  for (const char* part : {"hung up", "server is gone", "no server", "did not attach", "accepts no connection"}) {
    if (text.find(part) != std::string::npos) return true;
  }
  return false;
}

// Whether the step's faults are told or survived. repair undoes what a told one ended.
void each_fault(const std::string& program, const std::string& step, const std::function<std::string(const std::string&)>& line, const std::string& prepare = "") {
  running_server server;
  go_client client(program);
  const std::string command = line(server.path);
  const auto prepared = [&] { return prepare.empty() ? "ok" : client.told(prepare + " " + server.path); };
  REQUIRE(prepared() == "ok");
  for (int i = 0; i < 3; ++i) REQUIRE(client.told(command) == "ok"); // Go's runtime has what it keeps
  const pid_t pid = client.process->pid();
  const holdings before = quiet(pid, prepare.empty() ? 0 : 1);
  const int goroutines = std::stoi(client.told("goroutines"));
  std::uint64_t faults = 0, survived = 0;
  for (std::size_t choice = 0; choice < 4; ++choice) {
    for (std::uint64_t n = 1; n < 400; ++n) {
      client.process->arm(n, choice);
      const std::string said = client.told(command);
      const injector::result r = client.process->disarm();
      if (r.fault) {
        const std::string fault = std::string(r.fault->call->name) + ": " + std::strerror(r.fault->error);
        CAPTURE(step);
        CAPTURE(fault);
        CAPTURE(n);
        CAPTURE(said);
        ++faults;
        survived += said == "ok";
        CHECK((said == "ok" || names(said, r.fault->error) || known_end(said)));
        CHECK((said == "ok" || said.find("ringcall") != std::string::npos));
        CHECK(said.find("the client ended") == std::string::npos);
        CHECK(said.find("it hangs") == std::string::npos);
        if (said != "ok" || r.fault->error == ECONNRESET) REQUIRE(prepared() == "ok"); // the end of a connection may show late
        REQUIRE(client.told(command) == "ok");
        CAPTURE(told(before));
        CHECK(told(settle(pid, before, true)) == told(before));
        int now = goroutines + 1;
        for (const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10); now > goroutines && std::chrono::steady_clock::now() < limit;) {
          if (now = std::stoi(client.told("goroutines")); now > goroutines) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        CHECK(now <= goroutines);
      }
      if (!r.reached) break;
    }
  }
  MESSAGE(step << ": " << faults << " faults: " << survived << " survived, " << faults - survived << " told as an error");
  CHECK(faults >= (prepare.empty() ? 30u : 1u)); // a call from sleep is but a few system calls, and not always the same
}

bool can_inject() {
  static const std::string why =
      std::getenv("RINGCALL_FAULTS_CLIENTS") == nullptr ? "RINGCALL_FAULTS_CLIENTS names no client; tools/test faults builds them" : injector::unavailable();
  if (!why.empty()) std::fprintf(stderr, "skipped: %s\n", why.c_str());
  return why.empty();
}

void each_client(const std::function<void(const std::string& program, const std::string& name)>& run) {
  std::istringstream all(std::getenv("RINGCALL_FAULTS_CLIENTS"));
  for (std::string program; std::getline(all, program, ':');) run(program, program.substr(program.rfind('/') + 1));
}

}  // namespace

TEST_CASE("whatever fails when a Go client dials, it says so or works, and nothing is left" * doctest::skip(!can_inject())) {
  each_client([](const std::string& program, const std::string& name) { each_fault(program, name + " dials", [](const std::string& path) { return "dial " + path; }); });
}

TEST_CASE("whatever fails when a Go client launches a co-process, it says so or works, and nothing is left" * doctest::skip(!can_inject())) {
  each_client([](const std::string& program, const std::string& name) {
    each_fault(program, name + " starts", [](const std::string&) { return std::string("start ") + std::getenv("RINGCALL_TEST_SERVER"); });
  });
}

TEST_CASE("whatever fails when a Go client sleeps until its answer comes, the call ends well or is told as lost" * doctest::skip(!can_inject())) {
  each_client([](const std::string& program, const std::string& name) { each_fault(program, name + " calls", [](const std::string&) { return std::string("call"); }, "open"); });
}
