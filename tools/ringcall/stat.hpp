#pragma once
// The table that 'ringcall stat' prints.

#include "observe/snapshot.hpp"
#include "observe/stats_view.hpp"

#include <string>
#include <vector>

namespace ringcall::tool {

// period covers a time; conditions are told first.
std::string stat_text(const observe::stats_view& view, const observe::snapshot& period, const std::vector<std::string>& conditions);

std::string sampling_text(std::uint64_t every); // "1 call in 64 sampled", "no sampling"

}  // namespace ringcall::tool
