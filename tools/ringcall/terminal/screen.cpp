#include "terminal/screen.hpp"

#include "print/output.hpp"
#include "print/units.hpp"
#include "system.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>

namespace ringcall::tool {
namespace {

// Alternate screen, no cursor, no wrapping; and back.
constexpr std::string_view entered = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view left = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";

// For a crash: what can be done inside a signal handler.
termios crash_termios;

extern "C" void restore_and_crash(int signal) {
  [[maybe_unused]] const auto ignored = write(STDOUT_FILENO, left.data(), left.size());
  tcsetattr(STDIN_FILENO, TCSANOW, &crash_termios);
  std::signal(signal, SIG_DFL);
  raise(signal);
}

constexpr int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

}  // namespace

std::vector<int> keys_in(std::string_view bytes) {
  struct sequence {
    std::string_view bytes;
    int key;
  };
  static constexpr sequence known[] = {{"\x1b[A", event::up}, {"\x1b[B", event::down}, {"\x1bOA", event::up}, {"\x1bOB", event::down}, {"\x1b[5~", event::page_up},
                                       {"\x1b[6~", event::page_down}, {"\x1b[H", event::home}, {"\x1b[F", event::end}, {"\x1b[1~", event::home}, {"\x1b[4~", event::end},
                                       {"\x1bOH", event::home}, {"\x1bOF", event::end}};
  std::vector<int> keys;
  while (!bytes.empty()) {
    if (bytes[0] != '\x1b') {
      keys.push_back(static_cast<unsigned char>(bytes[0]));
      bytes.remove_prefix(1);
      continue;
    }
    const auto hit = std::find_if(std::begin(known), std::end(known), [&](const sequence& s) { return bytes.starts_with(s.bytes); });
    if (hit != std::end(known)) {
      keys.push_back(hit->key);
      bytes.remove_prefix(hit->bytes.size());
      continue;
    }
    // Another sequence: up to its final byte.
    std::size_t end = 1;
    if (bytes.size() > 1 && (bytes[1] == '[' || bytes[1] == 'O')) {
      end = 2;
      while (end < bytes.size() && (bytes[end] < 0x40 || bytes[end] > 0x7e)) ++end;
      end = std::min(end + 1, bytes.size());
    }
    bytes.remove_prefix(end);
  }
  return keys;
}

std::string frame_of(const std::vector<std::string>& lines, screen_size size) {
  std::string frame = "\x1b[?2026h\x1b[H"; // terminals that know it show nothing until the end
  const auto rows = static_cast<std::size_t>(std::max(size.rows, 0));
  for (std::size_t i = 0; i < rows; ++i) {
    if (i > 0) frame += "\r\n";
    // First clear, then write: after a line that fills the row, clearing to its end would eat the last character.
    frame += "\x1b[K";
    if (i < lines.size()) frame += lines[i];
  }
  return frame + "\x1b[0m\x1b[?2026l";
}

screen::screen() {
  checked(tcgetattr(STDIN_FILENO, &before_), "asking the terminal");
  sigemptyset(&signals_);
  for (const int signal : {SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&signals_, signal);
  checked(sigprocmask(SIG_BLOCK, &signals_, &mask_before_), "sigprocmask");
  signal_fd_.reset(checked(signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd"));
  crash_termios = before_;
  for (const int signal : crashes) std::signal(signal, restore_and_crash);
  enter();
}

screen::~screen() {
  leave();
  for (const int signal : crashes) std::signal(signal, SIG_DFL);
  sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
}

void screen::enter() {
  termios raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO); // ISIG stays: its signals are events
  raw.c_iflag &= ~static_cast<tcflag_t>(IXON);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  checked(tcsetattr(STDIN_FILENO, TCSANOW, &raw), "setting the terminal");
  put(entered);
  shown_.clear();
}

void screen::leave() noexcept {
  [[maybe_unused]] const auto ignored = write(STDOUT_FILENO, left.data(), left.size());
  tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

screen_size screen::size() const noexcept {
  winsize w{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == -1 || w.ws_col == 0 || w.ws_row == 0) return {};
  return {w.ws_col, w.ws_row};
}

void screen::draw(const std::vector<std::string>& lines) {
  std::string frame = frame_of(lines, size());
  if (frame == shown_) return;
  put(frame);
  shown_ = std::move(frame);
}

// False: there was none, or it has been dealt with.
bool screen::take_signal(event& e) {
  signalfd_siginfo info{};
  if (read(signal_fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return false;
  switch (info.ssi_signo) {
    case SIGWINCH:
      shown_.clear();
      e = {event::kind::resized, 0};
      return true;
    case SIGTSTP:
      leave();
      raise(SIGSTOP); // until SIGCONT
      enter();
      e = {event::kind::resized, 0};
      return true;
    default:
      e = {event::kind::leave, static_cast<int>(info.ssi_signo)};
      return true;
  }
}

event screen::next(int watched, std::chrono::steady_clock::time_point until) {
  event e;
  for (;;) {
    if (!keys_.empty()) {
      e = {event::kind::key, keys_.front()};
      keys_.erase(keys_.begin());
      return e;
    }
    const auto left_ms = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left_ms < 0) return e;
    pollfd fds[3] = {{STDIN_FILENO, POLLIN, 0}, {signal_fd_.get(), POLLIN, 0}, {watched, POLLIN, 0}};
    if (poll(fds, 3, static_cast<int>(std::min<std::int64_t>(left_ms + 1, 60'000))) <= 0) continue;
    if (fds[1].revents != 0 && take_signal(e)) return e;
    if (fds[2].revents != 0) return {event::kind::watched, 0};
    if (fds[0].revents == 0) continue;
    char bytes[64];
    const ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    // The terminal has gone: a hang-up that nobody signalled.
    if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) return {event::kind::leave, SIGHUP};
    if (n > 0) keys_ = keys_in({bytes, static_cast<std::size_t>(n)});
  }
}

}  // namespace ringcall::tool
