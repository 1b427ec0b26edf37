#pragma once
#include <ringcall/interface.hpp>

namespace bad {

struct alignas(16) wide {
  double x, y;
};
struct aligned_field {
  std::int32_t a;
  alignas(8) std::int32_t b;
};
struct __attribute__((packed)) tight {
  std::uint8_t a;
  std::uint32_t b;
};
#pragma pack(push, 2)
struct by_pragma {
  std::uint16_t a;
  std::uint64_t b;
};
#pragma pack(pop)
struct tail {
  std::uint32_t a;
  alignas(2) std::uint8_t fine;
};

class RINGCALL_SERVICE alignment {
 public:
  RINGCALL_METHOD(1) virtual void take(wide a, aligned_field b, tight c, by_pragma d, tail e) = 0;
};

}  // namespace bad
