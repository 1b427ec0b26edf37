// ringcall profile: records a running server for a while and writes what it saw.
#pragma once

#include <cstdint>
#include <string>

namespace ringcall::tool {

struct profile_options {
  std::string name;
  std::uint64_t for_ns = 10'000'000'000;
  std::uint64_t sample = 64; // one call in so many; 0: as it is
  std::string out;    // the documents' directory; empty: a new one in the current directory, or none if json is given
  std::string json;   // where data.json goes besides: a file; "-": standard output, in the text report's place; empty: nowhere
  std::string method; // only methods whose name has this in it
};
// Throws observe::problem, misuse, output_closed, std::system_error.
int run_profile(const profile_options& o);

}  // namespace ringcall::tool
