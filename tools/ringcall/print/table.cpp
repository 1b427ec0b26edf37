#include "print/table.hpp"

#include "print/units.hpp"

#include <algorithm>

namespace ringcall::tool {

std::string table::text(std::size_t indent) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = tool::columns(columns_[c].title);
    for (const auto& row : rows_) width = std::max(width, tool::columns(row[c]));
    widths.push_back(width);
  }
  std::string all;
  auto line = [&](auto&& cell) {
    std::string text(indent, ' ');
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (c > 0) text += "  ";
      text += columns_[c].align == side::left ? fit_left(cell(c), widths[c]) : fit_right(cell(c), widths[c]);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    all += text + "\n";
  };
  line([&](std::size_t c) { return columns_[c].title; });
  for (const auto& row : rows_) line([&](std::size_t c) { return row[c]; });
  return all;
}

}  // namespace ringcall::tool
