#pragma once
// A running server, watched over an observer's connection.

#include "observe/resolve.hpp"
#include "observe/stats_view.hpp"

#include "ringcall/stats.h"
#include "unique_fd.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace ringcall::observe {

// Ends with the object: what was leased over the connection, a sampling rate or a capture, ends with it. Not thread-safe.
class server {
 public:
  // Throws problem: all of resolve's, and stale, no_permission, other_user, other_version, refused, silent, broken.
  explicit server(const std::string& name, std::chrono::milliseconds patience = std::chrono::seconds(3)) : server(resolve(name), patience) {}
  explicit server(const address& where, std::chrono::milliseconds patience = std::chrono::seconds(3));

  const address& where() const noexcept { return where_; }
  const std::string& name() const noexcept { return where_.name; }
  pid_t pid() const noexcept { return stats_->header().pid; }
  const stats_view& stats() const noexcept { return *stats_; }

  // Throws problem gone, which says how the server went, once it has ended.
  void check_alive();
  bool alive() noexcept;
  // Returns when the time has passed. Throws problem gone when the server ends first.
  void wait(std::chrono::nanoseconds time);
  // A descriptor that becomes readable when the server ends, to be polled beside others.
  int watch() const noexcept { return watch_ ? watch_.get() : connection_.get(); }

  // A command of stats.h; what is in force afterwards. Throws problem: refused, with the server's reason; gone, silent, broken.
  std::uint64_t command(ringcall_command_kind kind, std::uint64_t value);
  // Has one call in so many sampled as long as this object lives.
  void sample(std::uint64_t every) { command(RINGCALL_COMMAND_SAMPLE, every); }
  // Has calls captured into a memory file (ringcall_capture), which the answer is.
  unique_fd capture(std::uint64_t bytes);

 private:
  void greet();
  void receive(void* into, std::size_t size, unique_fd* descriptor, const char* what);
  ringcall_reply ask(ringcall_command_kind kind, std::uint64_t value, unique_fd* descriptor);
  [[noreturn]] void fail_ended();

  address where_;
  std::chrono::milliseconds patience_;
  unique_fd connection_;
  unique_fd watch_; // a pidfd; none where the system has none
  pid_t peer_ = 0;
  std::unique_ptr<stats_view> stats_;
};

}  // namespace ringcall::observe
