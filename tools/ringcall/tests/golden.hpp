#pragma once
// Texts that are kept as they should look.

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace ringcall::tool::test {

// Fails if the file golden/NAME is not that text. With RINGCALL_UPDATE_GOLDEN it becomes it, to be looked at before it is committed.
inline void compare_with_golden(const std::string& name, const std::string& text) {
  const std::string path = SOURCE_ROOT "/tools/ringcall/tests/golden/" + name;
  if (std::getenv("RINGCALL_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  std::stringstream kept;
  kept << file.rdbuf();
  INFO("if this is how ", name, " should look, run the test with RINGCALL_UPDATE_GOLDEN=1");
  CHECK(text == kept.str());
}

}  // namespace ringcall::tool::test
