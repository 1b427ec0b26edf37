#pragma once
#include <ringcall/interface.hpp>

namespace bad {

struct base {
  std::int32_t a;
};
struct derived : base {
  std::int32_t b;
};
struct shared : virtual base {
  std::int32_t b;
};
struct living {
  living();
  ~living();
  living& operator=(const living&);
  virtual void grow();
  std::int32_t age;
};
struct fine {
  fine() = default;
  bool operator==(const fine&) const = default;
  std::int32_t half() const { return value / 2; }
  static constexpr std::int32_t limit = 4;
  std::int32_t value = limit;
};

class RINGCALL_SERVICE bases {
 public:
  RINGCALL_METHOD(1) virtual void take(derived a, shared b, living c, fine d) = 0;
};

}  // namespace bad
