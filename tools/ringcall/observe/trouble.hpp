#pragma once
// Why a server cannot be watched.

#include <stdexcept>
#include <string>

namespace ringcall::observe {

enum class trouble {
  bad_name,      // cannot be a name, or a path that is too long
  no_server,     // nothing listens under that name
  stale,         // a socket is there, its server is not
  no_permission, // the system does not let this user connect
  ambiguous,     // several servers go by that name
  other_user,    // the server is another user's
  other_version, // of the ABI, or of the statistics
  refused,       // the server said no: busy, ending, out of memory
  silent,        // it took the connection and does not answer
  gone,          // it ended while it was watched
  broken,        // what it sent cannot be: no ringcall server, or a defective one
};

// what() says what was found and what to do, for a person.
class problem : public std::runtime_error {
 public:
  problem(trouble kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  trouble kind() const noexcept { return kind_; }

 private:
  trouble kind_;
};

}  // namespace ringcall::observe
