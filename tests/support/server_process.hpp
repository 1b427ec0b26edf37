#pragma once
// ringcall-test-server as a process of its own that listens: what it holds can be looked at, and it may be ended in any way.

#include "running_server.hpp"

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace ringcall::test {

class server_process {
 public:
  explicit server_process(const std::vector<std::string>& flags = {});
  ~server_process();

  // Sends the signal and returns the status as waitpid has it; -1 if the server has not ended in time, and then kills it.
  int end(int signal, std::chrono::milliseconds patience);
  void signal(int number) const;
  bool is_alive();
  std::size_t descriptors() const;
  std::size_t resident_bytes() const;

  temporary_directory directory;
  std::string path = directory / "s";

 private:
  pid_t pid_ = -1;
};

// The methods of ringcall-test-server that the tests call.
namespace served {
enum : std::uint16_t { add = 1, sleep_worker = 5, scale = 8 };
}

}  // namespace ringcall::test
