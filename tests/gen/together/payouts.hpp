#pragma once

#include "money.hpp"

namespace together {

class RINGCALL_SERVICE payouts {
 public:
  virtual ~payouts() = default;
  RINGCALL_METHOD(11, errors(refusal)) virtual amount pay(amount what) = 0;
  RINGCALL_METHOD(12) virtual std::uint32_t read(note n) = 0;
};

}  // namespace together
