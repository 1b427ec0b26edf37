#pragma once

#include <ringcall/interface.hpp>

namespace texts {

class RINGCALL_SERVICE texts {
 public:
  virtual ~texts() = default;
  RINGCALL_METHOD(1) virtual std::string greet(std::string_view name) = 0;
  RINGCALL_METHOD(2) virtual std::string_view motto() = 0;
  RINGCALL_METHOD(3) virtual std::vector<std::byte> reverse(std::span<const std::byte> data) = 0;
  RINGCALL_METHOD(4) virtual std::uint64_t size(std::string_view text, std::span<const std::byte> data, std::uint16_t more) = 0;
  RINGCALL_METHOD(5) virtual std::string repeat(std::uint32_t times) = 0;
  RINGCALL_METHOD(6) virtual void keep(std::uint8_t slot, std::string_view text) = 0;
};

}  // namespace texts
