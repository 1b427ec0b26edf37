#pragma once
// Failing system calls become std::system_error with what was tried.

#include <poll.h>

#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace ringcall {

[[noreturn]] void throw_errno(const std::string& what);

// The call's result, or a throw when it is -1.
template <class T>
T checked(T result, const char* what) {
  if (result == T(-1)) throw_errno(what);
  return result;
}

// A thread for that work; a throw that says so when the system has none left.
template <class F>
std::thread start_thread(const char* work, F f) {
  try {
    return std::thread(std::move(f));
  } catch (const std::system_error& e) {
    throw std::system_error(e.code(), std::string("starting a thread for ") + work);
  }
}

// Whether something can be read there, or accepted, within so many milliseconds.
bool is_readable(int fd, int timeout_ms) noexcept;

// Waits until poll finds something; while the system has no memory for that, a moment at a time.
void wait_for_any(std::span<pollfd> fds) noexcept;

}  // namespace ringcall
