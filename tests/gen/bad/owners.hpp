#pragma once
#include <ringcall/interface.hpp>

namespace bad {

struct person {
  std::string name;
};

class RINGCALL_SERVICE owners {
 public:
  RINGCALL_METHOD(1) virtual void a(const std::string& name) = 0;
  RINGCALL_METHOD(2) virtual void b(std::vector<std::int32_t> numbers) = 0;
  RINGCALL_METHOD(3) virtual void c(const std::vector<std::byte>& bytes) = 0;
  RINGCALL_METHOD(4) virtual void d(const std::vector<std::string>& names) = 0;
  RINGCALL_METHOD(5) virtual void e(const std::vector<std::vector<std::byte>>& blobs) = 0;
  RINGCALL_METHOD(6) virtual void f(const std::optional<std::string>& name) = 0;
  RINGCALL_METHOD(7) virtual void g(const person& p) = 0;
  RINGCALL_METHOD(8) virtual void h(ringcall::sequence<std::string> names) = 0;
  RINGCALL_METHOD(9) virtual std::vector<person> fine() = 0;
};

}  // namespace bad
