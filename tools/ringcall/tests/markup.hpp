// A check that a page is well-formed XML: each element closed in its order, attributes quoted and not twice, no stray < or &, valid UTF-8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringcall::tool::test {

struct element {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text; // directly in it, still escaped
  std::string attribute(const std::string& name) const; // empty without
};

// All elements in order of their beginning. Throws std::runtime_error that says where what is wrong.
std::vector<element> parse_markup(std::string_view page);

}  // namespace ringcall::tool::test
