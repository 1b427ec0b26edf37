#pragma once
#include <ringcall/interface.hpp>

#include <ctime>

namespace bad {

using count = unsigned long;
using fine = std::uint64_t;

struct sizes {
  long a;
  unsigned long b;
  std::size_t c;
  std::ptrdiff_t d;
  char e;
  wchar_t f;
  char8_t g;
  char16_t h;
  char32_t i;
  long double j;
  __int128 k;
  std::time_t l;
  count m;
  char n[16];
  std::nullptr_t o;
};

class RINGCALL_SERVICE numbers {
 public:
  RINGCALL_METHOD(1) virtual void take(sizes s) = 0;
  RINGCALL_METHOD(2) virtual long a(std::span<const long> values) = 0;
  RINGCALL_METHOD(3) virtual std::vector<std::size_t> b(const std::array<char, 4>& c) = 0;
  RINGCALL_METHOD(4) virtual fine c(int a, unsigned b, short c, long long d, unsigned char e, signed char f, std::byte g, std::span<const fine> h) = 0;
};

}  // namespace bad
