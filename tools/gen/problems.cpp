#include "problems.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace ringcall::gen {
namespace {

std::string joined(const std::vector<problem>& all) {
  std::string text;
  for (const problem& p : all) text += (text.empty() ? "" : "\n") + to_string(p);
  return text;
}

auto key(const problem& p) { return std::tie(p.at.file, p.at.line, p.at.column); }

}  // namespace

std::string to_string(const problem& p) {
  return p.at.file + ":" + std::to_string(p.at.line) + ":" + std::to_string(p.at.column) + ": error: " + p.text;
}

bad_headers::bad_headers(std::vector<problem> all) : std::runtime_error(joined(all)), all_(std::move(all)) {}

void problems::add(location at, std::string text) {
  problem p{std::move(at), std::move(text)};
  // A type that is used twice is wrong twice, but to be mended once.
  const bool known = std::any_of(all_.begin(), all_.end(), [&](const problem& q) { return key(p) == key(q) && p.text == q.text; });
  if (!known) all_.push_back(std::move(p));
}

void problems::throw_if_any() {
  if (all_.empty()) return;
  std::stable_sort(all_.begin(), all_.end(), [](const problem& a, const problem& b) { return key(a) < key(b); });
  throw bad_headers(std::exchange(all_, {}));
}

}  // namespace ringcall::gen
