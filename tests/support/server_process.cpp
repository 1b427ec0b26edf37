#include "server_process.hpp"

#include "system.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>

extern char** environ;

namespace ringcall::test {

server_process::server_process(const std::vector<std::string>& flags) {
  const char* program = std::getenv("RINGCALL_TEST_SERVER");
  if (program == nullptr) throw std::runtime_error("RINGCALL_TEST_SERVER does not name the ringcall-test-server to test against");
  std::vector<std::string> words{program, path, "--log", "off"};
  words.insert(words.end(), flags.begin(), flags.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  if (posix_spawn(&pid_, program, nullptr, nullptr, arguments.data(), environ) != 0) throw_errno("starting the server");
  for (int tries = 0;; ++tries) {
    try {
      connect_to(path);
      return;
    } catch (const std::system_error&) {
      if (!is_alive() || tries == 10'000) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
}

server_process::~server_process() {
  if (pid_ > 0) end(SIGKILL, std::chrono::seconds(10));
}

int server_process::end(int signal, std::chrono::milliseconds patience) {
  kill(pid_, signal);
  int status = 0;
  for (const auto limit = std::chrono::steady_clock::now() + patience; waitpid(pid_, &status, WNOHANG) == 0;) {
    if (std::chrono::steady_clock::now() > limit) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
      status = -1;
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  pid_ = -1;
  return status;
}

void server_process::signal(int number) const { kill(pid_, number); }

bool server_process::is_alive() {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

std::size_t server_process::descriptors() const {
  const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid_) + "/fd");
  return static_cast<std::size_t>(std::distance(std::filesystem::begin(all), std::filesystem::end(all)));
}

std::size_t server_process::resident_bytes() const {
  std::size_t size = 0, resident = 0;
  std::ifstream("/proc/" + std::to_string(pid_) + "/statm") >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

}  // namespace ringcall::test
