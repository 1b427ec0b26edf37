#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace ringcall {

// The rank, from 1, of the value that is a quantile of count values, which are not 0. A whole rank does not become the next one for a rounding: 99.9 % of 1,000 is the
// 999th, though 99.9 / 100 * 1000 is a little more in floating point.
inline std::uint64_t quantile_rank(double quantile, std::uint64_t count) noexcept {
  const double exact = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(count);
  return std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(exact * (1 - 1e-14))), 1, count);
}

}  // namespace ringcall
