#pragma once
// Errors of set-up (std::system_error with errc, or the system's own code) and of handlers (failure).

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>

namespace ringcall {

enum class errc {
  invalid_name = 1,    // a server's name has characters that a file name should not have
  path_too_long,       // a socket's path exceeds what the system's socket address holds
  unsafe_directory,    // the runtime directory belongs to someone else or is open to others
  already_running,     // another server listens at that path
  invalid_option,      // an option is outside its range
  duplicate_method,    // a method id was given two handlers
  invalid_segment,     // a segment's descriptor, seals, size or header are not what the ABI says
  refused,             // the peer refused the attach
  duplicate_service,   // a service's interface was described twice
  interface_too_large, // the described interfaces together exceed what the attach can carry
};

const std::error_category& error_category() noexcept;
inline std::error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), error_category()}; }

// An enumeration of an interface's errors; 0 is no error.
template <class E>
concept failure_code = std::is_enum_v<E> && sizeof(E) <= 4;

// Thrown by a handler: the caller gets code and message (Go: *HandlerError). Any other exception arrives with code 0 and its what().
class failure : public std::runtime_error {
 public:
  explicit failure(std::uint32_t code, const std::string& message = {})
      : std::runtime_error(message), code_(code), message_(std::make_shared<const std::string>(message)) {}
  template <failure_code E>
  explicit failure(E code, const std::string& message = {}) : failure(static_cast<std::uint32_t>(code), message) {}
  failure(const failure&) = default; // not moved: a message is always there
  failure& operator=(const failure&) = default;
  std::uint32_t code() const noexcept { return code_; }

  // All of it, where what() ends at the first NUL.
  const std::string& message() const noexcept { return *message_; }

 private:
  std::uint32_t code_;
  std::shared_ptr<const std::string> message_; // shared: a copy of an exception must not throw
};

// A request's bytes are not what the method's types say (FRAME.md): the caller gets the status bad request. Iterating a sequence throws it, too;
// let it pass.
class bad_frame : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace ringcall

template <>
struct std::is_error_code_enum<ringcall::errc> : std::true_type {};
