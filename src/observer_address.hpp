#pragma once
// Where a server without a socket file is observed: an abstract address, which vanishes with the process.

#include "unique_fd.hpp"

#include <sys/types.h>

#include <string>

namespace ringcall {

// "\0ringcall/UID/NAME.PID": '/' in the name is '_' there, and of a name that is too long only the end.
std::string observer_address(const std::string& name, uid_t user, pid_t process);

// Listens there, close-on-exec and non-blocking. Empty: there are to be no observers; errno says why.
unique_fd listen_for_observers(const std::string& name);

}  // namespace ringcall
