#pragma once
// Frames as people read them, and whether an answer is what its method answers.

#include "description.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace ringcall::load {

// The frame as one line of JSON: an object of the parameters, or the result. Enumerators by their names, bytes in hexadecimal. What is not described, or is not
// well-formed, is {"bytes": ...}, in the latter case with why. No more than about 1000 characters.
std::string show_request(const method& m, std::span<const std::byte> frame);
std::string show_answer(const method& m, std::uint16_t status, std::uint32_t code, std::span<const std::byte> frame);

// Why this is no answer of m's with that status; empty: it is one.
std::string fault_of(const method& m, std::uint16_t status, std::span<const std::byte> frame);

const char* status_name(std::uint16_t status) noexcept;

}  // namespace ringcall::load
