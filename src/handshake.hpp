#pragma once
// The server's side of the attach: one hello in, one welcome out, with the segment or with the reason for refusing it.

#include "ringcall/abi.h"

#include "interface_table.hpp"
#include "segment.hpp"
#include "unique_fd.hpp"

#include <cstdint>
#include <string>

namespace ringcall {

// What a connection may be for: the parent of a co-process attaches, and whoever comes to it afterwards only observes.
enum class purpose { any, attach, observe };

// A connection whose hello has not arrived whole yet.
class handshake {
 public:
  handshake(unique_fd connection, std::uint64_t deadline_ns, purpose allowed = purpose::any) noexcept
      : connection_(std::move(connection)), deadline_ns_(deadline_ns), allowed_(allowed) {}

  enum class progress { more, ready, refused, gone };

  // The peer is another user: say so and be done. Empty: it is the same user. From then on pid() and uid() are the peer's.
  std::string wrong_user();
  // Reads what there is, without blocking. refused: reason() and status() say why.
  progress read();

  ringcall_welcome_status status() const noexcept { return status_; }
  const std::string& reason() const noexcept { return reason_; }
  int descriptor() const noexcept { return connection_.get(); }
  std::int32_t pid() const noexcept { return pid_; }
  std::uint32_t uid() const noexcept { return uid_; }
  std::uint64_t deadline_ns() const noexcept { return deadline_ns_; }
  bool observes() const noexcept { return hello_.kind == RINGCALL_HELLO_OBSERVE; } // once ready
  // Whether such a hello may come over this connection; once ready.
  bool is_allowed() const noexcept { return allowed_ == purpose::any || observes() == (allowed_ == purpose::observe); }

  // Sends the segment's descriptor, and the interfaces' description if the client does not say that it knows one of them, and hands out the
  // connection, now the doorbell. Empty: the peer has gone, or did not take the description in time. Throws std::system_error when the system has no
  // room for the message; then nothing was sent.
  unique_fd welcome(const segment& s, const interface_table& interfaces);
  // The same for an observer: sends the descriptor of the statistics, so many bytes, and hands out the connection. No description: it is in the
  // statistics.
  unique_fd welcome_observer(int descriptor, std::uint64_t size, std::uint64_t epoch);
  // Sends a refusal; the connection is closed with the object.
  void refuse(ringcall_welcome_status status, const std::string& reason, std::uint64_t epoch) noexcept;

 private:
  unique_fd connection_;
  std::uint64_t deadline_ns_;
  purpose allowed_;
  ringcall_hello hello_{};
  std::size_t received_ = 0;
  std::int32_t pid_ = 0;
  std::uint32_t uid_ = 0;
  ringcall_welcome_status status_ = RINGCALL_WELCOME_OK;
  std::string reason_;
};

}  // namespace ringcall
