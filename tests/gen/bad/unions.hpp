#pragma once
#include <ringcall/interface.hpp>

namespace bad {

union number {
  std::int32_t whole;
  float real;
};
struct either {
  number value;
};
struct inside {
  std::int32_t which;
  union {
    std::int32_t whole;
    float real;
  };
};
struct nameless {
  struct {
    std::int32_t x;
  };
};
struct nameless_type {
  struct {
    std::int32_t x;
  } point;
  enum : std::uint8_t { on, off } state;
};

class RINGCALL_SERVICE unions {
 public:
  RINGCALL_METHOD(1) virtual void take(either a, inside b, nameless c, nameless_type d, number e) = 0;
};

}  // namespace bad
