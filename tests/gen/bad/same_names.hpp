#pragma once
#include <ringcall/interface.hpp>

namespace bad {

namespace one {
struct point {
  double x;
};
}  // namespace one
namespace two {
struct point {
  float x;
};
}  // namespace two

class RINGCALL_SERVICE same_names {
 public:
  RINGCALL_METHOD(1) virtual void take(one::point a, two::point b) = 0;
};

}  // namespace bad
