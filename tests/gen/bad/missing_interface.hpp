#pragma once
#include <cstdint>

namespace bad {

class RINGCALL_SERVICE missing_interface {
 public:
  RINGCALL_METHOD(1) virtual std::int32_t add(std::int32_t a, std::int32_t b) = 0;
};

}  // namespace bad
