#pragma once
// Figures as a person reads them, three digits each, and durations as a person writes them.

#include <cstdint>
#include <string>
#include <string_view>

namespace ringcall::tool {

std::string duration_text(std::uint64_t ns);      // "812 ns", "4.31 us", "1.20 ms", "12.3 s"
std::string elapsed_text(std::uint64_t ns);       // "12 s", "3 min 5 s", "2 h 10 min", "4 d 3 h"
std::string count_text(std::uint64_t count);      // "1,234,567"
std::string short_count_text(double count);       // "812", "4.31 k", "2.40 M"
std::string rate_text(double per_second);         // the same with "/s"; what is more than 0 is never "0"
std::string bytes_text(std::uint64_t bytes);      // "220 KiB"
std::string hex_text(std::uint64_t value);        // 16 digits
std::string percent_text(double fraction);        // "3.2 %"; what is more than 0 is never "0.0 %"

// "10s", "1.5 ms", "250us", "3 min"; a bare number is seconds. Throws std::invalid_argument, which says what is expected.
std::uint64_t parse_duration_ns(std::string_view text);
// One call in so many, 0 to 4294967295. Throws std::invalid_argument, which says what is expected.
std::uint32_t parse_every(std::string_view text);
// "64KiB", "16M", "1G"; a bare number is bytes; K, M, G are powers of 1024. Throws std::invalid_argument.
std::uint64_t parse_bytes(std::string_view text);

// Columns that the UTF-8 text takes in a terminal: one for each code point (method names and our own symbols are all narrow).
std::size_t columns(std::string_view text) noexcept;
// Cut to so many columns, with an ellipsis; padded with spaces to them if shorter.
std::string fit_left(std::string_view text, std::size_t width);
std::string fit_right(std::string_view text, std::size_t width);

}  // namespace ringcall::tool
