#pragma once
// Where the C++ compiler looks for its headers. libclang has no C++ library of its own.

#include <string>
#include <vector>

namespace ringcall::gen {

// Arguments for libclang: the include directories of the compiler that $CXX names (else c++), in its order. Empty if that compiler does
// not answer: then libclang looks in the usual places.
std::vector<std::string> compiler_include_arguments();

// The first directory "include" with ringcall's headers beside this program's directory or one above it: of the prefix it was installed in, or of the
// checkout that its build directory lies in. Empty if there is none.
std::string own_include_directory();

// From what a compiler prints with -E -v.
std::vector<std::string> parse_include_directories(const std::string& printed);

}  // namespace ringcall::gen
