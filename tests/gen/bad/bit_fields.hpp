#pragma once
#include <ringcall/interface.hpp>

namespace bad {

struct flags {
  std::uint32_t low : 4;
  std::uint32_t : 4;
  std::uint32_t high : 24;
};

class RINGCALL_SERVICE bit_fields {
 public:
  RINGCALL_METHOD(1) virtual void take(flags f) = 0;
};

}  // namespace bad
