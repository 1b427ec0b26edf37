#include "observe/resolve.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace ringcall::observe {
namespace {

// Insertions, deletions, replacements, and swaps of neighbours; case does not count.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  auto same = [](char x, char y) { return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y)); };
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + !same(a[i - 1], b[j - 1])});
      if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1])) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

}  // namespace

std::vector<std::string> near_names(std::string_view name, const std::vector<std::string>& names) {
  constexpr std::size_t longest = 256; // what is longer is no name that somebody mistyped
  std::vector<std::pair<std::size_t, std::string>> near;
  if (name.empty() || name.size() > longest) return {};
  for (const std::string& other : names) {
    if (other.size() > longest) continue;
    std::size_t d = distance(name, other);
    const std::size_t shorter = std::min(name.size(), other.size());
    if (shorter >= 2 && (other.starts_with(name) || name.starts_with(other))) d = 1; // cut short, or with a pid behind it
    if (d <= std::max<std::size_t>(1, name.size() / 3)) near.emplace_back(d, other);
  }
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  std::vector<std::string> found;
  for (auto& [d, other] : near) {
    if (found.size() < 3) found.push_back(std::move(other));
  }
  return found;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& names) {
  const auto near = near_names(name, names);
  if (near.empty()) return {};
  std::string text = "; did you mean ";
  for (std::size_t i = 0; i < near.size(); ++i) text += (i == 0 ? "" : i + 1 == near.size() ? " or " : ", ") + near[i];
  return text + "?";
}

}  // namespace ringcall::observe
