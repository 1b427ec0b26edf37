#include "show_frame.hpp"

#include "walk_frame.hpp"

#include "ringcall/abi.h"
#include "ringcall/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace ringcall::load {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t bytes_shown = 64;
constexpr std::size_t line_size_max = 1000;

std::string hex(std::span<const std::byte> bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const std::byte b : bytes.first(std::min(bytes.size(), bytes_shown))) {
    text += digits[static_cast<unsigned>(b) >> 4];
    text += digits[static_cast<unsigned>(b) & 15];
  }
  if (bytes.size() > bytes_shown) text += "... (" + std::to_string(bytes.size()) + " bytes)";
  return text;
}

std::uint64_t bits_at(const type& t, const std::byte* head) noexcept {
  std::uint64_t bits = 0;
  std::memcpy(&bits, head, size_of(t.number));
  if (!is_signed(t.number)) return bits;
  const unsigned unused = 64 - 8 * size_of(t.number);
  return static_cast<std::uint64_t>(static_cast<std::int64_t>(bits << unused) >> unused);
}

ordered_json real(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return value;
}

ordered_json number_at(const type& t, const std::byte* head) {
  if (t.what == kind::enumeration) {
    const std::uint64_t bits = bits_at(t, head);
    const auto at = std::ranges::find(t.listed->values, bits, &enumerator::value);
    if (at != t.listed->values.end()) return at->name;
  }
  if (t.number == scalar::boolean) return head[0] != std::byte{0};
  if (t.number == scalar::f32) {
    float value;
    std::memcpy(&value, head, sizeof value);
    return real(value);
  }
  if (t.number == scalar::f64) {
    double value;
    std::memcpy(&value, head, sizeof value);
    return real(value);
  }
  if (is_signed(t.number)) return static_cast<std::int64_t>(bits_at(t, head));
  return bits_at(t, head);
}

struct json_output {
  ordered_json& to;

  void number(const type& t, const std::byte* head) { to = number_at(t, head); }
  void text(std::string_view view) { to = std::string(view); }
  void bytes(std::span<const std::byte> view) { to = hex(view); }
  void absent() { to = nullptr; }
  void list(std::size_t) { to = ordered_json::array(); }
  void record() { to = ordered_json::object(); }
  json_output element() { return {to.emplace_back()}; }
  json_output field(const std::string& name) { return {to[name]}; }
};

std::string line_of(const ordered_json& value) {
  std::string text = value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  if (text.size() > line_size_max) {
    std::size_t end = line_size_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end; // not inside a character
    text = text.substr(0, end) + "... (" + std::to_string(text.size()) + " characters)";
  }
  return text;
}

std::string show(const std::vector<field>& fields, std::uint32_t head_size, std::span<const std::byte> frame) {
  ordered_json value = ordered_json::object();
  try {
    walk_frame(fields, head_size, frame, json_output{value});
  } catch (const std::exception& e) {
    value = {{"bytes", hex(frame)}, {"malformed", e.what()}};
  }
  return line_of(value);
}

std::string message_of(std::uint16_t status, std::span<const std::byte> frame) {
  if (status == RINGCALL_BATCH_FAILED && frame.size() >= RINGCALL_BATCH_FAILED_MESSAGE) frame = frame.subspan(RINGCALL_BATCH_FAILED_MESSAGE);
  return {reinterpret_cast<const char*>(frame.data()), frame.size()};
}

}  // namespace

std::string show_request(const method& m, std::span<const std::byte> frame) {
  if (!m.described) return line_of({{"bytes", hex(frame)}});
  return show(m.parameters, m.request_size, frame);
}

std::string show_answer(const method& m, std::uint16_t status, std::uint32_t code, std::span<const std::byte> frame) {
  if (status == RINGCALL_OK) return m.described ? show(m.result, m.answer_size, frame) : line_of({{"bytes", hex(frame)}});
  ordered_json value{{"status", status_name(status)}};
  if (status == RINGCALL_FAILED || status == RINGCALL_BATCH_FAILED) {
    value["code"] = code;
    if (m.errors != nullptr) {
      const auto at = std::ranges::find(m.errors->values, code, &enumerator::value);
      if (at != m.errors->values.end()) value["code"] = at->name;
    }
  }
  if (!frame.empty()) value["message"] = message_of(status, frame);
  return line_of(value);
}

std::string fault_of(const method& m, std::uint16_t status, std::span<const std::byte> frame) {
  if (status > RINGCALL_BATCH_FAILED) return "status " + std::to_string(status) + " does not exist";
  if (status != RINGCALL_OK || !m.described) return {};
  try {
    walk_frame(m.result, m.answer_size, frame, no_output{});
  } catch (const std::exception& e) {
    return e.what();
  }
  return {};
}

const char* status_name(std::uint16_t status) noexcept {
  constexpr const char* names[] = {"ok", "unknown method", "expired", "failed", "no room", "too large", "bad request", "batch failed"};
  return status < std::size(names) ? names[status] : "unknown status";
}

}  // namespace ringcall::load
