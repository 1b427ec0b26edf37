#pragma once
#include <ringcall/interface.hpp>

namespace bad {

struct block {
  std::uint8_t bytes[40'000];
};
struct blocks {
  block a, b;
};
struct array_too_large {
  std::uint64_t values[10'000];
};
struct huge {
  std::uint8_t bytes[4'000'000'000];
};
struct just_fits {
  std::uint8_t values[65'535];
};

class RINGCALL_SERVICE large {
 public:
  RINGCALL_METHOD(1) virtual void a(const blocks& b) = 0;
  RINGCALL_METHOD(2) virtual void b(const array_too_large& x) = 0;
  RINGCALL_METHOD(3) virtual void c(const block& x, const block& y) = 0;
  RINGCALL_METHOD(4) virtual ringcall::fixed_text<65535> d() = 0;
  RINGCALL_METHOD(5) virtual void e(const ringcall::fixed_text<65536>& x) = 0;
  RINGCALL_METHOD(6) virtual std::optional<just_fits> f(const just_fits& x) = 0;
  RINGCALL_METHOD(7) virtual void g(const huge& x) = 0;
};

}  // namespace bad
