#pragma once
// What is wrong with a server or its clients right now, in words.

#include "observe/snapshot.hpp"
#include "observe/stats_view.hpp"

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

namespace ringcall::observe {

// Stopped processes, a loop that is stuck, a server that ends. state_of is process_state, but in tests. Empty: all is as it should be.
std::vector<std::string> conditions(const stats_view& view, const snapshot& s, const std::function<char(pid_t)>& state_of);
std::vector<std::string> conditions(const stats_view& view, const snapshot& s);

}  // namespace ringcall::observe
