#pragma once
// Failing system calls become std::system_error with what was tried.

#include <string>

namespace ringcall {

[[noreturn]] void throw_errno(const std::string& what);

// The call's result, or a throw when it is -1.
template <class T>
T checked(T result, const char* what) {
  if (result == T(-1)) throw_errno(what);
  return result;
}

}  // namespace ringcall
