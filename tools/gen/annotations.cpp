#include "annotations.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace ringcall::gen {
namespace {

constexpr const char* known = "idempotent, oneway, batch, worker, deadline(5ms), errors(an_enum)";

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t\n") - first + 1));
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')') --depth;
    if (text[i] != ',' || depth != 0) continue;
    parts.push_back(trimmed(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  parts.push_back(trimmed(text.substr(begin)));
  return parts;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<std::uint16_t> parse_id(const std::string& text, std::vector<std::string>& faults) {
  if (text.empty()) {
    faults.push_back("the method has no id; write RINGCALL_METHOD(1), with a number from 0 to 65535 that stays the method's for good");
    return std::nullopt;
  }
  if (!is_digits(text)) {
    faults.push_back("the id comes first and is a decimal number from 0 to 65535; found '" + text + "'; write RINGCALL_METHOD(1, ...)");
    return std::nullopt;
  }
  unsigned id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc() && id <= 65535) return static_cast<std::uint16_t>(id);
  faults.push_back("id " + text + " is out of range; ids go from 0 to 65535");
  return std::nullopt;
}

std::uint64_t parse_deadline(const std::string& text, std::vector<std::string>& faults) {
  struct unit {
    std::string_view name;
    std::uint64_t ns;
  };
  static constexpr std::array<unit, 6> units{{{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}, {"min", 60'000'000'000},
      {"h", 3'600'000'000'000}}};
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string unit_name = trimmed(std::string_view(text).substr(digits));
  const auto u = std::find_if(units.begin(), units.end(), [&](const unit& x) { return x.name == unit_name; });
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, number);
  const auto max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (u != units.end() && error == std::errc() && number > 0 && number <= max / u->ns) return number * u->ns;
  faults.push_back("deadline(" + text + ") is not a time; write a whole number above 0 and a unit (ns, us, ms, s, min, h), as in deadline(5ms)");
  return 0;
}

// "name(argument)", or nothing.
std::optional<std::string> argument_of(const std::string& part, std::string_view name) {
  if (!part.starts_with(name) || !part.ends_with(')')) return {};
  const std::string rest = trimmed(std::string_view(part).substr(name.size()));
  if (!rest.starts_with('(')) return {};
  return trimmed(std::string_view(rest).substr(1, rest.size() - 2));
}

bool is_name(const std::string& text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:") == std::string::npos;
}

}  // namespace

method_options parse_method_options(std::string_view text, std::vector<std::string>& faults) {
  method_options o;
  auto parts = split(text);
  o.id = parse_id(parts.front(), faults);
  parts.erase(parts.begin());
  std::vector<std::string> seen;
  for (const std::string& part : parts) {
    std::string name = part;
    if (part == "idempotent") {
      o.idempotent = true;
    } else if (part == "oneway") {
      o.oneway = true;
    } else if (part == "batch") {
      o.batch = true;
    } else if (part == "worker") {
      o.worker = true;
    } else if (const auto time = argument_of(part, "deadline")) {
      name = "deadline";
      o.deadline_ns = parse_deadline(*time, faults);
    } else if (const auto listed = argument_of(part, "errors"); listed && is_name(*listed)) {
      name = "errors";
      o.errors = *listed;
    } else {
      faults.push_back("unknown option '" + part + "' in RINGCALL_METHOD; known are " + known);
      continue;
    }
    if (std::find(seen.begin(), seen.end(), name) != seen.end()) faults.push_back("the option '" + name + "' stands there twice; remove one");
    seen.push_back(name);
  }
  return o;
}

}  // namespace ringcall::gen
