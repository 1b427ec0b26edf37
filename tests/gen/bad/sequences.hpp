#pragma once
#include <ringcall/interface.hpp>

namespace bad {

struct person {
  std::string_view name;
};

class RINGCALL_SERVICE sequences {
 public:
  RINGCALL_METHOD(1) virtual void a(std::span<const std::string_view> names) = 0;
  RINGCALL_METHOD(2) virtual void b(std::span<const person> people) = 0;
  RINGCALL_METHOD(3) virtual void c(ringcall::sequence<std::int32_t> numbers) = 0;
  RINGCALL_METHOD(4) virtual void d(const std::array<std::string_view, 4>& names) = 0;
  RINGCALL_METHOD(5) virtual void e(const std::array<std::int32_t, 0>& nothing) = 0;
  RINGCALL_METHOD(6) virtual std::vector<std::span<const person>> f() = 0;
  RINGCALL_METHOD(7) virtual ringcall::sequence<std::string> g() = 0;
  RINGCALL_METHOD(8) virtual std::array<std::string, 2> h() = 0;
  RINGCALL_METHOD(9) virtual void i(std::span<const std::optional<std::int32_t>> maybe) = 0;
};

}  // namespace bad
