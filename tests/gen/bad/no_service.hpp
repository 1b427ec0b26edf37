#pragma once
#include <ringcall/interface.hpp>

namespace bad {
struct quote {
  double price;
};
}  // namespace bad
