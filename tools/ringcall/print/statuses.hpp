#pragma once
// How answers' statuses are called.

#include "ringcall/abi.h"

#include <cstddef>
#include <string>

namespace ringcall::tool {

inline std::string status_name(std::size_t status) {
  static constexpr const char* names[] = {"ok", "unknown_method", "expired", "failed", "no_room", "too_large", "bad_request", "batch_failed"};
  return status < std::size(names) ? names[status] : "status_" + std::to_string(status);
}

}  // namespace ringcall::tool
