#pragma once
// Fine in C++, but two things would have one name in Go.

#include <ringcall/interface.hpp>

namespace clashes {

enum class tone : std::uint8_t { low_end = 1, lowEnd = 2 };
enum class tone_low : std::uint8_t { end = 1 };
struct text8 {
  std::uint8_t a_b;
  std::uint8_t aB;
};
struct dealer_client {
  ringcall::fixed_text<8> name;
};

class RINGCALL_SERVICE dealer {
 public:
  virtual ~dealer() = default;
  RINGCALL_METHOD(1) virtual void close() = 0; // CloseCall in Go
  RINGCALL_METHOD(2) virtual tone ask(std::uint32_t user_id, std::uint32_t userID) = 0;
  RINGCALL_METHOD(3) virtual tone_low post_ask() = 0;
  RINGCALL_METHOD(4) virtual void take(const text8& a, const dealer_client& b) = 0;
};

}  // namespace clashes
