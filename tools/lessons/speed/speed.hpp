#pragma once
#include <ringcall/interface.hpp>

namespace speed {

class RINGCALL_SERVICE subject {
 public:
  virtual ~subject() = default;

  RINGCALL_METHOD(1, idempotent) virtual std::int64_t add(std::int32_t a, std::int32_t b) = 0;

  // A copy of the text.
  RINGCALL_METHOD(2, idempotent) virtual std::string echo(std::string_view text) = 0;
};

}  // namespace speed
