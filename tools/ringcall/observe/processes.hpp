#pragma once
// What the system says about processes and about who listens.

#include "unique_fd.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>

namespace ringcall::observe {

struct address;

// The command that the process runs, as ps names it, printable; empty if there is no such process.
std::string command_name(pid_t pid);
// Its state as /proc says it: 'R', 'S', 'T' stopped, 'Z' ended; 0: there is no such process.
char process_state(pid_t pid);
constexpr bool is_stopped(char state) noexcept { return state == 'T' || state == 't'; }
// Bytes of its memory that are resident; 0 if that cannot be told.
std::uint64_t resident_bytes(pid_t pid);

// Connects without saying anything. Empty: errno says why.
unique_fd connect_to(const address& where);
struct peer {
  pid_t pid = 0;
  uid_t uid = 0;
};
peer peer_of(int connection); // pid 0: unknown
pid_t pid_behind(const address& where); // 0: nobody listens

}  // namespace ringcall::observe
