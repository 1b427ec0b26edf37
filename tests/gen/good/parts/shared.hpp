#pragma once
#include <ringcall/interface.hpp>

namespace parts {

inline constexpr int not_of_the_main_header = 1;
enum class trouble : std::uint32_t { lost = 1, late = 4'000'000'000 };
struct shared {
  std::uint8_t a;
  std::uint32_t b;
};

}  // namespace parts
