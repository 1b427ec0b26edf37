#pragma once
// The server's statistics in Prometheus' text format 0.0.4.

#include "stats_reader.hpp"

#include <string>

namespace ringcall {

// Thread-safe. Throws std::bad_alloc.
std::string metrics_text(const stats_reader& stats);

}  // namespace ringcall
