#pragma once
#include <ringcall/interface.hpp>

namespace bad {

class RINGCALL_SERVICE methods {
 public:
  RINGCALL_METHOD(1) static void a();
  RINGCALL_METHOD(2) void b();
  RINGCALL_METHOD(3) virtual void c() {}
  RINGCALL_METHOD(4) virtual void d() = 0;
  RINGCALL_METHOD(5) virtual void d(std::int32_t x) = 0;
  RINGCALL_METHOD(6) virtual void e(std::int32_t count, ...) = 0;
  RINGCALL_METHOD(7) virtual void f(std::int32_t count = 3, std::string_view name = {}) = 0;
  RINGCALL_METHOD(8) virtual bool operator()(std::int32_t x) = 0;
  RINGCALL_METHOD(9) virtual void g() && = 0;
  RINGCALL_METHOD(10) virtual void h(std::int32_t) = 0;
  RINGCALL_METHOD(11) RINGCALL_METHOD(12) virtual void i() = 0;
  RINGCALL_METHOD(13) virtual void fine(std::int32_t x) const noexcept = 0;
  template <class T>
  RINGCALL_METHOD(14) void j(T x);
  RINGCALL_METHOD(15) virtual void k(void (*callback)(std::int32_t)) = 0;

 private:
  RINGCALL_METHOD(16) virtual void l() = 0;
};

}  // namespace bad
