#pragma once
// What a program registers with its server before it runs; read-only from then on.

#include "interface_table.hpp"
#include "method_table.hpp"
#include "ringcall/caller.hpp"

#include <functional>
#include <vector>

namespace ringcall {

struct registry {
  method_table methods;
  interface_table interfaces;
  std::vector<std::function<void(client_info)>> on_gone;
};

}  // namespace ringcall
