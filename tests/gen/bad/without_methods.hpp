#pragma once
#include <ringcall/interface.hpp>

namespace bad {
class RINGCALL_SERVICE without_methods {
 public:
  virtual ~without_methods() = default;
};
}  // namespace bad
