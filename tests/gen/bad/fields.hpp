#pragma once
#include <ringcall/interface.hpp>

namespace bad {

class closed {
  std::int32_t hidden;

 public:
  std::int32_t seen;

 protected:
  std::int32_t kept;
};
struct constant {
  const std::int32_t fixed;
};
struct empty {};
struct only_static {
  static std::int32_t shared;
};
struct declared;
class shell {
  struct secret {
    std::int32_t x;
  };

 public:
  using alias = secret;
};
namespace {
struct local {
  std::int32_t x;
};
}  // namespace

class RINGCALL_SERVICE fields {
 public:
  RINGCALL_METHOD(1) virtual void a(const closed& c) = 0;
  RINGCALL_METHOD(2) virtual void b(const constant& c) = 0;
  RINGCALL_METHOD(3) virtual void c(empty e, only_static o) = 0;
  RINGCALL_METHOD(4) virtual void d(const declared& e) = 0;
  RINGCALL_METHOD(5) virtual void e(shell::alias s) = 0;
  RINGCALL_METHOD(6) virtual void f(local l) = 0;
};

}  // namespace bad
