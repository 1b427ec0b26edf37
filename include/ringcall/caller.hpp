#pragma once
// Whose request the current handler serves.

#include <cstdint>

namespace ringcall {

// One client's connection.
struct client_info {
  std::uint64_t id;  // never 0, never given to another connection in this process
  std::int32_t pid;  // when it attached: for logs only, since pids are used again; 0 from another pid namespace
  std::uint32_t uid;
};

namespace detail {

extern constinit thread_local const client_info* current_caller;

}  // namespace detail

// The client whose request the handler that runs on this thread serves, be it a loop's thread or a worker's. Throws std::logic_error where no
// handler runs, as on a thread that a handler started.
client_info caller();

// While it lives, caller() is this client on this thread. The server sees to it; a test that calls handlers itself has to.
class caller_scope {
 public:
  // client must outlive the scope.
  explicit caller_scope(const client_info& client) noexcept : before_(detail::current_caller) { detail::current_caller = &client; }
  ~caller_scope() { detail::current_caller = before_; }
  caller_scope(const caller_scope&) = delete;
  caller_scope& operator=(const caller_scope&) = delete;

 private:
  const client_info* before_;
};

}  // namespace ringcall
