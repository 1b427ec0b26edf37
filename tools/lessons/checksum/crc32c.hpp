#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace files {

inline constexpr std::array<std::uint32_t, 256> crc32c_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    table[b] = b;
    for (int bit = 0; bit < 8; ++bit) table[b] = table[b] >> 1 ^ (table[b] & 1 ? 0x82f63b78u : 0);
  }
  return table;
}();

// Continues a checksum; that of nothing is 0.
inline std::uint32_t crc32c(std::uint32_t crc, std::span<const std::byte> bytes) noexcept {
  crc = ~crc;
  for (std::byte b : bytes) crc = crc >> 8 ^ crc32c_table[(crc ^ static_cast<std::uint32_t>(b)) & 0xff];
  return ~crc;
}

}  // namespace files
