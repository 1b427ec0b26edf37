#pragma once
// Where the C++ compiler looks for its headers. libclang has no C++ library of its own.

#include <string>
#include <vector>

namespace ringcall::gen {

// Arguments for libclang: the include directories of the compiler that $CXX names (else c++), in its order. Empty if that compiler does
// not answer: then libclang looks in the usual places.
std::vector<std::string> compiler_include_arguments();

// From what a compiler prints with -E -v.
std::vector<std::string> parse_include_directories(const std::string& printed);

}  // namespace ringcall::gen
