// The page's tables.
#pragma once

#include <string>
#include <vector>

#include "profile/recording.hpp"

namespace ringcall::profile {

std::string slowest_table(const recording& of);
std::string methods_table(const recording& of, const std::vector<std::size_t>& methods);
std::string stages_table(const recording& of, const std::vector<std::size_t>& methods);
std::string loops_table(const recording& of);
std::string channels_table(const recording& of);

}  // namespace ringcall::profile
