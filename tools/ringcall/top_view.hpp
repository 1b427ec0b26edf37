#pragma once
// What 'ringcall top' shows: pure, from figures, a size and a state to lines.

#include "observe/snapshot.hpp"
#include "observe/stats_view.hpp"
#include "terminal/screen.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace ringcall::tool {

struct top_input {
  std::string name; // the server's
  int pid = 0;
  std::uint64_t uptime_ns = 0;
  std::uint64_t interval_ns = 0;
  const std::vector<observe::method_info>& methods;
  const observe::snapshot& period;           // what is shown
  std::vector<std::string> conditions;
  bool colour = false;
  bool unicode = true; // else ASCII only
};

struct top_state {
  enum class column { name, calls, not_ok, p50, p99 };
  column sort = column::calls;
  bool reverse = false;
  bool paused = false;
  bool total = false; // since the server's start
  bool help = false;
  bool quit = false;
  std::optional<std::size_t> selected; // a method; none: the first row's
};

// As many lines as the size has rows, each of its columns at most (but for colours' sequences).
std::vector<std::string> top_lines(const top_input& in, screen_size size, const top_state& state);
// What a key does.
void press(top_state& state, int key, const top_input& in);
// The methods that are shown (called ever, or in the period), as they are sorted.
std::vector<std::size_t> top_order(const top_input& in, const top_state& state);

inline constexpr screen_size top_least{50, 10};

}  // namespace ringcall::tool
