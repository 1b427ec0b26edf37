#include "top_view.hpp"

#include "print/stages.hpp"
#include "print/units.hpp"
#include "stat.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace ringcall::tool {
namespace {

using column = top_state::column;

// SGR sequences, or nothing.
struct painter {
  bool colour;
  std::string operator()(const std::string& text, const std::string& sgr) const { return colour && !sgr.empty() ? "\x1b[" + sgr + "m" + text + "\x1b[0m" : text; }
};

const observe::histogram& total_of(const observe::method_counts& m) { return m.stages[RINGCALL_STAGE_TOTAL]; }

std::string rate(std::uint64_t n, const observe::snapshot& s) { return n == 0 ? "0" : s.seconds() > 0 ? rate_text(static_cast<double>(n) / s.seconds()) : "-"; }

// "2.41 M calls/s"
std::string per_second(std::uint64_t n, const observe::snapshot& s, const char* what) { return (s.seconds() > 0 ? short_count_text(static_cast<double>(n) / s.seconds()) : "0") + what; }

std::string interval_text(std::uint64_t ns) {
  std::string text = duration_text(ns);
  if (const auto zeros = text.find(".00 "); zeros != std::string::npos) text.erase(zeros, 3);
  return text;
}

// Cells for each stage, so that they add up to the width: the largest remainders get what rounding leaves.
std::array<std::size_t, RINGCALL_STAGES> apportion(const observe::method_counts& m, std::size_t width) {
  std::array<std::size_t, RINGCALL_STAGES> cells{};
  std::array<double, RINGCALL_STAGES> rest{};
  double sum = 0;
  for (std::size_t i = 1; i < RINGCALL_STAGES; ++i) sum += static_cast<double>(m.stages[i].sum);
  if (sum == 0) return cells;
  std::size_t given = 0;
  for (std::size_t i = 1; i < RINGCALL_STAGES; ++i) {
    const double exact = static_cast<double>(m.stages[i].sum) / sum * static_cast<double>(width);
    cells[i] = static_cast<std::size_t>(exact);
    rest[i] = exact - static_cast<double>(cells[i]);
    given += cells[i];
  }
  for (; given < width; ++given) {
    const auto most = static_cast<std::size_t>(std::max_element(rest.begin(), rest.end()) - rest.begin());
    ++cells[most];
    rest[most] = -1;
  }
  return cells;
}

// Without colours a letter for each cell; with them coloured cells, each stage's first with its letter.
std::string bar(const observe::method_counts& m, std::size_t width, const painter& paint) {
  const auto cells = apportion(m, width);
  std::string text;
  for (std::size_t i = 1; i < RINGCALL_STAGES; ++i) {
    if (cells[i] == 0) continue;
    const std::string plain = paint.colour ? stages[i].letter + std::string(cells[i] - 1, ' ') : std::string(cells[i], stages[i].letter);
    text += paint(plain, "38;5;16;48;5;" + std::to_string(stages[i].colour));
  }
  return text.empty() ? fit_left(m.calls != 0 ? "no samples" : "", width) : text;
}

struct shown_column {
  std::string title;
  std::size_t width;
  std::optional<column> sort;
  std::string (*cell)(const observe::method_counts&, const observe::snapshot&);
};

template <int permille>
std::string quantile_cell(const observe::method_counts& m, const observe::snapshot&) {
  return total_of(m).count == 0 ? "-" : duration_text(total_of(m).quantile(permille / 1000.0));
}

std::vector<shown_column> columns_for(int width) {
  using counts = observe::method_counts;
  using shot = observe::snapshot;
  std::vector<shown_column> all;
  all.push_back({"CALLS/S", 10, column::calls, [](const counts& m, const shot& s) { return rate(m.calls, s); }});
  if (width >= 70) all.push_back({"NOT OK", 9, column::not_ok, [](const counts& m, const shot& s) { return rate(m.not_ok(), s); }});
  if (width >= 100) all.push_back({"SAMPLED", 8, {}, [](const counts& m, const shot&) { return short_count_text(static_cast<double>(m.sampled)); }});
  all.push_back({"P50", 8, column::p50, quantile_cell<500>});
  if (width >= 100) all.push_back({"P90", 8, {}, quantile_cell<900>});
  all.push_back({"P99", 8, column::p99, quantile_cell<990>});
  if (width >= 100) all.push_back({"P99.9", 8, {}, quantile_cell<999>});
  return all;
}

std::string runs_text(const observe::snapshot& s) {
  std::uint64_t calls = 0, runs = 0;
  std::size_t asleep = 0;
  for (const auto& l : s.loops) {
    calls += l.calls;
    runs += l.runs;
    asleep += l.asleep != 0;
  }
  std::string text = std::to_string(s.loops.size()) + (s.loops.size() == 1 ? " loop" : " loops");
  if (asleep != 0) text += asleep == s.loops.size() ? " asleep" : ", " + std::to_string(asleep) + " asleep";
  if (runs != 0) text += ", runs of " + short_count_text(static_cast<double>(calls) / static_cast<double>(runs));
  return text;
}

std::uint64_t all_not_ok(const observe::snapshot& s) {
  return std::accumulate(s.methods.begin(), s.methods.end(), std::uint64_t{0}, [](std::uint64_t sum, const observe::method_counts& m) { return sum + m.not_ok(); });
}

// Left and right text of one line.
std::string spread(const std::string& left, const std::string& right, std::size_t width) {
  const std::size_t both = columns(left) + columns(right);
  return both + 2 > width ? fit_left(left, width) : left + std::string(width - both, ' ') + right;
}

class picture {
 public:
  picture(const top_input& in, screen_size size, const top_state& state)
      : in_(in), state_(state), width_(static_cast<std::size_t>(size.columns)), rows_(static_cast<std::size_t>(size.rows)), paint_{in.colour}, order_(top_order(in, state)) {}

