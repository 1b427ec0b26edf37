#pragma once
// The stages of single calls, as the server finishes them.

#include "observe/stats_view.hpp"

#include "ringcall/stats.h"

#include <cstdint>
#include <vector>

namespace ringcall::observe {

struct sample {
  ringcall_sample call; // times in nanoseconds of CLOCK_MONOTONIC, in order; its method is an index into the view's methods
  std::uint32_t loop;
};

class sample_reader {
 public:
  // What comes from now on; the view must outlive it.
  explicit sample_reader(const stats_view& view);

  // Appends what is new, loop by loop in the order of its writing. Each loop keeps RINGCALL_SAMPLES: read often enough.
  void read(std::vector<sample>& into);
  std::uint64_t lost() const noexcept { return lost_; } // overwritten before they were read

 private:
  const stats_view& view_;
  std::vector<std::uint64_t> next_; // number, by loop
  std::uint64_t lost_ = 0;
};

}  // namespace ringcall::observe
