#pragma once
// What a process holds, as the system tells it.

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

namespace ringcall::test {

struct holdings {
  std::size_t descriptors = 0, segments = 0, threads = 0, children = 0; // segments: mappings of them
  bool operator==(const holdings&) const = default;
};

holdings holdings_of(pid_t pid);
std::string told(const holdings& h);

// Waits until the process has so many segments mapped, whatever went before.
holdings quiet(pid_t pid, std::size_t segments);

// Waits until the process holds no more than that, apart from threads of its runtime if those may grow. Returns what it holds then.
holdings settle(pid_t pid, const holdings& before, bool threads_may_grow = false);

// The file from that byte on.
std::string text_of(const std::string& file, std::size_t from = 0);

}  // namespace ringcall::test
