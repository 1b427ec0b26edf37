#pragma once
#include <ringcall/interface.hpp>

namespace bad {

constexpr std::string_view whole = "a text";
constexpr std::string_view part = whole.substr(2);
constexpr std::string_view cut{"a text", 1};
constexpr char with_zero[] = "a\0b";
constexpr char table[4] = {'a', 'b', 'c', 'd'};

class RINGCALL_SERVICE constants {
 public:
  RINGCALL_METHOD(1) virtual void take() = 0;
};

}  // namespace bad
