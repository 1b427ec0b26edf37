#pragma once
// Kills a program before its n-th access to the segment, whatever the program is written in. Once it has mapped the segment it is made to take all rights
// from those pages. Each access is then a fault, which the tracer sees before the program would: it stops the other threads, gives the rights
// back, lets the one thread execute the one instruction, and takes them again.

#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace ringcall::kill {

class access_stepper {
 public:
  // Starts the program, its first argument included in arguments.
  explicit access_stepper(const std::vector<std::string>& arguments);
  ~access_stepper() { kill_now(); }
  access_stepper(const access_stepper&) = delete;
  access_stepper& operator=(const access_stepper&) = delete;

  // Runs until the program is about to make its n-th access, from 1, or ends. True: it is about to.
  bool run_to(std::uint64_t n);
  // How the program ended by itself, as waitpid says; -1: it did not.
  int status() const noexcept { return status_; }
  std::uint64_t accesses() const noexcept { return accesses_; }
  void kill_now();

 private:
  struct thread {
    bool stopped = false;
    unsigned long call = 0; // the system call that it is in, before the segment is mapped
    unsigned long flags = 0, size = 0;
  };

  bool next(pid_t& t, int& status);
  bool wait_for(pid_t t, int& status);
  bool handle(pid_t t, int status, std::uint64_t n);
  void resume(pid_t t, int signal = 0);
  void at_system_call(pid_t t);
  void stop_others(pid_t t);
  void execute_access(pid_t t);
  void step(pid_t t);
  void protect(pid_t t, int rights);
  bool is_access(pid_t t) const;

  pid_t pid_ = 0;
  int status_ = -1;
  bool ended_ = false;
  std::map<pid_t, thread> threads_;
  std::vector<std::pair<pid_t, int>> deferred_; // stops that came while one thread had the stage
  std::vector<std::pair<pid_t, int>> held_;     // signals that came in the middle of a step
  std::uintptr_t segment_ = 0, size_ = 0;
  std::uintptr_t syscall_at_ = 0; // a system call instruction of the program
  std::uint64_t accesses_ = 0;
};

}  // namespace ringcall::kill
