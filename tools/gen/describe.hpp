#pragma once
// What both sides compare at attach: a text that a person can read, and its fingerprint.

#include "model.hpp"

#include <string>
#include <string_view>

namespace ringcall::gen {

// Lines "key: attribute value, attribute value". The same for headers that mean the same frames, however they are written.
std::string describe(const interface& i, const service& s);

// FNV-1a, 64 bit. Never 0 or ~0, which mean "not stated" and "send yours" in the handshake.
std::uint64_t fingerprint(std::string_view text);

}  // namespace ringcall::gen
