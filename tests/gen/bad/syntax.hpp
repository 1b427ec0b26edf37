#pragma once
#include <ringcall/interface.hpp>

namespace bad {

struct quote {
  double price
  std::int64_t size;
};

class RINGCALL_SERVICE syntax {
 public:
  RINGCALL_METHOD(1) virtual std::int64_t add(std::int32_t a, std::in32_t b) = 0;
};

}  // namespace bad
