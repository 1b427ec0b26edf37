#pragma once
// Becomes a client of a server that listens: connects, greets, maps and checks the segment.

#include "segment.hpp"
#include "unique_fd.hpp"

#include <cstdint>
#include <string>

#include <sys/types.h>

namespace ringcall::load {

struct attached {
  unique_fd connection;    // afterwards the doorbell
  unique_fd process;       // a pidfd of the server's; none where the system has none to give
  segment memory;
  std::string description; // of the server's interfaces; anything
  pid_t pid;               // the server's
};

// Within 5 s. Throws std::runtime_error or std::system_error that say what was found and what to do: nothing listens there, another user's server, another version,
// refused, no ringcall server at all.
attached attach(const std::string& path);

}  // namespace ringcall::load
