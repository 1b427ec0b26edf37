#pragma once
#include <ringcall/interface.hpp>

namespace bad {

class RINGCALL_SERVICE base {
 public:
  RINGCALL_METHOD(1) virtual void a() = 0;
};
class RINGCALL_SERVICE derived : public base {
 public:
  RINGCALL_METHOD(2) virtual void b() = 0;
};
class RINGCALL_SERVICE with_data final {
 public:
  RINGCALL_METHOD(3) virtual void c() = 0;

 private:
  std::int32_t data_ = 0;
};
class RINGCALL_SERVICE without_methods {};
template <class T>
class RINGCALL_SERVICE generic {
 public:
  RINGCALL_METHOD(4) virtual void d(T x) = 0;
};
struct outer {
  class RINGCALL_SERVICE nested {
   public:
    RINGCALL_METHOD(5) virtual void e() = 0;
  };
};
class unmarked {
 public:
  RINGCALL_METHOD(6) virtual void f() = 0;
};
namespace {
class RINGCALL_SERVICE hidden {
 public:
  RINGCALL_METHOD(7) virtual void g() = 0;
};
}  // namespace

}  // namespace bad

namespace elsewhere {
class RINGCALL_SERVICE far {
 public:
  RINGCALL_METHOD(8) virtual void h() = 0;
};
}  // namespace elsewhere
