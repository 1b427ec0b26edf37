#pragma once
// Kills a process after any instruction. First one run is single-stepped, each thread of it, which lists the instructions that it goes
// through. Then, in a new process for each, the run goes at full speed to a breakpoint at the last instruction before the wanted one that
// had not been executed before, from there by single steps; there it is killed. So all points cost about the same, however late they are.
//
// The victim is forked from this process without exec, so that its code lies where ours does, and leads a process group of its own.

#include "unique_fd.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

namespace ringcall::kill {

// A place in a run: steps instructions after the first execution of the one at address.
struct point {
  std::uintptr_t address;
  std::uint32_t steps;
  bool visible;  // when it was listed, the instruction before it or behind it changed what another process can see
  bool repeated; // then, nothing visible had changed since this instruction was last executed: one more turn of a loop that waits
};

class stepper {
 public:
  // Traces all threads of the victim, which go on as they were.
  explicit stepper(pid_t victim);
  ~stepper() { kill_now(); }
  stepper(const stepper&) = delete;
  stepper& operator=(const stepper&) = delete;

  // Steps all threads until over() holds and all of them sleep. begin is called once they are traced. Returns all points.
  std::vector<point> list(const std::function<void()>& begin, const std::function<bool()>& over);
  // Runs to the point and stops there. False: the run was over, as in list, and did not come by.
  bool run_to(const point& p, const std::function<void()>& begin, const std::function<bool()>& over);
  // Kills the victim, waits until nothing of it is left. Returns the CLOCK_MONOTONIC of the kill, 0 if it had ended before.
  std::uint64_t kill_now();

 private:
  struct stop {
    pid_t thread = 0; // 0: none
    int signal = 0;
    bool trap = false; // a step or a breakpoint, not an event or a signal
  };
  stop next_stop();
  void resume(pid_t thread, int request, int signal = 0);
  std::uint64_t fingerprint();
  void patch(std::uintptr_t address, std::uint8_t byte);
  std::uint8_t read_byte(std::uintptr_t address);

  pid_t victim_;
  unique_fd memory_; // of the victim
  bool ended_ = false;
  std::uintptr_t segment_ = 0; // where it is mapped in the victim, once it is
  std::uint32_t look_for_segment_ = 0;
};

// Ends the process as a skipped test, with the reason, where the system does not let a process trace its child.
void skip_unless_traceable();

// The sleeping threads of a process: how many, or 0 while one of them does not sleep.
std::size_t sleeping_threads(pid_t pid);

}  // namespace ringcall::kill
