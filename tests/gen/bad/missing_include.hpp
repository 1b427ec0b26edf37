#pragma once
#include <ringcall/interface.hpp>

#include "no_such_file.hpp"

namespace bad {

class RINGCALL_SERVICE missing_include {
 public:
  RINGCALL_METHOD(1) virtual void take(const there_it_would_be& x) = 0;
};

}  // namespace bad
