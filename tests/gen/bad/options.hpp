#pragma once
#include <ringcall/interface.hpp>

namespace bad {

class RINGCALL_SERVICE options {
 public:
  RINGCALL_METHOD(1, idempotend) virtual void a() = 0;
  RINGCALL_METHOD(2, worker, worker) virtual void b() = 0;
  RINGCALL_METHOD(3, deadline(5)) virtual void c() = 0;
  RINGCALL_METHOD(4, deadline(0ms)) virtual void d() = 0;
  RINGCALL_METHOD(5, deadline(5 days)) virtual void e() = 0;
  RINGCALL_METHOD(6, deadline(99999999999h)) virtual void f() = 0;
  RINGCALL_METHOD(7, errors(no_such_enum)) virtual void g() = 0;
  RINGCALL_METHOD(8, errors()) virtual void h() = 0;
  RINGCALL_METHOD(9, idempotent,) virtual void i() = 0;
  RINGCALL_METHOD(10, deadline) virtual void j() = 0;
  RINGCALL_METHOD(11, idempotent worker) virtual void k() = 0;
  RINGCALL_METHOD(12, deadline( 250 us ), worker , idempotent) virtual void fine() = 0;
};

}  // namespace bad
