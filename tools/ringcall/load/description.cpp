#include "description.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace ringcall::load {
namespace {

constexpr std::uint32_t sizes[] = {1, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8};

// How many letters must change to make one of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = corner + (a[i - 1] != b[j - 1]);
      corner = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string_view short_name(std::string_view name) noexcept { return name.substr(name.find('.') + 1); }

}  // namespace

std::uint32_t size_of(scalar s) noexcept { return sizes[static_cast<std::size_t>(s)]; }

bool is_signed(scalar s) noexcept { return s == scalar::i8 || s == scalar::i16 || s == scalar::i32 || s == scalar::i64; }

namespace {

bool all_fixed(const std::vector<field>& fields) noexcept { return std::ranges::all_of(fields, [](const field& f) { return f.of.fixed; }); }

}  // namespace

bool method::fixed_request() const noexcept { return described && all_fixed(parameters); }
bool method::fixed_answer() const noexcept { return described && all_fixed(result); }

method description::find(std::uint16_t id) const {
  const auto at = std::ranges::find(methods_, id, &method::id);
  if (at != methods_.end()) return *at;
  method unknown;
  unknown.id = id;
  unknown.name = "method " + std::to_string(id);
  return unknown;
}

method description::find(std::string_view name) const {
  std::uint16_t id = 0;
  if (const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id); error == std::errc{} && end == name.data() + name.size()) return find(id);
  std::vector<const method*> found;
  for (const method& m : methods_) {
    if (m.name == name) return m;
    if (short_name(m.name) == name) found.push_back(&m);
  }
  if (found.size() == 1) return *found[0];
  const std::string what = "there is no method '" + std::string(name) + "'";
  if (methods_.empty()) throw std::invalid_argument(what + ": the server describes none; give its number");
  const bool ambiguous = found.size() > 1;
  if (!ambiguous) {
    for (const method& m : methods_) found.push_back(&m);
    std::ranges::stable_sort(found, {}, [&](const method* m) { return std::min(distance(name, m->name), distance(name, short_name(m->name))); });
  }
  std::string names;
  constexpr std::size_t shown = 6;
  for (std::size_t i = 0; i < std::min(found.size(), shown); ++i) names += (i == 0 ? "" : ", ") + found[i]->name;
  if (found.size() > shown) names += " and " + std::to_string(found.size() - shown) + " more";
  if (ambiguous) throw std::invalid_argument("'" + std::string(name) + "' is a method of several services: " + names + "; write which");
  throw std::invalid_argument(what + "; the server has " + names);
}

}  // namespace ringcall::load
