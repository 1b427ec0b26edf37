#pragma once
// What a bench calls: methods, each with requests that were made beforehand.

#include "description.hpp"

#include "load/commands.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace ringcall::load {

struct target {
  method what;
  std::vector<std::vector<std::byte>> requests; // at least one; of a batch, all its records
  std::uint32_t batch = 0;                      // records of each; 0: these are no batches
};

// By the command line. Throws std::invalid_argument: no such method, a request that cannot be made from what was given, a batch of what is not fixed.
std::vector<target> make_targets(const description& d, const tool::bench_options& o);

}  // namespace ringcall::load
