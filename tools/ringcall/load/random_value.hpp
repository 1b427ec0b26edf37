#pragma once
// Valid arguments made up by a seed: every request obeys its method's layout. The same seed makes the same requests.

#include "description.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringcall::load {

// SplitMix64: the same numbers everywhere.
class random_bits {
 public:
  explicit random_bits(std::uint64_t seed) noexcept : state_(seed) {}

  std::uint64_t next() noexcept {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // Below bound, which is not 0.
  std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

 private:
  std::uint64_t state_;
};

// A request to m, which is described. Its variable parts make it no longer than size_max bytes, unless the head alone is: then they are empty. Numbers are of any
// magnitude, small ones as often as large ones; floats are finite; bools 0 or 1; enumerations one of their values; texts printable.
std::vector<std::byte> random_request(const method& m, random_bits& random, std::size_t size_max);

std::vector<std::byte> random_bytes(std::size_t size, random_bits& random);

}  // namespace ringcall::load
