#pragma once
// What both services of the folder speak of.

#include <ringcall/interface.hpp>

namespace together {

inline constexpr std::uint32_t cents = 100;

enum class currency : std::uint8_t { eur, usd };
enum class refusal : std::uint32_t { closed = 1, too_much = 2 };

struct amount {
  std::int64_t cents;
  currency in;
  bool rounded;
};

struct note {
  std::string_view text;
  amount about;
};

}  // namespace together
