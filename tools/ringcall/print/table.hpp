#pragma once
// Columns that line up.

#include <string>
#include <vector>

namespace ringcall::tool {

class table {
 public:
  enum class side { left, right };
  struct column {
    std::string title;
    side align = side::right;
  };

  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const noexcept { return rows_.empty(); }
  // The titles and the rows, each ended by a newline, without spaces at their ends.
  std::string text(std::size_t indent = 0) const;

 private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace ringcall::tool
