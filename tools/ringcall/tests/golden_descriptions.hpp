#pragma once
// The descriptions of all services in the generator's goldens.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace ringcall::tool::test {

struct golden_description {
  std::string feature; // the folder's name
  std::string text;    // of all services of the golden, as a server sends it
};

// The lines of generated code that are "...\n", which descriptions alone have.
inline std::string description_in(const std::string& generated) {
  std::string text;
  std::size_t end = 0;
  for (std::size_t at = 0; at < generated.size(); at = end + 1) {
    end = std::min(generated.find('\n', at), generated.size());
    const std::string line = generated.substr(at, end - at);
    const std::size_t close = line.rfind("\\n\"");
    if (line.starts_with("    \"") && close != std::string::npos) text += line.substr(5, close - 5) + "\n";
  }
  return text;
}

inline std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<golden_description> golden_descriptions() {
  std::vector<golden_description> all;
  const std::filesystem::path root = std::filesystem::path(SOURCE_ROOT) / "tests/gen";
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    const std::string feature = entry.path().filename().string();
    const auto generated = entry.path() / (feature + ".ringcall.hpp");
    if (std::filesystem::exists(generated)) all.push_back({feature, description_in(content_of(generated))});
  }
  all.push_back({"everything", content_of(root / "good/everything.description")});
  return all;
}

}  // namespace ringcall::tool::test
