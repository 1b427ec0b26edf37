#pragma once
// Statistics as JSON. The keys are the man page's.

#include "observe/snapshot.hpp"
#include "observe/stats_view.hpp"
#include "print/output.hpp"

namespace ringcall::tool {

json policy_json(const observe::policy& p);
json histogram_json(const observe::histogram& h);
// methods (those with calls, or all), loops, channels, policy, and the time that they cover.
json snapshot_json(const observe::stats_view& view, const observe::snapshot& s, bool all_methods);

}  // namespace ringcall::tool
