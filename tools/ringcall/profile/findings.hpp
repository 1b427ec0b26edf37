// What a recording shows, in words. A finding is a rule over the data with its thresholds (thresholds.hpp) that says what was seen and what to do.
#pragma once

#include <string>
#include <vector>

#include "profile/recording.hpp"

namespace ringcall::profile {

enum class severity {
  problem, // something fails or stands still
  slow,    // time is lost, and something can be done about it
  note,    // how to read the rest
};
const char* name_of(severity level);

struct finding {
  std::string rule; // a stable name, for programs
  severity level;
  std::string what;
  std::string advice; // may be empty
};

// The gravest first. Never empty: a recording in which nothing stands out has a finding that says so.
std::vector<finding> find(const recording& of);

}  // namespace ringcall::profile
