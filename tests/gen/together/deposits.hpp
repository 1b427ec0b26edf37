#pragma once

#include "money.hpp"

namespace together {

class RINGCALL_SERVICE deposits {
 public:
  virtual ~deposits() = default;
  RINGCALL_METHOD(1, errors(refusal)) virtual amount add(amount what, amount more) = 0;
  RINGCALL_METHOD(2) virtual std::int64_t longest(ringcall::sequence<note> notes) = 0;
};

}  // namespace together
