#pragma once
#include <ringcall/interface.hpp>

namespace bad {

struct tree {
  std::int32_t value;
  std::vector<tree> children;
};
struct b;
struct a {
  ringcall::sequence<b> many;
};
struct b {
  std::vector<a> more;
};

class RINGCALL_SERVICE recursion {
 public:
  RINGCALL_METHOD(1) virtual tree grow() = 0;
  RINGCALL_METHOD(2) virtual b mutual() = 0;
};

}  // namespace bad
