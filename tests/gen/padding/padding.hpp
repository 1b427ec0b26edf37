#pragma once
// Structs with padding of every sort, in all that an answer can be.

#include <ringcall/interface.hpp>

namespace padding {

struct loose {
  double value;
  std::uint8_t unit;
};

struct nested {
  std::uint8_t first;
  loose each[2];
  ringcall::fixed_text<3> tag;
};

struct message {
  loose one;
  std::string text;
};

class RINGCALL_SERVICE padding {
 public:
  virtual ~padding() = default;
  RINGCALL_METHOD(1) virtual loose flat(std::uint8_t unit) = 0;
  RINGCALL_METHOD(2) virtual nested deep(std::uint8_t unit) = 0;
  RINGCALL_METHOD(3, worker) virtual nested behind(std::uint8_t unit) = 0;
  RINGCALL_METHOD(4) virtual std::array<loose, 2> twice(std::uint8_t unit) = 0;
  RINGCALL_METHOD(5) virtual ringcall::fixed_text<3> tag(std::uint8_t unit) = 0;
  RINGCALL_METHOD(6, batch) virtual void all(std::span<const std::uint64_t> units, std::span<nested> answers) = 0;
  RINGCALL_METHOD(7) virtual nested framed(std::string_view text) = 0;
  RINGCALL_METHOD(8) virtual std::vector<nested> list(std::uint8_t unit) = 0;
  RINGCALL_METHOD(9) virtual std::span<const nested> view(std::uint8_t unit) = 0;
  RINGCALL_METHOD(10) virtual std::optional<nested> perhaps(std::uint8_t unit) = 0;
  RINGCALL_METHOD(11) virtual std::vector<message> messages(std::uint8_t unit) = 0;
};

}  // namespace padding
