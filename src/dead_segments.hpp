#pragma once
// Segments whose channels have ended, on their way to a thread that has time to unmap them: the last user of a large one frees its pages, which takes
// milliseconds.

#include "segment.hpp"
#include "unique_fd.hpp"

#include <mutex>
#include <vector>

namespace ringcall {

class dead_segments {
 public:
  dead_segments(); // throws std::system_error when the system has no descriptor left

  // Thread-safe. What there is no room to note is unmapped at once.
  void put(segment&& s) noexcept;
  int descriptor() const noexcept { return bell_.get(); } // readable: there are some
  // Thread-safe: unmaps all that there are.
  void unmap() noexcept;

 private:
  unique_fd bell_;
  std::mutex mutex_;
  std::vector<segment> segments_;
};

}  // namespace ringcall
