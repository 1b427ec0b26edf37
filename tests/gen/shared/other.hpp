#pragma once

#include <ringcall/interface.hpp>

namespace shared {

class RINGCALL_SERVICE tags {
 public:
  virtual ~tags() = default;
  RINGCALL_METHOD(11) virtual std::uint32_t length(ringcall::fixed_text<7> tag, ringcall::fixed_text<3> mark) = 0;
};

}  // namespace shared
