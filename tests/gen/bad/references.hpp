#pragma once
#include <ringcall/interface.hpp>

namespace bad {

struct holder {
  const std::int32_t& value;
};

class RINGCALL_SERVICE references {
 public:
  RINGCALL_METHOD(1) virtual void fill(std::int32_t& out) = 0;
  RINGCALL_METHOD(2) virtual void take(std::int32_t&& value) = 0;
  RINGCALL_METHOD(3) virtual const std::int32_t& value() = 0;
  RINGCALL_METHOD(4) virtual void hold(const holder& h) = 0;
  RINGCALL_METHOD(5) virtual void change(std::span<std::int32_t> values) = 0;
  RINGCALL_METHOD(6) virtual void poll(const volatile std::int32_t& value) = 0;
};

}  // namespace bad
