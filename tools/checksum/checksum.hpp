#pragma once
// What the demo computes, once in C++: CRC-32C of blocks and a 64-bit hash of words. The server and the plain cgo modes compile this
// same header. hash.go is hash's Go twin; Go's own hash/crc32 checks crc32c. Pure functions, safe from any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace checksum {

template <class T>
inline T load(const std::byte* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

__extension__ using uint128 = unsigned __int128;

inline std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  uint128 product = static_cast<uint128>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Multiplies and folds eight bytes at a time, little endian; the last piece overlaps the one before, and the size is mixed in first,
// so that every byte counts and no two sizes share a starting point. Not for use against an adversary.
inline std::uint64_t hash(const std::byte* data, std::size_t size) noexcept {
  constexpr std::uint64_t k0 = 0x9e3779b97f4a7c15, k1 = 0xd6e8feb86659fd93;
  std::uint64_t state = (size + 1) * k0;
  const std::byte* end = data + size;
  for (; end - data > 8; data += 8) state = fold(state ^ load<std::uint64_t>(data), k1);
  std::uint64_t last = 0;
  if (size >= 8) {
    last = load<std::uint64_t>(end - 8);
  } else if (size >= 4) {
    last = load<std::uint32_t>(data) | static_cast<std::uint64_t>(load<std::uint32_t>(end - 4)) << 32;
  } else if (size > 0) {
    last = load<std::uint8_t>(data) | load<std::uint8_t>(data + size / 2) << 8 | load<std::uint8_t>(end - 1) << 16;
  }
  return fold(fold(state ^ last, k1), k0);
}

using crc_table = std::array<std::array<std::uint32_t, 256>, 8>;

// table[n][b]: the remainder of byte b followed by n zero bytes, bits reflected.
inline constexpr crc_table crc_bytes = [] {
  crc_table table{};
  for (std::uint32_t b = 0; b < 256; ++b) {
    std::uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    table[0][b] = crc;
  }
  for (std::size_t n = 1; n < 8; ++n) {
    for (std::size_t b = 0; b < 256; ++b) table[n][b] = table[n - 1][b] >> 8 ^ table[0][table[n - 1][b] & 0xff];
  }
  return table;
}();

// Any machine: eight bytes a step through eight tables.
inline std::uint32_t crc32c_portable(std::uint32_t crc, const std::byte* data, std::size_t size) noexcept {
  crc = ~crc;
  for (; size >= 8; data += 8, size -= 8) {
    std::uint64_t word = load<std::uint64_t>(data) ^ crc;
    crc = 0;
    for (int n = 0; n < 8; ++n) crc ^= crc_bytes[7 - n][word >> 8 * n & 0xff];
  }
  for (; size > 0; ++data, --size) crc = crc >> 8 ^ crc_bytes[0][(crc ^ load<std::uint8_t>(data)) & 0xff];
  return ~crc;
}

#if defined(__x86_64__)

// shift[n][b]: what byte n of a remainder, being b, becomes once lane zero bytes have followed it.
template <std::size_t lane>
inline const std::array<std::array<std::uint32_t, 256>, 4> crc_shift = [] {
  std::array<std::array<std::uint32_t, 256>, 4> shift{};
  for (int bit = 0; bit < 32; ++bit) {
    std::uint32_t crc = 1u << bit;
    for (std::size_t i = 0; i < lane; ++i) crc = crc >> 8 ^ crc_bytes[0][crc & 0xff];
    for (std::size_t b = 0; b < 256; ++b) {
      if (b >> bit % 8 & 1) shift[bit / 8][b] ^= crc;
    }
  }
  return shift;
}();

// Three lanes at once hide the instruction's latency of three cycles; their remainders are joined by crc_shift.
template <std::size_t lane>
__attribute__((target("sse4.2"))) inline std::uint64_t crc32c_lanes(std::uint64_t crc, const std::byte*& data, std::size_t& size) noexcept {
  auto shifted = [](std::uint64_t crc) {
    const auto& shift = crc_shift<lane>;
    return shift[0][crc & 0xff] ^ shift[1][crc >> 8 & 0xff] ^ shift[2][crc >> 16 & 0xff] ^ shift[3][crc >> 24 & 0xff];
  };
  for (; size >= 3 * lane; data += 3 * lane, size -= 3 * lane) {
    std::uint64_t second = 0, third = 0;
    for (std::size_t at = 0; at < lane; at += 8) {
      crc = __builtin_ia32_crc32di(crc, load<std::uint64_t>(data + at));
      second = __builtin_ia32_crc32di(second, load<std::uint64_t>(data + lane + at));
      third = __builtin_ia32_crc32di(third, load<std::uint64_t>(data + 2 * lane + at));
    }
    crc = shifted(shifted(crc) ^ second) ^ third;
  }
  return crc;
}

__attribute__((target("sse4.2"))) inline std::uint32_t crc32c_sse42(std::uint32_t start, const std::byte* data, std::size_t size) noexcept {
  std::uint64_t crc = ~start;
  crc = crc32c_lanes<1360>(crc, data, size);
  crc = crc32c_lanes<128>(crc, data, size);
  for (; size >= 8; data += 8, size -= 8) crc = __builtin_ia32_crc32di(crc, load<std::uint64_t>(data));
  for (; size > 0; ++data, --size) crc = __builtin_ia32_crc32qi(static_cast<std::uint32_t>(crc), load<std::uint8_t>(data));
  return ~static_cast<std::uint32_t>(crc);
}

inline std::uint32_t crc32c(std::uint32_t crc, const std::byte* data, std::size_t size) noexcept {
  static const bool has_sse42 = __builtin_cpu_supports("sse4.2");
  return has_sse42 ? crc32c_sse42(crc, data, size) : crc32c_portable(crc, data, size);
}

#else

inline std::uint32_t crc32c(std::uint32_t crc, const std::byte* data, std::size_t size) noexcept { return crc32c_portable(crc, data, size); }

#endif

}  // namespace checksum
