#pragma once

#include <ringcall/interface.hpp>

namespace optionals {

struct range {
  std::int32_t from, to;
  bool open;
};

class RINGCALL_SERVICE optionals {
 public:
  virtual ~optionals() = default;
  RINGCALL_METHOD(1) virtual std::optional<std::int32_t> half(std::optional<std::int32_t> value) = 0;
  RINGCALL_METHOD(2) virtual std::optional<std::string> name(std::optional<std::string_view> name, std::uint8_t more) = 0;
  RINGCALL_METHOD(3) virtual std::optional<range> widen(const std::optional<range>& r, std::optional<bool> open) = 0;
  RINGCALL_METHOD(4) virtual std::vector<std::optional<std::uint16_t>> gaps(ringcall::sequence<std::optional<std::uint16_t>> values) = 0;
  RINGCALL_METHOD(5) virtual std::optional<std::vector<std::string>> list(std::optional<ringcall::sequence<std::string_view>> words) = 0;
};

}  // namespace optionals