  std::vector<std::string> draw() {
    head();
    if (state_.help) return help_page(), std::move(lines_);
    const std::size_t detail = rows_ >= 20 ? 2 + RINGCALL_STAGES : 0; // a title, and at most so many stages behind an empty line
    const std::size_t above_bottom = rows_ - 2;
    titles();
    const std::size_t room = above_bottom - lines_.size() - detail;
    table(room);
    if (detail != 0) details(above_bottom);
    while (lines_.size() < above_bottom) lines_.emplace_back();
    legend();
    help_line();
    return std::move(lines_);
  }

 private:
  std::optional<std::size_t> selected() const {
    if (state_.selected && std::find(order_.begin(), order_.end(), *state_.selected) != order_.end()) return state_.selected;
    return order_.empty() ? std::nullopt : std::optional(order_.front());
  }

  void head() {
    const auto& s = in_.period;
    const std::string pace = state_.paused ? "PAUSED" : state_.total ? "since its start" : "every " + interval_text(in_.interval_ns);
    const std::string who = in_.name + "  pid " + std::to_string(in_.pid), up = "  up " + elapsed_text(in_.uptime_ns), sampling = sampling_text(s.policy.sample_every) + ", " + pace;
    const std::string left = columns(who + up + sampling) + 2 <= width_ ? who + up : columns(who + sampling) + 2 <= width_ ? who : in_.name;
    lines_.push_back(paint_(spread(left, columns(in_.name + sampling) + 2 <= width_ ? sampling : pace, width_), "1"));
    const std::uint64_t bad = all_not_ok(s);
    const std::string calls = per_second(s.calls(), s, " calls/s") + ", " + (bad == 0 ? "all ok" : per_second(bad, s, " not ok"));
    const std::string loops = std::to_string(s.channels.size()) + (s.channels.size() == 1 ? " channel, " : " channels, ") + runs_text(s);
    lines_.push_back(spread(calls, loops, width_));
    const std::size_t most = rows_ >= 20 ? 3 : 1;
    for (std::size_t i = 0; i < std::min(most, in_.conditions.size()); ++i) {
      const bool more = i + 1 == most && in_.conditions.size() > most;
      lines_.push_back(paint_(fit_left("! " + (more ? std::to_string(in_.conditions.size() - i) + " warnings, one of them: " : "") + in_.conditions[i], width_), "1;38;5;167"));
    }
  }

  std::size_t name_width() const {
    std::size_t longest = 12;
    for (const std::size_t i : order_) longest = std::max(longest, columns(in_.methods[i].name));
    return std::min(longest, width_ * 3 / 10);
  }

  std::size_t bar_width() const {
    std::size_t used = 2 + name_width() + 2;
    for (const auto& c : columns_for(static_cast<int>(width_))) used += 1 + c.width;
    return width_ > used ? width_ - used : 0;
  }

