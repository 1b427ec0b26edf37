#include "include_paths.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <sstream>
#include <system_error>

namespace ringcall::gen {
namespace {

std::string output_of(const char* command) {
  std::string text;
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command, "r"), pclose);
  if (!pipe) return text;
  char buffer[4096];
  for (std::size_t size; (size = std::fread(buffer, 1, sizeof(buffer), pipe.get())) > 0;) text.append(buffer, size);
  return text;
}

// Where stddef.h, immintrin.h and the like lie, written for one compiler only.
bool is_compilers_own(const std::string& directory) {
  std::error_code error;
  const std::string real = std::filesystem::weakly_canonical(directory, error).string();
  const bool is_compilers = real.find("/gcc/") != std::string::npos || real.find("/clang/") != std::string::npos;
  return is_compilers && real.find("/c++/") == std::string::npos && std::filesystem::exists(real + "/stddef.h", error);
}

}  // namespace

std::vector<std::string> parse_include_directories(const std::string& printed) {
  std::vector<std::string> found;
  std::istringstream lines(printed);
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#include <...>")) {
      inside = true;
    } else if (line.starts_with("End of search list")) {
      break;
    } else if (inside) {
      const auto first = line.find_first_not_of(' ');
      if (first != std::string::npos) found.push_back(line.substr(first));
    }
  }
  return found;
}

std::string own_include_directory() {
  std::error_code error;
  std::filesystem::path above = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  while (above.has_relative_path()) {
    above = above.parent_path();
    if (std::filesystem::exists(above / "include/ringcall/interface.hpp", error)) return (above / "include").string();
  }
  return {};
}

std::vector<std::string> compiler_include_arguments() {
  const auto directories = parse_include_directories(output_of("LC_ALL=C ${CXX:-c++} -E -x c++ -v /dev/null 2>&1 >/dev/null"));
  if (directories.empty()) return {};
  std::vector<std::string> arguments{"-nostdinc++", "-nostdlibinc"}; // this leaves libclang's own stddef.h, if it is installed
  for (const std::string& d : directories) {
    arguments.push_back(is_compilers_own(d) ? "-idirafter" : "-isystem");
    arguments.push_back(d);
  }
  return arguments;
}

}  // namespace ringcall::gen
