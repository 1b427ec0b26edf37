#pragma once
// Which server a name means: as Dial takes it, and beyond that pids and co-processes.

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace ringcall::observe {

struct address {
  std::string name;      // a server's in the runtime directory, a path, or NAME.PID of a co-process
  std::string socket;    // the path; for a co-process the abstract name without its leading NUL
  bool coprocess = false;
};

// A name is looked up as: a path if it has a slash; a socket in the runtime directory; a co-process NAME.PID; NAME alone if one co-process has it; the pid of
// a server. Throws problem: bad_name, no_server (with near names), ambiguous, no_permission, other_user (an unsafe runtime directory). Whether a server is there to
// answer shows when it is connected to.
address resolve(const std::string& name);

// All that may be servers of this user: the sockets of the runtime directory, in order, then the co-processes'.
std::vector<address> find_servers();

std::string runtime_directory();

// The names that a person may have meant, nearest first, at most three.
std::vector<std::string> near_names(std::string_view name, const std::vector<std::string>& names);
// "; did you mean a or b?", or nothing.
std::string suggestion(std::string_view name, const std::vector<std::string>& names);

}  // namespace ringcall::observe
