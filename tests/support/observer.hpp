#pragma once
// An observer for tests: says hello, maps the statistics, sends commands and waits for their replies.

#include "client.hpp"

#include "capture_reader.hpp"
#include "ringcall/stats.h"
#include "stats_reader.hpp"

#include <boost/interprocess/mapped_region.hpp>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace ringcall::test {

ringcall_hello observer_hello() noexcept;
ringcall_command command(ringcall_command_kind kind, std::uint64_t value) noexcept;

class observer {
 public:
  explicit observer(const std::string& path) : observer(connect_to(path)) {}
  explicit observer(unique_fd c); // throws std::runtime_error with the reason if it is refused

  const ringcall_stats_header& header() const noexcept { return *static_cast<const ringcall_stats_header*>(memory.get_address()); }
  stats_reader stats() const noexcept { return stats_reader(header()); }

  ringcall_reply tell(ringcall_command_kind kind, std::uint64_t value);
  void send(const void* bytes, std::size_t size); // throws std::system_error
  // The next reply; its descriptor, if one came along, is in attached. A magic of 0: the connection has ended.
  ringcall_reply receive();
  std::vector<captured_call> captured(); // since last asked, of all loops; tell must have got a capture

  std::uint64_t dropped() const; // by all loops so far

  unique_fd connection;
  unique_fd statistics;
  boost::interprocess::mapped_region memory;
  unique_fd attached;

 private:
  std::vector<capture_reader> captures_;
  boost::interprocess::mapped_region capture_;
};

// Polls until it holds, for at most 30 s.
template <class F>
bool comes_true(F condition) {
  for (const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30); !condition(); std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
    if (std::chrono::steady_clock::now() > limit) return false;
  }
  return true;
}

}  // namespace ringcall::test
