#pragma once
// Errors of set-up (std::system_error with errc, or the system's own code) and of handlers (failure).

#include <cstdint>
#include <stdexcept>
#include <string>
#include <system_error>

namespace ringcall {

enum class errc {
  invalid_name = 1,  // a server's name has characters that a file name should not have
  path_too_long,     // a socket's path exceeds what the system's socket address holds
  unsafe_directory,  // the runtime directory belongs to someone else or is open to others
  already_running,   // another server listens at that path
  invalid_option,    // an option is outside its range
  duplicate_method,  // a method id was given two handlers
  invalid_segment,   // a segment's descriptor, seals, size or header are not what the ABI says
  refused,           // the peer refused the attach
};

const std::error_category& error_category() noexcept;
inline std::error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), error_category()}; }

// Thrown by a handler: the caller gets code and message (Go: *HandlerError). Any other exception arrives with code 0 and its what().
class failure : public std::runtime_error {
 public:
  failure(std::uint32_t code, const std::string& message) : std::runtime_error(message), code_(code) {}
  std::uint32_t code() const noexcept { return code_; }

 private:
  std::uint32_t code_;
};

}  // namespace ringcall

template <>
struct std::is_error_code_enum<ringcall::errc> : std::true_type {};
