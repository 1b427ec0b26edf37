#pragma once
// Writes down requests and their answers, so that a campaign can make them again: when RINGCALL_REQUESTS names a file, a line
// "METHOD REQUEST ANSWER", the last two in hexadecimal or "-" for no bytes, is appended for each call that was answered.

#include "ringcall/method.hpp"
#include "unique_fd.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace ringcall {

// Safe for any number of threads. It is to outlive the methods that it records.
class request_log {
 public:
  // Null if there is no such variable. Both throw std::system_error when the file cannot be opened.
  static std::unique_ptr<request_log> from_environment();

  explicit request_log(const char* path);

  // m with every call written down. Records of a run are called one by one.
  method recorded(std::uint16_t id, method m);

  void write(std::uint16_t method, std::span<const std::byte> request, std::span<const std::byte> answer);

 private:
  unique_fd file_;
};

}  // namespace ringcall
