#pragma once
// The server and the client as processes of their own, forked from the test; and what a server holds while nobody calls.

#include "marks.hpp"
#include "running_server.hpp"

#include <array>
#include <memory>
#include <sys/types.h>

namespace ringcall::kill {

// Descriptors, mapped segments and threads of a process.
struct holdings {
  std::size_t descriptors = 0, segments = 0, threads = 0;
  bool operator==(const holdings&) const = default;
};
holdings holdings_of(pid_t pid);
std::string text(const holdings& h);

// A server of the methods in marks.hpp in a process of its own, the leader of its process group. Returns once it listens and sleeps.
class server_process {
 public:
  explicit server_process(const std::string& path);
  ~server_process();
  pid_t pid() const noexcept { return pid_; }
  pid_t release() noexcept { return std::exchange(pid_, 0); } // somebody else ends it
  std::string complaints() const;                             // what it has logged as a warning or worse

 private:
  unique_fd log_;
  pid_t pid_ = 0;
};

// A script in a process of its own, the leader of its process group, which waits before each phase until it is let go.
class client_process {
 public:
  explicit client_process(const std::string& path);
  ~client_process();
  pid_t pid() const noexcept { return pid_; }
  pid_t release() noexcept { return std::exchange(pid_, 0); }
  int phase() const noexcept { return shared_marks().phase; } // before which it waits; over: all is done
  void let_go();

 private:
  unique_fd go_;
  pid_t pid_ = 0;
};

}  // namespace ringcall::kill
