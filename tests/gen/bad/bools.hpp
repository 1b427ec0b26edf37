#pragma once
#include <ringcall/interface.hpp>

namespace bad {

struct flagged {
  std::int32_t a;
  bool on;
};
struct outer {
  flagged inner[2];
};

class RINGCALL_SERVICE bools {
 public:
  RINGCALL_METHOD(1) virtual void a(std::span<const bool> flags) = 0;
  RINGCALL_METHOD(2) virtual void b(std::span<const outer> flags) = 0;
  RINGCALL_METHOD(3) virtual std::vector<bool> c() = 0;
  RINGCALL_METHOD(4) virtual std::vector<flagged> d() = 0;
  RINGCALL_METHOD(5, batch) virtual void e(std::span<const flagged> requests, std::span<std::int32_t> answers) = 0;
  RINGCALL_METHOD(6, batch) virtual void f(std::span<const std::int32_t> requests, std::span<bool> answers) = 0;
  RINGCALL_METHOD(7) virtual void g(ringcall::sequence<bool> flags) = 0;
  RINGCALL_METHOD(8) virtual outer fine(bool a, std::optional<bool> b, outer c) = 0;
};

}  // namespace bad
