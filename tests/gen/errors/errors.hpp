#pragma once

#include <ringcall/interface.hpp>

namespace errors {

enum class file_error : std::uint16_t {
  not_found = 1, // there is no such file
  not_allowed = 2,
  forbidden = 2,
};

enum class lock_error : std::uint8_t { taken = 200 };

class RINGCALL_SERVICE files {
 public:
  virtual ~files() = default;
  RINGCALL_METHOD(1) virtual ringcall::result<std::uint32_t, file_error> open_file(std::uint32_t mode) = 0;
  RINGCALL_METHOD(2) virtual ringcall::result<void, lock_error> lock(std::uint32_t file) = 0;
  RINGCALL_METHOD(3) virtual ringcall::result<std::string, file_error> read_all(std::string_view path) = 0;
  RINGCALL_METHOD(4, errors(file_error)) virtual void remove(std::string_view path) = 0;
  RINGCALL_METHOD(5) virtual ringcall::result<void, file_error> rename(std::string_view from, std::string_view to) = 0;
};

}  // namespace errors
