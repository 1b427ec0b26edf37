//go:build ignore
// That line is for Go, which takes a .cpp file beside its own for cgo's. Meson builds this one.

#include "checksum.ringcall.hpp"
#include "crc32c.hpp"

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace {

using files::file_error;

// An ordinary std::string: it goes out of scope here, its bytes arrive in Go as Go's own. There is nothing to release on either side.
std::string hex(std::uint32_t crc) {
  char digits[8];
  char* end = std::to_chars(digits, digits + sizeof digits, crc, 16).ptr;
  std::string text(digits, end);
  return std::string(sizeof digits - text.size(), '0') + text;
}

class my_checksums final : public files::checksums {
 public:
  ringcall::result<std::string, file_error> of_file(std::string_view path) override {
    // The system takes a path to end at a NUL byte and would open another file than the one asked for.
    if (path.find('\0') != path.npos) return ringcall::error(file_error::cannot_open, "the path holds a NUL byte: expected none");
    const std::filesystem::path file{path};
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (error) return ringcall::error(file_error::cannot_open, file.string() + ": " + error.message());
    if (!std::filesystem::is_regular_file(status)) return ringcall::error(file_error::not_a_file, file.string() + ": expected a regular file");
    std::ifstream in{file, std::ios::binary};
    if (!in) return ringcall::error(file_error::cannot_open, file.string() + ": " + std::generic_category().message(errno));
    std::uint32_t crc = 0;
    std::array<char, 16 * 1024> buffer;
    do {
      in.read(buffer.data(), buffer.size());
      crc = files::crc32c(crc, std::as_bytes(std::span{buffer}.first(static_cast<std::size_t>(in.gcount()))));
    } while (in);
    if (in.bad()) return ringcall::error(file_error::cannot_read, file.string() + ": reading failed");
    return hex(crc);
  }

  std::string of_content(std::span<const std::byte> content) override { return hex(files::crc32c(0, content)); }
};

}  // namespace

int main() {
  ringcall::server server{"checksum", {.request_arena = 8 * 1024 * 1024}};  // room for contents up to 8 MiB
  my_checksums checksums;
  files::serve(server, checksums);
  return server.run();
}
