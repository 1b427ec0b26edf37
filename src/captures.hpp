#pragma once
// The server's one capture: made, handed to the loops, and taken back from them.

#include "capture.hpp"

#include <functional>
#include <memory>

namespace ringcall {

// Belongs to the acceptor's thread.
class captures {
 public:
  using hand_out = std::function<void(const std::shared_ptr<capture_file>&)>;

  // give has all loops take a capture, null for none, and does not throw. Each holds on to its capture until it has taken the next.
  captures(std::size_t loops, hand_out give) : loops_(loops), give_(std::move(give)) {}
  ~captures() { end(); }

  bool is_taken() const noexcept { return wanted_ != 0; }
  void begin(std::uint64_t bytes) noexcept { wanted_ = bytes; } // if not taken
  // Goes on with making what was begun. True: the loops have it now. Throws std::system_error; then end() is due.
  bool prepare();
  int descriptor() const noexcept { return made_->descriptor(); }
  void close_descriptor() noexcept { made_->close_descriptor(); }
  void end() noexcept;
  // Gives back the memory of an ended capture that no loop has any more: here, and not on a loop's time. False: some loop still has it.
  bool reclaim() noexcept;

 private:
  std::size_t loops_;
  hand_out give_;
  std::uint64_t wanted_ = 0;
  bool given_ = false;
  std::shared_ptr<capture_file> made_, ended_;
};

}  // namespace ringcall
