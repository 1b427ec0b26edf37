#pragma once
// The subcommands, each a plain struct of what the command line asked for and a function that does it. A result is the exit status: 0, or 1 for a finding that
// is bad. Throws observe::problem and others (exit status 1), misuse (2), output_closed (0).

#include <cstdint>
#include <optional>
#include <string>

namespace ringcall::tool {

struct list_options {
  bool json = false;
};
int run_list(const list_options& o);

}  // namespace ringcall::tool
