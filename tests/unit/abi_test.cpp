// ABI.md and the sources say what the code does: the hex dump is a record, every PAIR label has its other end.

#include "heap_ring.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

using namespace ringcall;
using namespace ringcall::test;
namespace fs = std::filesystem;

namespace {

const fs::path root = SOURCE_ROOT;

std::string read(const fs::path& path) {
  std::ifstream in(path);
  REQUIRE(in);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<unsigned> dumped_bytes(const std::string& text) {
  std::vector<unsigned> bytes;
  const std::regex line("(?:[0-9a-f]{2} ){7}[0-9a-f]{2}  (?:[0-9a-f]{2} ){7}[0-9a-f]{2}");
  for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it) {
    std::stringstream hex(it->str());
    for (unsigned byte; hex >> std::hex >> byte;) bytes.push_back(byte);
  }
  return bytes;
}

}  // namespace

TEST_CASE("the record dumped in ABI.md is the record that the ring writes") {
  heap_ring r;
  for (int i = 0; i < 3; ++i) r.post(0);
  const std::uint64_t record[2] = {3 | 4ull << 32, 0};
  std::memcpy(r.client.posted.next(), record, sizeof record);
  r.client.posted.put(1, 7, 0, 8);
  r.client.posted.publish();
  const auto bytes = dumped_bytes(read(root / "include/ringcall/ABI.md"));
  REQUIRE(bytes.size() == RINGCALL_STRIDE_SMALL);
  for (std::size_t i = 0; i < bytes.size(); ++i) CHECK(bytes[i] == static_cast<unsigned>(r.view.at(3)[i]));
}

TEST_CASE("the ring's cases have the same names in both languages") {
  auto names = [](const std::string& text, const std::regex& pattern) {
    std::set<std::string> found;
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) found.insert((*it)[1]);
    return found;
  };
  std::string go;
  for (const char* file : {"go/ring_test.go", "go/ring_exchange_test.go"}) go += read(root / file);
  const auto cpp_names = names(read(root / "tests/unit/ring_test.cpp"), std::regex("TEST_CASE\\(\"([^\"]+)\"\\)"));
  const auto go_names = names(go, std::regex("\\t\\{\"([^\"]+)\", [a-z]"));
  CHECK(cpp_names.size() >= 28);
  for (const auto& name : cpp_names) {
    CAPTURE(name);
    CHECK(go_names.contains(name));
  }
}

TEST_CASE("every PAIR label stands at both ends") {
  std::map<std::string, std::set<std::string>> files; // of a label
  std::map<std::string, int> ends;
  const std::regex label("PAIR ([a-z-]+):");
  for (const char* directory : {"src", "include", "go", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / directory)) {
      const std::string extension = entry.path().extension();
      if (extension != ".hpp" && extension != ".cpp" && extension != ".go") continue;
      const std::string text = read(entry.path());
      for (std::sregex_iterator it(text.begin(), text.end(), label), end; it != end; ++it) {
        ++ends[(*it)[1]];
        files[(*it)[1]].insert(extension == ".go" ? "go" : "c++");
      }
    }
  }
  CHECK(ends.size() >= 8);
  for (const auto& [name, count] : ends) {
    CAPTURE(name);
    CHECK(count >= 2);
  }
  for (const char* both : {"run-visible", "want-request", "want-answer", "ack-wanted", "taken", "closed"}) {
    CAPTURE(both);
    CHECK(files[both].size() == 2);
  }
}
