#include "ringcall/caller.hpp"

#include <stdexcept>

namespace ringcall {

constinit thread_local const client_info* detail::current_caller = nullptr;

client_info caller() {
  if (detail::current_caller == nullptr) throw std::logic_error("ringcall::caller() outside a handler; ask in the handler and pass on what it says");
  return *detail::current_caller;
}

}  // namespace ringcall
