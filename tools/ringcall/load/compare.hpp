#pragma once
// Whether a server answers a recorded call as it was answered then, and whether a server's interface is the recording's.

#include "description.hpp"
#include "recording.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace ringcall::load {

// In what the server's method differs from the recorded one, in words; empty: in nothing that matters. Enumerators that only the server has do not.
std::string interface_difference(const method& recorded, const method& served);

struct now_answered {
  std::uint16_t status;
  std::uint32_t code;
  std::span<const std::byte> bytes;
};

// By the bytes; answers that the recording describes, by their values, and so whatever lies in their padding.
bool is_same(const method& recorded, const recorded_call& then, const now_answered& now);

// Three lines for a person: what was asked, what was answered then and now, as values.
std::string show_difference(const method& m, const recorded_call& then, const now_answered& now);

}  // namespace ringcall::load
