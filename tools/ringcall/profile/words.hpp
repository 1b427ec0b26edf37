// Numbers and names as the documents write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "print/units.hpp"

namespace ringcall::profile {

using tool::columns;
using tool::count_text;
using tool::rate_text;

std::string duration(double nanoseconds);   // "1.23 µs"; three digits
std::string round_time(double nanoseconds); // "1 µs", "1.5 ms": of round values, for axes
std::string number(double value);         // "1,234,567", "12.3"; three digits at least
std::string percent(double share);        // 0.82 -> "82 %", 0.001 -> "0.1 %"
std::string date(std::uint64_t nanoseconds_since_1970); // "2024-05-01 12:00:00 UTC"

// Valid UTF-8 without control characters, and without those that change the writing direction: what is not comes out as U+FFFD.
std::string clean(std::string_view text);
std::string escape_xml(std::string_view text); // cleaned, for text and attributes of HTML and SVG
// At most so many characters, the middle left out: both the beginning and the end of a method's name tell.
std::string shortened(std::string_view cleaned, std::size_t characters);

}  // namespace ringcall::profile
