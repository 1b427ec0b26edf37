#include "system.hpp"

#include "ringcall/error.hpp"

#include <cerrno>
#include <chrono>

namespace ringcall {
namespace {

class category final : public std::error_category {
  const char* name() const noexcept override { return "ringcall"; }
  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::invalid_name: return "invalid server name";
      case errc::path_too_long: return "socket path too long";
      case errc::unsafe_directory: return "unsafe runtime directory";
      case errc::already_running: return "a server is already running there";
      case errc::invalid_option: return "option out of range";
      case errc::duplicate_method: return "method id already has a handler";
      case errc::invalid_segment: return "not a valid segment";
      case errc::refused: return "attach refused";
      case errc::duplicate_service: return "service is described already";
      case errc::interface_too_large: return "interfaces too large to describe";
    }
    return "unknown ringcall error";
  }
};

}  // namespace

const std::error_category& error_category() noexcept {
  static const category instance;
  return instance;
}

void throw_errno(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

bool is_readable(int fd, int timeout_ms) noexcept {
  pollfd one{fd, POLLIN, 0};
  return poll(&one, 1, timeout_ms) == 1;
}

void wait_for_any(std::span<pollfd> fds) noexcept {
  while (poll(fds.data(), fds.size(), -1) == -1) {
    if (errno != EINTR) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace ringcall
