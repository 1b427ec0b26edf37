#include "profile/words.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace ringcall::profile {
namespace {

std::string three_digits(double value) {
  std::array<char, 64> text{};
  const int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

bool is_finite_and_positive(double value) { return value > 0 && value < 1e300; }

struct code_point {
  char32_t value;
  std::size_t bytes; // 0: what is there is none
};

code_point decode(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t bytes = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
  if (bytes == 0) return {0, 0};
  char32_t value = first & (0xffu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {0, 0};
    value = (value << 6) | (byte(i) & 0x3f);
  }
  static constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (value < least[bytes] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return {0, 0};
  return {value, bytes};
}

bool is_writable(char32_t c) {
  const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
  const bool direction = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x2028 || c == 0x2029;
  return !control && !direction && (c & 0xfffe) != 0xfffe;
}

}  // namespace

std::string duration(double nanoseconds) {
  if (!is_finite_and_positive(nanoseconds)) return "0 ns";
  if (nanoseconds < 999.5) return number(nanoseconds) + " ns";
  if (nanoseconds < 999.5e3) return three_digits(nanoseconds / 1e3) + " µs";
  if (nanoseconds < 999.5e6) return three_digits(nanoseconds / 1e6) + " ms";
  return (nanoseconds < 1e13 ? three_digits(nanoseconds / 1e9) : number(nanoseconds / 1e9)) + " s";
}

std::string round_time(double nanoseconds) {
  if (!is_finite_and_positive(nanoseconds)) return "0";
  if (nanoseconds < 999.5) return number(nanoseconds) + " ns";
  if (nanoseconds < 999.5e3) return number(nanoseconds / 1e3) + " µs";
  if (nanoseconds < 999.5e6) return number(nanoseconds / 1e6) + " ms";
  return number(nanoseconds / 1e9) + " s";
}

std::string number(double value) {
  if (!is_finite_and_positive(value)) return "0";
  if (value >= 999.5) return value < 1.8e19 ? count_text(static_cast<std::uint64_t>(std::llround(std::min(value, 9e18)))) : "> 10^19";
  std::string text = three_digits(value);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

std::string percent(double share) {
  if (!is_finite_and_positive(share)) return "0 %";
  const double hundredths = share * 100;
  std::array<char, 64> text{};
  if (hundredths < 0.01) return "< 0.01 %";
  std::snprintf(text.data(), text.size(), "%.*f %%", hundredths < 0.095 ? 2 : hundredths < 9.95 ? 1 : 0, std::min(hundredths, 1e12));
  return text.data();
}

std::string date(std::uint64_t nanoseconds_since_1970) {
  const auto seconds = static_cast<std::time_t>(nanoseconds_since_1970 / 1'000'000'000);
  std::tm parts{};
  std::array<char, 64> text{};
  if (gmtime_r(&seconds, &parts) == nullptr || std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0) return "?";
  return text.data();
}

std::string clean(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const code_point next = decode(text);
    if (next.bytes > 0 && is_writable(next.value)) result += text.substr(0, next.bytes);
    else result += "\uFFFD";
    text.remove_prefix(std::max<std::size_t>(next.bytes, 1));
  }
  return result;
}

std::string escape_xml(std::string_view text) {
  std::string result;
  for (const char c : clean(text)) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      case '\'': result += "&#39;"; break;
      default: result += c;
    }
  }
  return result;
}

std::string shortened(std::string_view cleaned, std::size_t characters) {
  const std::size_t all = columns(cleaned);
  if (all <= characters || characters < 3) return std::string(cleaned);
  const std::size_t head = (characters - 1) / 2, tail = characters - 1 - head;
  std::string result;
  std::size_t at = 0;
  for (std::string_view rest = cleaned; !rest.empty(); ++at) {
    const std::size_t bytes = std::max<std::size_t>(decode(rest).bytes, 1);
    if (at == head) result += "…";
    if (at < head || at >= all - tail) result += rest.substr(0, bytes);
    rest.remove_prefix(bytes);
  }
  return result;
}

}  // namespace ringcall::profile
