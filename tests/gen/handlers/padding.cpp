#include "served.hpp"
#include "padding/padding.ringcall.hpp"

#include <cstring>

namespace {

using ::padding::loose;
using ::padding::message;
using ::padding::nested;

// Stands for what the memory of an answer held before; no field has such a byte.
constexpr int secret = 0xee;

void set(loose& l, std::uint8_t unit) {
  l.value = 1;
  l.unit = unit;
}

void set(ringcall::fixed_text<3>& t) {
  t.size = 2;
  std::memcpy(t.data, "ab", 3);
}

void set(nested& n, std::uint8_t unit) {
  n.first = unit;
  for (loose& l : n.each) set(l, unit);
  set(n.tag);
}

template <class T>
T soiled(std::uint8_t unit) {
  T value;
  std::memset(static_cast<void*>(&value), secret, sizeof value);
  set(value, unit);
  return value;
}

class my_padding final : public padding::padding {
 public:
  loose flat(std::uint8_t unit) override { return soiled<loose>(unit); }
  nested deep(std::uint8_t unit) override { return soiled<nested>(unit); }
  nested behind(std::uint8_t unit) override { return soiled<nested>(unit); }
  std::array<loose, 2> twice(std::uint8_t unit) override {
    std::array<loose, 2> both;
    std::memset(static_cast<void*>(&both), secret, sizeof both);
    for (loose& l : both) set(l, unit);
    return both;
  }
  ringcall::fixed_text<3> tag(std::uint8_t) override {
    ringcall::fixed_text<3> t;
    std::memset(static_cast<void*>(&t), secret, sizeof t);
    set(t);
    return t;
  }
  void all(std::span<const std::uint64_t> units, std::span<nested> answers) override {
    std::memset(static_cast<void*>(answers.data()), secret, answers.size_bytes());
    for (std::size_t i = 0; i < units.size(); ++i) set(answers[i], static_cast<std::uint8_t>(units[i]));
  }
  nested framed(std::string_view text) override { return soiled<nested>(static_cast<std::uint8_t>(text.size())); }
  std::vector<nested> list(std::uint8_t unit) override { return {soiled<nested>(unit), soiled<nested>(unit)}; }
  std::span<const nested> view(std::uint8_t unit) override {
    static const nested kept[2] = {soiled<nested>(unit), soiled<nested>(unit)};
    return kept;
  }
  std::optional<nested> perhaps(std::uint8_t unit) override { return soiled<nested>(unit); }
  std::vector<message> messages(std::uint8_t unit) override { return {{soiled<loose>(unit), "one"}, {soiled<loose>(unit), "two"}}; }
};

}  // namespace

void serve_padding(ringcall::server& server) {
  static my_padding padding;
  ::padding::serve(server, padding);
}
