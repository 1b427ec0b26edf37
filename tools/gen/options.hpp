#pragma once
// What the command line asks for.

#include <string>
#include <vector>

namespace ringcall::gen {

struct options {
  std::vector<std::string> headers;     // one at least
  std::vector<std::string> include_directories;
  std::vector<std::string> definitions; // NAME or NAME=VALUE
  std::string include;                  // what the C++ output includes; empty: the headers by their file names
};

}  // namespace ringcall::gen
