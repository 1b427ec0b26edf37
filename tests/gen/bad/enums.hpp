#pragma once
#include <ringcall/interface.hpp>

namespace bad {

enum class unsized { a };
enum plain { b };
enum class yes_no : bool { no, yes };
enum class letter : char { c };
enum class word : long { d };
enum class opaque : std::uint8_t;
enum class fine : short { e = -1 };

class RINGCALL_SERVICE enums {
 public:
  RINGCALL_METHOD(1) virtual void a(unsized u, plain p) = 0;
  RINGCALL_METHOD(2) virtual void b(yes_no y, letter l, word w) = 0;
  RINGCALL_METHOD(3) virtual void c(opaque o, fine f) = 0;
};

}  // namespace bad
