#pragma once
// Kills a server, or a client, at many points of each phase of a script, and checks each time what the survivor sees.

#include "script.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ringcall::kill {

// Who calls the server that is killed.
class survivor {
 public:
  virtual ~survivor() = default;
  virtual void start(const std::string& path) = 0;
  virtual int phase() = 0;          // before which it waits; over: the script has ended
  virtual void let_go() = 0;        // into the phase before which it waits
  virtual outcomes finish() = 0;    // goes on to the end; waits for it, within bounds
};

// The test client on a thread of its own.
std::unique_ptr<survivor> make_cpp_survivor();

// Which points are tried: all in the long form (RINGCALL_KILL_LONG=1); else, of those that are not repeated, the visible ones and each stride-th from
// an offset on that the seed chooses (RINGCALL_SEED=N replays).
struct choice {
  int first = attach, last = leave; // phases
  std::uint32_t stride = 48;
  std::uint32_t visible_stride = 1; // of the visible ones, only each so many-th
  bool always_short = false;
};

struct report {
  std::size_t listed = 0;
  std::size_t tried = 0;   // points at which the victim was killed
  std::size_t missed = 0;  // points by which the run did not come this time
  std::size_t missed_waiting = 0; // the same of the turns of loops that wait, of which no two runs make as many
  std::vector<std::string> violations;
  std::vector<std::uint64_t> waits_ns; // from the kill to the last outcome of calls that were under way

  void count(bool hit, bool repeated);
  // Prints what was done, and the first violations.
  void print(const char* what) const;
};

report kill_servers(survivor& s, const choice& c);
report kill_clients(const choice& c);
// Kills the program, which is told to call, before each of its accesses to the segment, or each stride-th.
report kill_callers(const std::string& program, const choice& c);

bool is_long();

}  // namespace ringcall::kill
