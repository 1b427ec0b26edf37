#pragma once
// A terminal that is drawn on: its alternate screen, keys without echo, its size, and its old state again on every way out.

#include <chrono>
#include <string>
#include <vector>

#include "unique_fd.hpp"

#include <termios.h>

namespace ringcall::tool {

struct screen_size {
  int columns = 80;
  int rows = 24;
};

struct event {
  enum class kind { key, resized, watched, tick, leave };
  // Beside characters as they are:
  static constexpr int up = 0x100, down = 0x101, page_up = 0x102, page_down = 0x103, home = 0x104, end = 0x105;
  kind what = kind::tick;
  int value = 0; // the key, or the signal to leave for
};

// What the bytes of a terminal's input mean; of escape sequences those of the keys above, others mean nothing.
std::vector<int> keys_in(std::string_view bytes);
// What shows the lines, in one write: those that are missing are empty, what is too long is the caller's fault.
std::string frame_of(const std::vector<std::string>& lines, screen_size size);

// At most one at a time, made and used by the program's only thread: it blocks signals to take them as events.
class screen {
 public:
  // Throws std::system_error. Standard input and output must be terminals.
  screen();
  ~screen();
  screen(const screen&) = delete;
  screen& operator=(const screen&) = delete;

  screen_size size() const noexcept;
  // Draws if it differs from what is there.
  void draw(const std::vector<std::string>& lines);
  // Waits for a key, another size, the descriptor to become readable, a signal to leave, or the time.
  event next(int watched, std::chrono::steady_clock::time_point until);

 private:
  void enter();
  void leave() noexcept;
  bool take_signal(event& e);

  termios before_{};
  sigset_t signals_{}, mask_before_{};
  unique_fd signal_fd_;
  std::vector<int> keys_; // read, not handed out
  std::string shown_;
};

}  // namespace ringcall::tool