  std::string marked(const std::string& title, std::optional<column> c) const { return c == state_.sort ? title + (state_.reverse ? "▲" : "▼") : title; }

  void titles() {
    std::string line = "  " + fit_left(marked("METHOD", column::name), name_width());
    for (const auto& c : columns_for(static_cast<int>(width_))) line += " " + fit_right(marked(c.title, c.sort), c.width);
    line += "  " + std::string(bar_width() < 18 ? "STAGES" : "WHERE TIME GOES");
    lines_.push_back(paint_(fit_left(line, width_), "7"));
  }

  void table(std::size_t room) {
    if (order_.empty()) {
      lines_.push_back(fit_left("  no method has been called yet", width_));
      return;
    }
    const auto at = static_cast<std::size_t>(std::find(order_.begin(), order_.end(), *selected()) - order_.begin());
    const bool all_fit = order_.size() <= room;
    const std::size_t shown = all_fit ? order_.size() : room - 1;
    const std::size_t first = at < shown ? 0 : at - shown + 1;
    for (std::size_t i = first; i < std::min(first + shown, order_.size()); ++i) row(order_[i], i == at);
    if (!all_fit) {
      lines_.push_back(fit_left("  methods " + std::to_string(first + 1) + " to " + std::to_string(std::min(first + shown, order_.size())) + " of " + std::to_string(order_.size()), width_));
    }
  }

  void row(std::size_t method, bool is_selected) {
    const auto& m = in_.period.methods[method];
    std::string line = std::string(is_selected ? "> " : "  ") + fit_left(in_.methods[method].name, name_width());
    for (const auto& c : columns_for(static_cast<int>(width_))) {
      const std::string cell = " " + fit_right(c.cell(m, in_.period), c.width);
      line += c.sort == column::not_ok && m.not_ok() != 0 ? paint_(cell, "1;38;5;167") : cell;
    }
    lines_.push_back((is_selected ? paint_(line, "1") : line) + "  " + bar(m, bar_width(), paint_));
  }

  void details(std::size_t end) {
    const auto method = selected();
    if (!method) return;
    const auto& m = in_.period.methods[*method];
    const auto& total = total_of(m);
    lines_.resize(std::min(lines_.size() + 1, end - (1 + RINGCALL_STAGES))); // one line between
    lines_.push_back(paint_(fit_left("  " + fit_left(in_.methods[*method].name, 26) + fit_right("SHARE", 8) + fit_right("P50", 9) + fit_right("P90", 9) + fit_right("P99", 9) +
                                         (width_ >= 80 ? fit_right("MAX", 9) : ""), width_), "4"));
    if (total.count == 0) {
      lines_.push_back(fit_left(in_.period.policy.sample_every == 0 ? "  nothing is sampled: start top without --sample 0" : "  no call of it was sampled", width_));
      return;
    }
    for (std::size_t i = 0; i < RINGCALL_STAGES; ++i) {
      const auto& h = m.stages[i];
      if (h.count == 0) continue;
      const double share = total.sum == 0 ? 0 : static_cast<double>(h.sum) / static_cast<double>(total.sum);
      std::string line = "    " + fit_left(stages[i].name, 24) + fit_right(percent_text(share), 8);
      for (const double q : {0.5, 0.9, 0.99}) line += fit_right(duration_text(h.quantile(q)), 9);
      if (width_ >= 80) line += fit_right(duration_text(h.max), 9);
      lines_.push_back(fit_left(line, width_));
    }
  }

  void legend() {
    std::string line = " ";
    std::size_t used = 1;
    for (std::size_t i = 1; i < RINGCALL_STAGES; ++i) {
      const std::size_t more = 3 + columns(stages[i].name);
      if (used + more > width_) break;
      line += " " + paint_(std::string(1, stages[i].letter), "38;5;16;48;5;" + std::to_string(stages[i].colour)) + " " + stages[i].name;
      used += more;
    }
    lines_.push_back(line);
  }

  void help_line() {
    const char* const texts[] = {"  q quit  ? keys  sort by: n name c calls f not ok 5 p50 9 p99  r reverse  up/down method  t total  space pause",
                                 "  q quit  ? keys  sort: n c f 5 9 r  up/down method  t total  space pause", "  q quit  ? keys  n c f 5 9 r sort  space pause"};
    for (const char* text : texts) {
      if (columns(text) > width_) continue;
      lines_.push_back(paint_(text, "2"));
      return;
    }
  }

