#pragma once
// Constants of the header: constexpr numbers and texts.

#include "clang.hpp"

#include <optional>

namespace ringcall::gen {

// Nothing: not a constant that Go could have, or one that is wrong, which was noted.
std::optional<constant> read_constant(const clang::translation_unit& unit, CXCursor variable, problems& faults);

}  // namespace ringcall::gen
