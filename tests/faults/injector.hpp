#pragma once
// Runs a program some of whose system calls fail as a test wants it: a seccomp filter hands them to a thread of the test, which lets each pass or
// answers it with an error. All threads and children of the program are covered, and it needs no rights.

#include "unique_fd.hpp"

#include <sys/types.h>

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace ringcall::test {

// A system call that is watched, if one of its arguments is as wanted, and the errors with which it may fail.
struct watched {
  enum condition { always, above, equal, has_bits, lacks_bits, on_socket }; // on_socket: argument 0 is one

  int number;
  const char* name;
  std::vector<int> errors;
  condition when = always;
  unsigned argument = 0;   // which one
  std::uint32_t value = 0; // what its low half is compared with
};

struct injected {
  const watched* call;
  int error;
};

class injector {
 public:
  // Whether the system lets a filter be listened to; if not, why.
  static std::string unavailable();

  // Starts the program with these variables added to the environment. Its standard input and output are pipes, its standard error goes to the
  // file log.
  injector(std::vector<std::string> command, std::vector<std::string> environment, std::vector<watched> calls, const std::string& log);
  ~injector(); // kills it
  injector(const injector&) = delete;
  injector& operator=(const injector&) = delete;

  // From now on the n-th watched call, n from 1, fails with the choice-th of its errors, if it has as many.
  void arm(std::uint64_t n, std::size_t choice);
  // The same, but counting begins with the first call of that number.
  void arm_from(int number, std::uint64_t n, std::size_t choice);
  // From now on only calls of this executable count.
  void only(std::string executable);
  struct result {
    std::optional<injected> fault;
    bool reached; // there were n calls
  };
  result disarm();

  pid_t pid() const noexcept { return pid_; }
  int input() const noexcept { return input_.get(); }
  int output() const noexcept { return output_.get(); }
  // The status once it has ended; nothing if it lives on for so long.
  std::optional<int> wait(int timeout_ms);

 private:
  void supervise();
  int decide(const watched& w, pid_t thread, std::uint64_t first_argument);
  bool counts(const watched& w, pid_t thread, std::uint64_t first_argument);

  std::vector<watched> calls_;
  pid_t pid_ = -1;
  unique_fd listener_, input_, output_, stop_;
  std::thread thread_;

  std::mutex mutex_; // what follows
  std::uint64_t n_ = 0, seen_ = 0; // n_ 0: not armed
  std::size_t choice_ = 0;
  int from_ = -1;
  std::string only_;
  std::optional<injected> fault_;
  std::optional<int> status_;
};

}  // namespace ringcall::test