  void help_page() {
    for (const char* text : {"", "  n c f 5 9   sort by name, calls, not ok, p50, p99", "  r           the other way round", "  up, down    choose the method shown below",
                             "  t           since the server's start, or lately", "  space       stand still, go on", "  ?           this page", "  q           quit"}) {
      if (lines_.size() < rows_) lines_.push_back(fit_left(text, width_));
    }
    lines_.resize(rows_);
  }

  const top_input& in_;
  const top_state& state_;
  std::size_t width_, rows_;
  painter paint_;
  std::vector<std::size_t> order_;
  std::vector<std::string> lines_;
};

std::string ascii(std::string line) {
  static constexpr std::array<std::pair<std::string_view, char>, 3> other{{{"…", '~'}, {"▼", 'v'}, {"▲", '^'}}};
  for (const auto& [from, to] : other) {
    for (auto at = line.find(from); at != std::string::npos; at = line.find(from)) line.replace(at, from.size(), 1, to);
  }
  return line;
}

}  // namespace

std::vector<std::size_t> top_order(const top_input& in, const top_state& state) {
  std::vector<std::size_t> order;
  const auto& methods = in.period.methods;
  // All that the server has, but for the unknown ones while there are none.
  for (std::size_t i = 0; i < methods.size(); ++i) {
    if (i + 1 < methods.size() || methods[i].calls != 0) order.push_back(i);
  }
  auto figure = [&](std::size_t i) -> std::uint64_t {
    switch (state.sort) {
      case column::calls: return methods[i].calls;
      case column::not_ok: return methods[i].not_ok();
      case column::p50: return total_of(methods[i]).quantile(0.5);
      case column::p99: return total_of(methods[i]).quantile(0.99);
      default: return 0;
    }
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (figure(a) != figure(b)) return figure(a) > figure(b);
    return in.methods[a].name < in.methods[b].name;
  });
  if (state.reverse) std::reverse(order.begin(), order.end());
  return order;
}

std::vector<std::string> top_lines(const top_input& in, screen_size size, const top_state& state) {
  if (size.columns < top_least.columns || size.rows < top_least.rows) {
    const auto width = static_cast<std::size_t>(std::max(size.columns, 1));
    std::vector<std::string> lines;
    for (const std::string& text : {std::string("too small a terminal"), std::to_string(size.columns) + "x" + std::to_string(size.rows) + ", needed 50x10", std::string("q quits")}) {
      if (lines.size() < static_cast<std::size_t>(std::max(size.rows, 0))) lines.push_back(in.unicode ? fit_left(text, width) : ascii(fit_left(text, width)));
    }
    return lines;
  }
  auto lines = picture(in, size, state).draw();
  if (!in.unicode) std::transform(lines.begin(), lines.end(), lines.begin(), ascii);
  return lines;
}

void press(top_state& state, int key, const top_input& in) {
  auto sort = [&](column c) {
    state.reverse = state.sort == c && !state.reverse;
    state.sort = c;
  };
  auto move = [&](int by) {
    const auto order = top_order(in, state);
    if (order.empty()) return;
    const auto now = state.selected ? std::find(order.begin(), order.end(), *state.selected) : order.begin();
    const auto at = now == order.end() ? 0 : now - order.begin();
    state.selected = order[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(at + by, 0, static_cast<std::ptrdiff_t>(order.size()) - 1))];
  };
  switch (key) {
    case 'q': case 'Q': state.quit = true; break;
    case 'n': sort(column::name); break;
    case 'c': sort(column::calls); break;
    case 'f': sort(column::not_ok); break;
    case '5': sort(column::p50); break;
    case '9': sort(column::p99); break;
    case 'r': state.reverse = !state.reverse; break;
    case 't': state.total = !state.total; break;
    case ' ': state.paused = !state.paused; break;
    case '?': case 'h': state.help = !state.help; break;
    case event::up: case 'k': move(-1); break;
    case event::down: case 'j': move(1); break;
    case event::page_up: move(-10); break;
    case event::page_down: move(10); break;
    case event::home: move(-1'000'000); break;
    case event::end: move(1'000'000); break;
    default: break;
  }
}

}  // namespace ringcall::tool
