#pragma once
// What stands between the parentheses of RINGCALL_METHOD.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringcall::gen {

struct method_options {
  std::optional<std::uint16_t> id; // nothing: it was missing or wrong
  bool idempotent = false;
  bool oneway = false;
  bool batch = false;
  bool worker = false;
  std::uint64_t deadline_ns = 0;
  std::string errors; // the name in errors(...)
};

// "1, idempotent, deadline(5ms)". What is wrong is appended to faults.
method_options parse_method_options(std::string_view text, std::vector<std::string>& faults);

}  // namespace ringcall::gen
