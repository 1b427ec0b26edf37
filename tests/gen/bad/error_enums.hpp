#pragma once
#include <ringcall/interface.hpp>

namespace bad {

enum class with_zero : std::uint32_t { none, lost };
enum class negative : std::int32_t { lost = -3 };
enum class wide : std::uint64_t { lost = 1 };
enum class without_values : std::uint32_t {};
enum class fine : std::uint8_t { lost = 1 };
using alias = fine;

class RINGCALL_SERVICE error_enums {
 public:
  RINGCALL_METHOD(1, errors(with_zero)) virtual void a() = 0;
  RINGCALL_METHOD(2, errors(::bad::negative)) virtual void b() = 0;
  RINGCALL_METHOD(3, errors(bad::wide)) virtual void c() = 0;
  RINGCALL_METHOD(4, errors(without_values)) virtual void d() = 0;
  RINGCALL_METHOD(5) virtual ringcall::result<std::int32_t, with_zero> e() = 0;
  RINGCALL_METHOD(6, errors(negative)) virtual ringcall::result<std::int32_t, fine> f() = 0;
  RINGCALL_METHOD(7, errors(alias)) virtual ringcall::result<std::int32_t, fine> g() = 0;
};

}  // namespace bad
