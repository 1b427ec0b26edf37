#pragma once
#include <ringcall/interface.hpp>

namespace files {

enum class file_error : std::uint32_t {
  cannot_open = 1,
  not_a_file = 2,  // but a directory, a pipe, a device
  cannot_read = 3,
};

// CRC-32C checksums, as eight hexadecimal digits.
class RINGCALL_SERVICE checksums {
 public:
  virtual ~checksums() = default;

  // The checksum of the file at path. Reading may block, so a worker thread does it.
  RINGCALL_METHOD(1, worker, idempotent) virtual ringcall::result<std::string, file_error> of_file(std::string_view path) = 0;

  // The checksum of these bytes.
  RINGCALL_METHOD(2, idempotent) virtual std::string of_content(std::span<const std::byte> content) = 0;
};

}  // namespace files
