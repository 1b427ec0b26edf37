#pragma once
// Text of bounded size that lies in a record, without a payload of its own.

#include "ringcall/record.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

namespace ringcall {

// Up to N bytes. Bytes behind the text are zero, so that no others travel.
template <std::size_t N>
struct fixed_text {
  static_assert(N >= 1 && N <= 65535, "fixed_text<N> holds 1 to 65535 bytes: write std::string_view for more");

  std::uint16_t size; // what the peer wrote may be more than N: use the conversion
  char data[N];

  constexpr fixed_text() noexcept : size(0), data{} {}

  // Throws std::length_error beyond N bytes.
  template <std::convertible_to<std::string_view> S>
  constexpr fixed_text(const S& text) : fixed_text() {
    const std::string_view bytes = text;
    if (bytes.size() > N) throw std::length_error("a text of " + std::to_string(bytes.size()) + " bytes; a fixed_text<" + std::to_string(N) + "> holds " + std::to_string(N));
    size = static_cast<std::uint16_t>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), data);
  }

  constexpr operator std::string_view() const noexcept { return {data, std::min<std::size_t>(read_size(), N)}; }

  // With any text: other fixed_texts, std::string, literals.
  template <std::convertible_to<std::string_view> S>
  friend constexpr bool operator==(const fixed_text& a, const S& b) noexcept {
    return std::string_view(a) == std::string_view(b);
  }
  template <std::convertible_to<std::string_view> S>
  friend constexpr std::strong_ordering operator<=>(const fixed_text& a, const S& b) noexcept {
    return std::string_view(a) <=> std::string_view(b);
  }

 private:
  // Once: in a span it may lie in memory that the peer changes between a check and a use.
  constexpr std::uint16_t read_size() const noexcept {
    if (std::is_constant_evaluated()) return size;
    return *const_cast<const volatile std::uint16_t*>(&size);
  }
};

template <std::size_t N>
  requires(N % 2 == 1)
inline constexpr std::array<byte_range, 1> padding_of<fixed_text<N>>{{{sizeof(std::uint16_t) + N, 1}}};

}  // namespace ringcall
