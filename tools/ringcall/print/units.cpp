#include "print/units.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace ringcall::tool {
namespace {

// Three digits: 1.23, 12.3, 123.
std::string three_digits(double value) {
  std::array<char, 32> text;
  const int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

struct unit {
  std::string_view name;
  double size;
};

double parse(std::string_view text, std::initializer_list<unit> units, double bare, const char* expected) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string_view rest = text.substr(static_cast<std::size_t>(end - text.data()));
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  if (error == std::errc{} && std::isfinite(value) && value >= 0) {
    if (rest.empty()) return value * bare;
    for (const unit& u : units) {
      if (rest == u.name) return value * u.size;
    }
  }
  throw std::invalid_argument("'" + std::string(text) + "' is no " + expected);
}

}  // namespace

std::string duration_text(std::uint64_t ns) {
  const auto value = static_cast<double>(ns);
  if (ns < 1000) return std::to_string(ns) + " ns";
  if (value < 999.5e3) return three_digits(value / 1e3) + " us";
  if (value < 999.5e6) return three_digits(value / 1e6) + " ms";
  return three_digits(value / 1e9) + " s";
}

std::string elapsed_text(std::uint64_t ns) {
  const std::uint64_t s = ns / 1'000'000'000;
  auto two = [](std::uint64_t a, const char* of_a, std::uint64_t b, const char* of_b) {
    return std::to_string(a) + of_a + (b == 0 ? "" : " " + std::to_string(b) + of_b);
  };
  if (s < 60) return std::to_string(s) + " s";
  if (s < 3600) return two(s / 60, " min", s % 60, " s");
  if (s < 86'400) return two(s / 3600, " h", s / 60 % 60, " min");
  return two(s / 86'400, " d", s / 3600 % 24, " h");
}

std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string short_count_text(double count) {
  if (count < 9.995 && count != std::floor(count)) return three_digits(count);
  if (count < 999.5) {
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "%.0f", count);
    return text.data();
  }
  if (count < 999.5e3) return three_digits(count / 1e3) + " k";
  if (count < 999.5e6) return three_digits(count / 1e6) + " M";
  return three_digits(count / 1e9) + " G";
}

std::string rate_text(double per_second) {
  if (per_second > 0 && per_second < 0.01) return "<0.01/s";
  const std::string text = short_count_text(per_second);
  return text + "/s";
}

std::string bytes_text(std::uint64_t bytes) {
  const auto value = static_cast<double>(bytes);
  if (bytes < 1024) return std::to_string(bytes) + " B";
  auto of = [&](double unit, const char* name) {
    const double n = value / unit;
    return (n == std::floor(n) ? std::to_string(static_cast<std::uint64_t>(n)) : three_digits(n)) + name;
  };
  if (bytes < 1u << 20) return of(1024, " KiB");
  if (bytes < 1u << 30) return of(1024.0 * 1024, " MiB");
  return of(1024.0 * 1024 * 1024, " GiB");
}

std::string hex_text(std::uint64_t value) {
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
  return text.data();
}

std::string percent_text(double fraction) {
  if (fraction > 0 && fraction < 0.0005) return "<0.1 %";
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.1f %%", fraction * 100);
  return text.data();
}

std::uint64_t parse_duration_ns(std::string_view text) {
  const double ns = parse(text, {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"min", 60e9}, {"m", 60e9}, {"h", 3600e9}}, 1e9,
                          "duration; write 10s, 500ms, 20us or 2min (a bare number is seconds)");
  if (ns > 9e18) throw std::invalid_argument("'" + std::string(text) + "' is too long a duration");
  return static_cast<std::uint64_t>(std::llround(ns));
}

std::uint32_t parse_every(std::string_view text) {
  std::uint32_t every = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), every);
  if (error == std::errc{} && end == text.data() + text.size()) return every;
  throw std::invalid_argument("'" + std::string(text) + "' is no number from 0 to " + std::to_string(UINT32_MAX) + "; 64: one call in 64");
}

std::uint64_t parse_bytes(std::string_view text) {
  constexpr double k = 1024;
  const double bytes = parse(text, {{"B", 1}, {"K", k}, {"KiB", k}, {"M", k * k}, {"MiB", k * k}, {"G", k * k * k}, {"GiB", k * k * k}}, 1,
                             "size; write 64KiB, 16MiB or 1GiB (a bare number is bytes)");
  if (bytes > 9e18) throw std::invalid_argument("'" + std::string(text) + "' is too large a size");
  return static_cast<std::uint64_t>(bytes);
}

std::size_t columns(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  return count;
}

std::string fit_left(std::string_view text, std::size_t width) {
  const std::size_t have = columns(text);
  if (have <= width) return std::string(text) + std::string(width - have, ' ');
  if (width == 0) return {};
  std::size_t end = 0;
  for (std::size_t taken = 0; end < text.size(); ++end) {
    if ((static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) continue;
    if (taken++ == width - 1) break;
  }
  return std::string(text.substr(0, end)) + "…";
}

std::string fit_right(std::string_view text, std::size_t width) {
  const std::size_t have = columns(text);
  return have <= width ? std::string(width - have, ' ') + std::string(text) : fit_left(text, width);
}

}  // namespace ringcall::tool
