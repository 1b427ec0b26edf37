#pragma once
// One of two headers that become one Go package; other.hpp has a text of the same size.

#include <ringcall/interface.hpp>

namespace shared {

struct label {
  ringcall::fixed_text<7> text;
};

class RINGCALL_SERVICE labels {
 public:
  virtual ~labels() = default;
  RINGCALL_METHOD(1) virtual ringcall::fixed_text<7> shout(label what) = 0;
};

}  // namespace shared
