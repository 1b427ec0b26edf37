// The fuzz targets on the inputs that are kept, without a fuzzer: what was found once stays found.

#include "targets.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

void replay(const std::string& target, void (*run)(ringcall::fuzz::input)) {
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SOURCE_ROOT "/tests/fuzz/corpus/" + target)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    run({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    ++inputs;
  }
  CHECK(inputs >= 10);
}

}  // namespace

TEST_CASE("the corpus of attach messages holds no surprise") { replay("attach", ringcall::fuzz::attach); }
TEST_CASE("the corpus of hostile clients' scripts holds no surprise") { replay("channel", ringcall::fuzz::channel); }
TEST_CASE("the corpus of frames holds no surprise") { replay("frames", ringcall::fuzz::frames); }
