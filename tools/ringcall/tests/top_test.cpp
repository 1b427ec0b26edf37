// What top shows, at three sizes and others; its keys; how a frame is written.

#include "golden.hpp"
#include "made_up.hpp"

#include "print/units.hpp"
#include "top_view.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace ringcall;
using namespace ringcall::tool;
using namespace ringcall::tool::test;

namespace {

struct scene {
  made_up m;
  top_state state;
  top_input input(bool colour = false) { return {"quotes", 4711, 7'800'000'000'000, 1'000'000'000, m.view.methods(), m.period, {}, colour, true}; }
  std::vector<std::string> lines(screen_size size, bool colour = false) { return top_lines(input(colour), size, state); }
};

std::string without_colours(const std::string& line) {
  std::string plain;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') i = line.find('m', i);
    else plain += line[i];
  }
  return plain;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string all;
  for (std::string line : lines) {
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("top looks as it is kept, at three sizes") {
  scene s;
  compare_with_golden("top-80x24.txt", joined(s.lines({80, 24})));
  compare_with_golden("top-120x40.txt", joined(s.lines({120, 40})));
  compare_with_golden("top-60x15.txt", joined(s.lines({60, 15})));
}

TEST_CASE("warnings are shown before all figures, and cost the table lines, not the frame") {
  scene s;
  auto in = s.input();
  in.conditions = {"the server is STOPPED (signal or debugger): kill -CONT 4711 lets it go on", "client 1 (a) is STOPPED", "client 2 (b) is STOPPED", "client 3 (c) is STOPPED"};
  compare_with_golden("top-warnings-80x24.txt", joined(top_lines(in, {80, 24}, s.state)));
  compare_with_golden("top-warnings-60x15.txt", joined(top_lines(in, {60, 15}, s.state)));
}

TEST_CASE("whatever the size and state, no line is wider than the terminal and no frame is higher") {
  scene s;
  auto in = s.input(true);
  for (const bool colour : {false, true}) {
    in.colour = colour;
    for (int columns_ = 1; columns_ <= 200; columns_ += columns_ < 130 ? 1 : 23) {
      for (const int rows : {1, 2, 3, 9, 10, 11, 15, 19, 20, 21, 24, 50}) {
        for (const bool help : {false, true}) {
          s.state.help = help;
          in.conditions.assign(static_cast<std::size_t>(rows % 5), std::string(90, 'w'));
          const auto lines = top_lines(in, {columns_, rows}, s.state);
          REQUIRE(lines.size() <= static_cast<std::size_t>(rows));
          for (const auto& line : lines) REQUIRE(columns(without_colours(line)) <= static_cast<std::size_t>(columns_));
        }
      }
    }
  }
}

TEST_CASE("colours change how it looks, not what it says") {
  scene s;
  const auto plain = s.lines({80, 24}), coloured = s.lines({80, 24}, true);
  REQUIRE(plain.size() == coloured.size());
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (plain[i].find("hh") != std::string::npos || plain[i].find("ww") != std::string::npos) continue; // a bar: letters become cells
    CHECK(without_colours(coloured[i]) == plain[i]);
  }
}

TEST_CASE("a bar's cells are the stages' shares and fill it") {
  scene s;
  const auto line = s.lines({80, 24})[3];
  CAPTURE(line);
  CHECK(line.find("quotes.last_price") != std::string::npos);
  const auto bar = line.substr(line.find_last_of(' ') + 1);
  CHECK(std::count(bar.begin(), bar.end(), 'q') + std::count(bar.begin(), bar.end(), 'h') + std::count(bar.begin(), bar.end(), 'r') == static_cast<std::ptrdiff_t>(bar.size()));
}

TEST_CASE("more methods than rows: those around the chosen one are shown") {
  fake_shape shape;
  shape.methods.clear();
  for (int i = 0; i < 100; ++i) shape.methods.push_back({"m" + std::to_string(100 + i)});
  fake_stats stats(shape);
  const observe::stats_view view(stats.descriptor());
  const auto now = observe::take(view);
  const top_input in{"many", 1, 0, 0, view.methods(), now, {}, false, true};
  top_state state;
  CHECK(joined(top_lines(in, {80, 24}, state)).find("methods 1 to 10 of 100") != std::string::npos);
  for (int i = 0; i < 50; ++i) press(state, event::down, in);
  const std::string text = joined(top_lines(in, {80, 24}, state));
  CHECK(text.find("> m150 ") != std::string::npos);
  press(state, event::end, in);
  CHECK(joined(top_lines(in, {80, 24}, state)).find("> m199 ") != std::string::npos);
  press(state, event::home, in);
  CHECK(joined(top_lines(in, {80, 24}, state)).find("> m100 ") != std::string::npos);
}

TEST_CASE("keys sort, turn the order round, choose, and quit") {
  scene s;
  const auto in = s.input();
  auto first = [&] { return in.methods[top_order(in, s.state)[0]].name; };
  CHECK(first() == "quotes.last_price");
  press(s.state, 'f', in);
  CHECK(first() == "orders.place");
  press(s.state, '9', in);
  CHECK(first() == "quotes.history");
  press(s.state, 'n', in);
  CHECK(first() == "orders.cancel");
  press(s.state, 'n', in);
  CHECK(first() == "quotes.subscribe_to_everything_there_is");
  press(s.state, 'r', in);
  CHECK(first() == "orders.cancel");
  press(s.state, event::down, in);
  CHECK(in.methods[*s.state.selected].name == "orders.place");
  press(s.state, event::up, in);
  press(s.state, event::up, in);
  CHECK(in.methods[*s.state.selected].name == "orders.cancel");
  CHECK_FALSE(s.state.quit);
  press(s.state, 'q', in);
  CHECK(s.state.quit);
}

TEST_CASE("escape sequences are keys, or nothing") {
  CHECK(keys_in("a\x1b[A\x1bOBq") == std::vector<int>{'a', event::up, event::down, 'q'});
  CHECK(keys_in("\x1b[1;5Cq") == std::vector<int>{'q'});
  CHECK(keys_in("\x1b") == std::vector<int>{});
  CHECK(keys_in("\x1b[5~\x1b[6~") == std::vector<int>{event::page_up, event::page_down});
}

TEST_CASE("a frame clears each line before it writes it, and leaves nothing of an earlier one") {
  const std::string frame = frame_of({"one", "two"}, {10, 3});
  CHECK(frame == "\x1b[?2026h\x1b[H\x1b[Kone\r\n\x1b[Ktwo\r\n\x1b[K\x1b[0m\x1b[?2026l");
}

TEST_CASE("without UTF-8 there is none") {
  scene s;
  auto in = s.input();
  in.unicode = false;
  for (const auto& line : top_lines(in, {60, 15}, s.state)) {
    for (const char c : line) REQUIRE(static_cast<unsigned char>(c) < 0x80);
  }
}
